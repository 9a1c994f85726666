import pc from 'picocolors';
import { wrap } from './ask';

/** What there is to say about one model. */
export interface Note {
  readonly model: string;
  readonly reason: string;
  readonly detail: string;
}

/** Further ones are only counted: `--json` has them all. */
const NOTES_MAX = 50;

/** Why models were left out, as wide as the terminal; `total` where the list is only its beginning. */
export function renderLeftOut(notes: readonly Note[], columnsMax: number, total = notes.length): string[] {
  const lines = ({ model, reason, detail }: Note): string =>
    paragraph(`${model} was left out: ${reason}. ${detail}`, columnsMax);
  return [...notes.slice(0, NOTES_MAX).map(lines), ...furtherThan(NOTES_MAX, total, 'were left out')];
}

/** Remarks on models that were not left out. */
export function renderRemarks(notes: readonly Note[], columnsMax: number): string[] {
  const lines = notes.map(({ model, detail }) => paragraph(`${model}: ${detail}`, columnsMax));
  return [...lines.slice(0, NOTES_MAX), ...furtherThan(NOTES_MAX, lines.length, 'have remarks')];
}

/** `1 model`, `2 models`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const paragraph = (text: string, columnsMax: number): string =>
  pc.yellow(wrap(text, columnsMax - INDENT.length).join(`\n${INDENT}`));

const INDENT = '  ';

const furtherThan = (shown: number, total: number, what: string): string[] =>
  total > shown ? [pc.yellow(`${total - shown} more ${what}: --json has them all.`)] : [];
