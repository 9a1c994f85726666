import { buildProgram, type Verbs } from './program';

type Call = { verb: string; json: unknown };

/** Every verb, noting how it was called. */
function recording(calls: Call[]): Verbs {
  const note =
    (verb: string) =>
    async (...args: unknown[]): Promise<void> => {
      calls.push({ verb, json: (args.at(-1) as { json?: boolean }).json });
    };
  const names = [
    'start',
    'index',
    'ancestors',
    'descendants',
    'tree',
    'watch',
    'exportLog',
    'recover',
    'eval',
  ] as const;
  return Object.fromEntries(names.map((name) => [name, note(spelled(name))])) as unknown as Verbs;
}

const spelled = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

describe('--json', () => {
  const lines = [
    ['index', 'org/model'],
    ['ancestors', 'org/model'],
    ['descendants', 'org/model'],
    ['tree'],
    ['watch'],
    ['export-log'],
    ['recover', './models'],
    ['eval', './models'],
  ];

  it.each(lines)('reaches %s from behind it and from before it, and is off otherwise', async (...words) => {
    const calls: Call[] = [];
    for (const line of [[...words, '--json'], ['--json', ...words], words])
      await buildProgram(recording(calls)).parseAsync(line, { from: 'user' });
    const verb = words[0];
    expect(calls).toEqual([
      { verb, json: true },
      { verb, json: true },
      { verb, json: undefined },
    ]);
  });
});
