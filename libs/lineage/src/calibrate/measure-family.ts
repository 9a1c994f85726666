import assert from 'node:assert/strict';
import { DEFAULT_CONSTANTS } from '../evidence/constants';
import { measurePair } from '../evidence/pair-measures';
import type { NamedObservation } from '../recover/recovered';
import type { MeasuredFamily, MeasuredPair } from './measured-family';

/** A model of a family whose true parents are known, by their names. */
export interface LabelledObservation extends NamedObservation {
  readonly parents: readonly string[];
}

/** Compares all models of a family with each other, once. Strangers are left out: no constant that is fitted joins them. */
export function measureFamily(
  name: string,
  group: string,
  models: readonly LabelledObservation[],
): MeasuredFamily {
  const places = new Map(models.map(({ model }, place) => [model, place]));
  assert(
    places.size === models.length,
    `models of different names expected, ${models.length - places.size} repeated`,
  );
  const pairs: MeasuredPair[] = [];
  models.forEach(({ observation }, a) => {
    for (let b = a + 1; b < models.length; b++) {
      const measures = measurePair(observation, models[b]!.observation, DEFAULT_CONSTANTS);
      if (measures.kinship !== 'stranger') pairs.push({ a, b, measures });
    }
  });
  const parentsOf = (parents: readonly string[]): number[] =>
    parents.flatMap((parent) => places.get(parent) ?? []);
  return {
    name,
    group,
    models: models.map(({ model, parents }) => ({ model, parents: parentsOf(parents) })),
    pairs,
  };
}
