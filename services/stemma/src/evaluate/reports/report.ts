import type { TopLevelSpec } from 'vega-lite';
import type { OnWork } from '../evaluate-folder';
import type { Family } from './families';

/** A table and its plot, and everything that is needed to make them again. */
export interface Report<Data> {
  /** Name of its files. */
  readonly name: string;
  readonly title: string;
  /** What it shows, in one sentence. */
  readonly shows: string;
  /** Where its families are; the zoo and the pretrained family by default. */
  readonly folders?: readonly string[];
  /** The figures: plain data, as its JSON file has them. */
  readonly measure: (families: readonly Family[], onWork: OnWork) => Promise<Data> | Data;
  readonly render: (data: Data) => ReportContent;
}

/** A report whose figures nobody looks into. */
export type AnyReport = Report<unknown>;

export const defineReport = <Data>(report: Report<Data>): AnyReport => report as AnyReport;

export interface ReportContent {
  readonly sections: readonly Section[];
  readonly plot: TopLevelSpec;
}

export interface Section {
  readonly heading: string;
  /** Paragraphs. */
  readonly text: readonly string[];
  readonly table: Table;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Every draw of models comes from this number and the names of what is drawn. */
export const SEED = 1;

export const COMMAND = 'npm run eval:reports';

/** How graphs are called in tables and plots. */
const TITLES: Readonly<Record<string, string>> = {
  ft: 'FT',
  'lora-v': 'LoRA-V',
  'lora-f': 'LoRA-F',
  minilm: 'MiniLM',
};

export const titleOf = (graph: string): string => TITLES[graph] ?? graph;

export function familyOf(families: readonly Family[], graph: string): Family {
  const family = families.find((candidate) => candidate.graph === graph);
  if (family === undefined) throw new Error(`no family is called ${graph}`);
  return family;
}
