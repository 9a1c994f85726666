import { describeError, environment, EXIT, exitCodeOf } from '@stemma/service';
import { runConstellation } from './constellation';
import { constellationOf, mainOf } from './members';

/** `npm run start:all`: the four services as processes of their own on the brokers of the environment. */
async function main(): Promise<number> {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stopping.abort());
  try {
    const members = constellationOf(environment(), (name) => [process.execPath, mainOf(name)]);
    return await runConstellation(
      { members, write: (line) => process.stderr.write(`${line}\n`) },
      stopping.signal,
    );
  } catch (error) {
    const code = exitCodeOf(error);
    const what = code === EXIT.usage ? 'The services cannot start:\n' : '';
    process.stderr.write(`${what}${describeError(error).replace(/^/gm, '  ')}\n`);
    return code;
  }
}

void main().then((code) => {
  process.exitCode = code;
});
