import { createHash } from 'node:crypto';
import { Script } from 'node:vm';
import { change, family } from '../changes.testing';
import { startQuery, type RunningQuery } from '../query-service.testing';
import { SCRIPT } from './script';

const EVIL = `"><img src=x onerror=alert(1)><script>alert('2')</script>`;

describe('the pages', () => {
  let query: RunningQuery;
  beforeAll(async () => {
    const star = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`star/m${i}`, 'star/base']));
    query = await startQuery(
      [
        ...family({ 'a/root': null, 'a/child': 'a/root', 'star/base': null, ...star }),
        change(304, 'a/evil', 'a/child', {
          relation: 'adapter',
          verdict: 'uncertain',
          confidence: 0.61,
          runnersUp: [{ model: 'a/root', confidence: 0.39 }],
          evidence: [{ kind: EVIL, figure: -0.00001, logOdds: -2.5, sentence: EVIL }],
          claim: { baseModels: ['star/base', EVIL], relation: EVIL.slice(0, 60) },
        }),
        change(305, 'a/gone', 'a/child', { kind: 'deleted' }),
        change(306, 'a/liar', 'a/child', { claim: { baseModels: ['star/base'], relation: null } }),
      ],
      { hub: { name: 'the hub', modelUrl: (model) => `https://hub.example/${model}` } },
    );
    await query.reject('a/bad', 'no-weights');
  });
  afterAll(() => query.close());

  async function page(path: string, status = 200): Promise<string> {
    const reply = await query.get(path);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    const text = await reply.text();
    expectOnlyOwnCode(text, reply.headers.get('content-security-policy')!);
    return text;
  }

  /** What the browser may run is what we wrote, and all of it. */
  function expectOnlyOwnCode(text: string, policy: string): void {
    const inline = (tag: string): string[] =>
      [...text.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(([, code]) => code!);
    for (const code of [...inline('style'), ...inline('script')]) {
      expect(policy).toContain(`'sha256-${createHash('sha256').update(code).digest('base64')}'`);
    }
    expect([text.match(/<script/g)?.length, text.match(/<style/g)?.length]).toEqual([1, 1]);
    const markup = text.replace(/<(script|style)>.*?<\/\1>/gs, '');
    expect(markup).not.toMatch(/(src|href)="(?!\/|#|data:image\/svg|https:\/\/hub\.example\/)/);
    expect(markup.replace(/"[^"]*"/g, '""')).not.toMatch(/<[^>]+\s(on\w+|style|src)=/);
  }

  it('show the figures, the trees by size, the newest changes, contradicted cards and rejects', async () => {
    const home = await page('/');
    expect(home).toContain('<dd id="figure-models">305</dd>');
    expect(home.indexOf('href="/models/star/base"')).toBeLessThan(home.indexOf('href="/models/a/root"'));
    expect(home).toContain('2 trees, the largest first');
    expect(home).toContain('#306');
    expect(home).toContain('declares star/base; its weights say');
    expect(home).toMatch(/<a href="\/v1\/rejects\?reason=no-weights">no-weights<\/a\s*>/);
  });

  it('show one model: path, facts, evidence, tree and list', async () => {
    const model = await page('/models/a/evil');
    expect(model).toMatch(
      /<li><a href="\/models\/a\/root">a\/root<\/a><\/li>\s*<li><a href="\/models\/a\/child">a\/child<\/a><\/li>/,
    );
    expect(model).toContain(
      '<span class="tag adapter">adapter</span> from <a href="/models/a/child">a/child</a>',
    );
    expect(model).toContain('61 %');
    expect(model).toContain('The evidence does not settle it.');
    expect(model).toContain('−1.0e−5 · −2.5 nats');
    expect(model).toContain('the index cannot tell');
    expect(model).toContain('https://hub.example/a/evil');
    expect(model.match(/aria-current="page"/g)).toHaveLength(2);
  });

  it('print what is hostile as it is', async () => {
    const model = await page('/models/a/evil');
    expect(model).toContain('&quot;&gt;&lt;img src=x onerror=alert(1)&gt;');
    const found = await page(`/?q=${encodeURIComponent(EVIL)}`);
    expect(found).toContain('value="&quot;&gt;&lt;img');
  });

  it('draw a part of a large family and say what is left out', async () => {
    const model = await page('/models/star/base');
    expect(model.match(/<circle class="dot finetune live"/g)).toHaveLength(149);
    expect(model).toContain('151 more below');
    expect(model).toContain('151 children not shown');
    expect(model).toContain('Its neighbourhood in the tree');
  });

  it('say that a model is gone', async () => {
    expect(await page('/models/a/gone')).toContain('It was deleted from the hub.');
  });

  it('find models by name, or similar ones', async () => {
    const found = await page('/?q=CHILD');
    expect(found).toMatch(/1 model<\/h1>[^]*href="\/models\/a\/child"/);
    expect(await page('/?q=a/chid')).toMatch(/Nothing found[^]*Did you mean[^]*href="\/models\/a\/child"/);
    expect(await page('/?q=star/m')).toContain('The first 50 models');
  });

  it('say what is wrong, for people', async () => {
    expect(await page('/models/a/chid', 404)).toMatch(
      /Unknown model[^]*Did you mean[^]*href="\/models\/a\/child"/,
    );
    expect(await page('/?cursor=nonsense', 400)).toContain('Bad cursor');
    expect(await page('/?utm_source=elsewhere')).toContain('Who was trained from whom');
  });

  it('page through the trees', async () => {
    const many = await startQuery(
      family(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`t/m${i}`, null]))),
    );
    const first = await (await many.get('/')).text();
    const more = /href="(\/\?cursor=[^"]+)"/.exec(first)?.[1];
    const second = await (await many.get(more!)).text();
    const roots = [first, second].flatMap((text) =>
      [...text.matchAll(/<h3><a href="\/models\/t\/(m\d+)"/g)].map(([, root]) => root),
    );
    expect(new Set(roots).size).toBe(20);
    expect(second).not.toContain('More trees');
    await many.close();
  });

  it('are there before anything is indexed', async () => {
    const empty = await startQuery();
    expect(await (await empty.get('/')).text()).toContain('Nothing is indexed yet.');
    await empty.close();
  });

  it('carry a script that parses', () => {
    expect(() => new Script(SCRIPT)).not.toThrow();
  });
});
