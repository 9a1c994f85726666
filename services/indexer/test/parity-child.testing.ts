import './compute-once.testing';
import { drawHistory } from './draw-history.testing';
import { shrink } from './shrink.testing';
import { violationOf } from './violation.testing';

/** Checks the histories of seeds <from> to <to>; says as JSON how many, and one wrong one, shrunk. */
const [, , from, to] = process.argv;

async function main(): Promise<void> {
  let events = 0;
  for (let seed = Number(from); seed <= Number(to); seed++) {
    const history = drawHistory(seed);
    events += history.events.length;
    if ((await violationOf(history)) === null) continue;
    const smallest = await shrink(history, async (smaller) => (await violationOf(smaller)) !== null);
    const violation = await violationOf(smallest);
    console.log(JSON.stringify({ events, found: { seed, violation, history: smallest } }));
    return;
  }
  console.log(JSON.stringify({ events, found: null }));
}

void main();
