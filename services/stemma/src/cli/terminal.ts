import pc from 'picocolors';

/** Where commands write. Plain when the output is a pipe; `--json` prints one JSON value a line and nothing else. */
export interface Terminal {
  readonly json: boolean;
  readonly columnsMax: number;
  print(text: string): void;
  printJson(value: unknown): void;
}

const COLUMNS_DEFAULT = 80;
const COLUMNS_MAX = 120;

export function terminal(json: boolean, stream: NodeJS.WriteStream = process.stdout): Terminal {
  return {
    json,
    columnsMax: Math.min(stream.columns ?? COLUMNS_DEFAULT, COLUMNS_MAX),
    print: (text) => void stream.write(`${text}\n`),
    printJson: (value) => void stream.write(`${JSON.stringify(value)}\n`),
  };
}

/** Colours of drawn trees: models stand out, edges recede, doubt warns. */
export function paintTree(text: string, role: 'model' | 'edge' | 'doubt'): string {
  if (role === 'model') return text;
  return role === 'edge' ? pc.dim(text) : pc.yellow(text);
}
