import type { Constants } from '../evidence/constants';
import { logRatio } from '../evidence/turn';
import type { Candidates } from './candidates';

/** What the crowd is counted on. */
type Relatives = Pick<Candidates, 'constants' | 'neighbours' | 'distance'>;

/**
 * The crowd around two candidates, in nats, positive where `parent` has more of it: the logarithm of how many of the models that
 * are kin of both are nearer to the one than to the other. The larger side of an edge more often holds the root (the rumour
 * centre of Shah and Zaman, 2011). Antisymmetric, and a function of the neighbours of both and nothing else.
 */
export function crowdOf(relatives: Relatives, parent: number, child: number): number {
  let nearParent = 0;
  let nearChild = 0;
  for (const other of relatives.neighbours(parent)) {
    const toChild = relatives.distance(other, child);
    if (toChild === null) continue;
    const toParent = relatives.distance(other, parent)!;
    if (toParent < toChild) nearParent++;
    if (toChild < toParent) nearChild++;
  }
  return crowdNats(nearParent, nearChild, relatives.constants);
}

/** The crowd from its counts: common kin that are nearer to the parent, and nearer to the child. */
export function crowdNats(
  nearParent: number,
  nearChild: number,
  { crowdWeight, crowdStep }: Pick<Constants, 'crowdWeight' | 'crowdStep'>,
): number {
  const nats = crowdWeight * logRatio(1 + nearChild, 1 + nearParent);
  // Rounded away from nothing, so that both directions round alike.
  return crowdStep > 0 ? Math.sign(nats) * Math.round(Math.abs(nats) / crowdStep) * crowdStep : nats;
}

/** Log-odds that `parent` is the parent of `child`: the pair's own, and where these say little the crowd's beside them. */
export function directedLogOdds(candidates: Candidates, parent: number, child: number): number {
  const own = candidates.logOdds(parent, child);
  const isOpen = Math.abs(own) < candidates.constants.crowdLogOddsMax;
  return isOpen ? own + candidates.crowd(parent, child) : own;
}

/** The crowds of a graph that changes now and then. Whoever gains or loses a neighbour is to be forgotten. */
export class CrowdBook {
  readonly #crowds = new Map<number, Map<number, number>>();

  constructor(private readonly relatives: Relatives) {}

  of(parent: number, child: number): number {
    const known = this.#crowds.get(parent)?.get(child);
    if (known !== undefined) return known;
    const crowd = crowdOf(this.relatives, parent, child);
    this.#note(parent, child, crowd);
    this.#note(child, parent, 0 - crowd);
    return crowd;
  }

  forget(label: number): void {
    for (const other of this.#crowds.get(label)?.keys() ?? []) this.#crowds.get(other)?.delete(label);
    this.#crowds.delete(label);
  }

  #note(parent: number, child: number, crowd: number): void {
    const crowds = this.#crowds.get(parent);
    if (crowds === undefined) this.#crowds.set(parent, new Map([[child, crowd]]));
    else crowds.set(child, crowd);
  }
}
