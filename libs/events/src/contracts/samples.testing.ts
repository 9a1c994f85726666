import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Topic, TOPICS } from './topics';

const folder = join(__dirname, '../../golden');

/** The golden examples: one event of every kind and version ever sent, named `<topic>[.<what>].json`. */
export function goldenEvents(): { name: string; topic: Topic; text: string }[] {
  return readdirSync(folder).map((name) => {
    const topic = TOPICS.find((known) => name.startsWith(`${known}.`));
    if (topic === undefined) throw new Error(`golden/${name} begins with no topic's name`);
    return { name, topic, text: readFileSync(join(folder, name), 'utf8') };
  });
}

export function goldenText(name: string): string {
  return readFileSync(join(folder, `${name}.json`), 'utf8');
}
