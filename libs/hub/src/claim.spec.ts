import { claimOf } from './claim';

test.each([
  ['a name', { base_model: 'org/base' }, [], { baseModels: ['org/base'], relation: null }],
  ['a bare name of the first models', { base_model: 'gpt2' }, [], { baseModels: ['gpt2'], relation: null }],
  [
    'several bases of a merge',
    { base_model: ['org/a', 'org/b', 'org/a'], base_model_relation: 'merge' },
    [],
    { baseModels: ['org/a', 'org/b'], relation: 'merge' },
  ],
  [
    'a relation that only the tags know',
    { base_model: 'org/base' },
    ['base_model:org/base', 'base_model:quantized:org/base'],
    { baseModels: ['org/base'], relation: 'quantized' },
  ],
  [
    'a relation that is about another base',
    { base_model: 'org/base' },
    ['base_model:quantized:org/other'],
    { baseModels: ['org/base'], relation: null },
  ],
  [
    'tags alone',
    undefined,
    ['vit', 'base_model:adapter:org/x'],
    { baseModels: ['org/x'], relation: 'adapter' },
  ],
  ['nothing', {}, ['vit'], null],
])('%s', (_what, card, tags, claim) => {
  expect(claimOf(card, tags)).toEqual(claim);
});

test.each([
  ['numbers', 5, 7],
  ['an object for a name', { base_model: { name: 'x' } }, null],
  ['a path', { base_model: '/models/llama' }, []],
  ['a way out', { base_model: '../../etc/passwd' }, ['base_model:..']],
  ['a URL', { base_model: 'https://hub.example/org/x' }, []],
  ['markup', { base_model: '<script>alert(1)</script>' }, []],
  ['a book', { base_model: 'a'.repeat(1_000_000) }, []],
  ['nothing after the colon', {}, ['base_model:', 'base_model:finetune:']],
])('passes over %s', (_what, card, tags) => {
  expect(claimOf(card, tags)).toBeNull();
});

test('keeps a bounded number of bases, and only the four relations', () => {
  const base_model = Array.from({ length: 100_000 }, (_, i) => `org/m${i}`);
  const claim = claimOf({ base_model, base_model_relation: 'stolen' }, []);
  expect(claim).toEqual({ baseModels: base_model.slice(0, 16), relation: null });
});
