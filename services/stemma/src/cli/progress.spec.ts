import { bytes, detail } from './progress';

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [999.6, '1.00 kB'],
    [1_536, '1.54 kB'],
    [16_777_216, '16.8 MB'],
    [2.5e18, '2.50e+3 PB'],
  ])('%d bytes read as %s', (count, text) => expect(bytes(count)).toBe(text));
});

describe('detail', () => {
  const progress = {
    seen: 315,
    read: 300,
    indexed: 290,
    rejected: 0,
    trees: 10,
    bytesRead: 4e6,
    bytesPublished: 4e7,
  };

  it('says trees, the share of the bytes that was read, and the rate', () => {
    expect(detail(progress, 10_000)).toBe('10 trees · 4.00 MB read (10.0 %) · 29/s');
  });

  it('mentions rejects only when there are some, and survives a start with nothing', () => {
    expect(detail({ ...progress, rejected: 2 }, 0)).toContain('2 rejected');
    expect(detail({ ...progress, bytesPublished: 0, bytesRead: 0 }, 0)).toContain('0 B read (0.0 %)');
  });

  it('fits a terminal of 80 columns together with the bar', () => {
    expect('████████████████ 315/315 models · '.length + detail(progress, 10_000).length).toBeLessThanOrEqual(
      80,
    );
  });
});
