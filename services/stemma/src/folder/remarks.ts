import type { NamedObservation } from '@stemma/lineage';

/** What is odd about a model that was read, and why that matters. */
export interface Remark {
  readonly model: string;
  readonly reason: 'not-finite' | 'nothing-to-compare' | 'only-of-its-architecture';
  readonly detail: string;
}

/** Remarks on models whose place in the forest says less than it seems to, in their order. */
export function remarksOn(models: readonly NamedObservation[]): Remark[] {
  const architectures = new Map<string, number>();
  for (const { observation } of models)
    architectures.set(observation.architecture, (architectures.get(observation.architecture) ?? 0) + 1);
  return models.flatMap(({ model, observation }) => {
    const isAlone = models.length > 1 && architectures.get(observation.architecture) === 1;
    const said = onNumbers(observation) ?? (isAlone ? ALONE : null);
    return said === null ? [] : [{ model, ...said }];
  });
}

type Said = Omit<Remark, 'model'>;

const ALONE: Said = {
  reason: 'only-of-its-architecture',
  detail: 'No other model here has its architecture, so it was compared with none.',
};

function onNumbers({ tensors }: NamedObservation['observation']): Said | null {
  let count = 0;
  let finite = 0;
  let varied = 0;
  for (const { values } of tensors) {
    let [least, most] = [Infinity, -Infinity];
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      finite++;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    count += values.length;
    if (least < most) varied++;
  }
  if (finite === 0)
    return { reason: 'nothing-to-compare', detail: `None of the ${count} numbers looked at is finite.` };
  if (varied === 0)
    return { reason: 'nothing-to-compare', detail: 'Each of its matrices is one number all over.' };
  if (finite < count) {
    const detail = `${count - finite} of the ${count} numbers looked at are not finite and count for nothing.`;
    return { reason: 'not-finite', detail };
  }
  return null;
}
