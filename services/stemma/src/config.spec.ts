import { resolve } from 'node:path';
import { PORT_DEFAULT, toConfig } from './config';

const now = new Date('2026-02-01T12:00:00Z');

describe('toConfig', () => {
  it('watches the zoo on loopback by default', () => {
    const config = toConfig({}, {}, now);
    expect(config).toMatchObject({
      hub: { kind: 'zoo' },
      host: '127.0.0.1',
      port: PORT_DEFAULT,
      since: null,
      once: false,
    });
    expect(config.dataFolder).toMatch(/\.stemma.zoo$/);
  });

  it('lets flags win over the environment', () => {
    const env = { STEMMA_DATA: '/a', STEMMA_PORT: '1' };
    expect(toConfig({ data: './b', port: '2' }, env, now)).toMatchObject({
      dataFolder: resolve('b'),
      port: 2,
    });
    expect(toConfig({}, env, now)).toMatchObject({ dataFolder: '/a', port: 1 });
  });

  it.each([
    ['huggingface', { kind: 'url', name: 'huggingface', url: 'https://huggingface.co' }],
    ['http://127.0.0.1:5000', { kind: 'url', name: '127.0.0.1-5000', url: 'http://127.0.0.1:5000' }],
    ['./models', { kind: 'folder', folder: resolve('models') }],
  ])('understands --hub %s', (hub, expected) => expect(toConfig({ hub }, {}, now).hub).toEqual(expected));

  it('begins an hour ago on the whole public hub, and at the beginning for one author', () => {
    const anHourAgo = '2026-02-01T11:00:00.000Z';
    expect(toConfig({ hub: 'huggingface' }, {}, now)).toMatchObject({ since: null, beginAt: anHourAgo });
    const google = toConfig({ hub: 'huggingface', author: 'google' }, {}, now);
    expect(google).toMatchObject({ since: null, beginAt: null });
    const since = '2026-01-01T00:00:00.000Z';
    const wished = toConfig({ hub: 'huggingface', since: '2026-01-01' }, {}, now);
    expect(wished).toMatchObject({ since, beginAt: null });
  });

  it('lists everything that is wrong at once', () => {
    const wrong = (): unknown => toConfig({ hub: 'nowhere', port: '99999', since: 'yesterday' }, {}, now);
    expect(wrong).toThrow(/--hub is nowhere[\s\S]*99999[\s\S]*yesterday/);
  });
});
