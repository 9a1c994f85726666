import fc from 'fast-check';
import {
  FRAME_HEADER_BYTES,
  frameBytes,
  frameKey,
  frameValue,
  holdsLaterWrite,
  isTombstone,
  readFrame,
  writeFrame,
} from './frame';

const seed = Number(process.env.SEED ?? 11);

interface Given {
  position: number;
  writeBase: number;
  key?: string;
  value?: string;
}

function frame({ position, writeBase, key = 'k', value = 'v' }: Given): Buffer {
  const bytes = Buffer.alloc(frameBytes(key, value));
  expect(writeFrame(bytes, 0, { position, writeBase, time: 1_700_000_000_000 }, key, value)).toBe(
    bytes.length,
  );
  return bytes;
}

describe('a frame', () => {
  it('has the layout that is written down', () => {
    const bytes = frame({ position: 0x0102_0304_0506, writeBase: 0x0102_0304_0500, key: 'ab', value: 'xyz' });
    expect(bytes.toString('hex')).toBe(
      // length 25, CRC-32, position, time, count in its write, length of the key, key, value
      ['19000000', 'd3875941', '060504030201', '0068e5cf8b01', '06000000', '02000000', '6162', '78797a'].join(
        '',
      ),
    );
  });

  it('comes back as it was given', () => {
    const record = fc.record({
      key: fc.string({ unit: 'grapheme', maxLength: 50 }),
      value: fc.string({ unit: 'grapheme', maxLength: 500 }),
      position: fc.nat(2 ** 40),
      before: fc.nat(1000),
    });
    fc.assert(
      fc.property(record, fc.nat(20), ({ key, value, position, before }, at) => {
        const writeBase = Math.max(0, position - before);
        const bytes = Buffer.concat([Buffer.alloc(at, 0xff), frame({ position, writeBase, key, value })]);
        const found = readFrame(bytes, at);
        expect(found).toMatchObject({ type: 'frame', position, writeBase, time: 1_700_000_000_000 });
        if (found.type !== 'frame') return;
        expect([frameKey(found), frameValue(found)]).toEqual([key, value]);
        expect(isTombstone(found)).toBe(value === '');
      }),
      { seed },
    );
  });

  it('is found damaged when any bit of it is another', () => {
    const bytes = frame({ position: 5, writeBase: 5 });
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(readFrame(flipped, 0).type).not.toBe('frame');
    }
  });

  it('is short when cut anywhere', () => {
    const bytes = frame({ position: 5, writeBase: 5 });
    for (let length = 0; length < bytes.length; length += 1) {
      const needed = length < FRAME_HEADER_BYTES ? FRAME_HEADER_BYTES : bytes.length;
      expect(readFrame(bytes.subarray(0, length), 0)).toEqual({ type: 'short', bytes: needed });
    }
  });
});

describe('holdsLaterWrite', () => {
  const torn = Buffer.alloc(40, 7);

  it('sees a record that was written after what is damaged', () => {
    expect(holdsLaterWrite(Buffer.concat([torn, frame({ position: 11, writeBase: 11 })]), 10)).toBe(true);
    expect(holdsLaterWrite(Buffer.concat([torn, frame({ position: 12, writeBase: 11 }), torn]), 10)).toBe(
      true,
    );
  });

  it('sees none in a record of the write that was torn, nor in one of long ago, nor in noise', () => {
    expect(holdsLaterWrite(Buffer.concat([torn, frame({ position: 11, writeBase: 10 })]), 10)).toBe(false);
    expect(holdsLaterWrite(Buffer.concat([torn, frame({ position: 9, writeBase: 9 })]), 10)).toBe(false);
    expect(holdsLaterWrite(Buffer.alloc(10_000), 10)).toBe(false);
    expect(holdsLaterWrite(Buffer.alloc(0), 10)).toBe(false);
  });
});
