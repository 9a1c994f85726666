import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from './usage-error';

const stage = z.enum(['specialization', 'generalization']);
const perModel = z.record(z.string(), stage);

/** The training stage that the MoTHer paper's method must be told: one for all models, or one each. */
export type Stages = z.infer<typeof stage> | ReadonlyMap<string, z.infer<typeof stage>>;

/** Reads `--stage`: a word, or a JSON file of model → stage. */
export async function readStages(text: string | undefined): Promise<Stages> {
  const word = stage.safeParse(text);
  if (word.success) return word.data;
  const explanation =
    '--method mother must be told the training stage: --stage specialization, --stage generalization, or a JSON file of model → stage.';
  if (text === undefined) throw new UsageError(explanation);
  const file = await readFile(text, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`${explanation} ${text} is neither a stage nor a file that can be read.`, { cause });
  });
  try {
    return new Map(Object.entries(perModel.parse(JSON.parse(file))));
  } catch (cause) {
    throw new UsageError(`${text} is not a JSON object of model → stage.`, { cause });
  }
}
