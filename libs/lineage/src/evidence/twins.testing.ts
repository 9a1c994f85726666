import { comparePair, type PairFigures } from './compare-pair';
import { type SeenAs, storedModels, type StoredModel } from './stored-models.testing';

/** Two runs from one initialisation. */
export interface TwinPair {
  readonly names: string;
  /** Initialisation and steps of both: `twins-0 60+700`. */
  readonly kind: string;
  readonly stepsMin: number;
  readonly figures: PairFigures;
}

export const initialisation = ({ tree }: StoredModel): string => tree.split('/')[0]!;

/** All pairs of runs from one initialisation, each looked at after some number of steps. */
export async function twinPairs(as: SeenAs): Promise<TwinPair[]> {
  const models = await storedModels('twins', /./, as);
  return models.flatMap((a, i) =>
    models.slice(i + 1).flatMap((b) => {
      if (a.tree === b.tree || initialisation(a) !== initialisation(b)) return [];
      const steps = [a, b].map(({ facts }) => facts.steps as number).sort((p, q) => p - q);
      return [
        {
          names: `${a.model} ${b.model}`,
          kind: `${initialisation(a)} ${steps.join('+')}`,
          stepsMin: steps[0]!,
          figures: comparePair(a.observation, b.observation),
        },
      ];
    }),
  );
}
