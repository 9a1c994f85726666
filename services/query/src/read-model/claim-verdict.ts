import { NO_CLAIM, NONE, type Label, type LineageState } from './lineage-state';

/** A card's declared base held against the recovered tree. */
export const CLAIM_VERDICTS = ['confirmed', 'ancestor', 'contradicted', 'undeclared', 'unknown'] as const;
export type ClaimVerdict = (typeof CLAIM_VERDICTS)[number];

/**
 * `confirmed`: a declared base is the recovered parent; `ancestor`: it is farther up; `contradicted`: it is in the index and
 * neither; `unknown`: the index cannot tell (the base is not in it, or its architecture differs and no parent was found).
 * Copies count as the model that they copy: weights cannot tell which of two equal uploads somebody started from.
 */
export function claimVerdict(state: LineageState, label: Label): ClaimVerdict {
  if (state.claim.get(label) === NO_CLAIM) return 'undeclared';
  const declared = declaredBases(state, label).filter((name) => name !== state.name(label));
  if (declared.length === 0) return 'undeclared';
  const known = declared
    .map((name) => state.find(name))
    .filter((base) => base !== undefined && isIndexed(state, base));
  const bases = new Set(known.map((base) => original(state, base as Label)));
  const self = original(state, label);
  const [parent, ...farther] = distinctAncestors(state, self);
  if (bases.has(self) || (parent !== undefined && bases.has(parent))) return 'confirmed';
  if (farther.some((ancestor) => bases.has(ancestor))) return 'ancestor';
  if (known.length < declared.length) return 'unknown';
  const comparable = [...bases].some((base) => state.architecture.get(base) === state.architecture.get(self));
  return parent !== undefined || comparable ? 'contradicted' : 'unknown';
}

/** Declared base models as repository names: cards also give the hub's URL of a model. */
export function declaredBases(state: LineageState, label: Label): string[] {
  const claim = state.claims.value(state.claim.get(label));
  return (claim?.baseModels ?? []).map((base) => base.replace(/^https?:\/\/[^/]+\//, '').replace(/\/+$/, ''));
}

function isIndexed(state: LineageState, label: Label): boolean {
  return state.stateOf(label) !== 'named';
}

function original(state: LineageState, label: Label): Label {
  let at = label;
  while (state.parent.get(at) !== NONE && state.relations.value(state.relation.get(at)) === 'duplicate') {
    at = state.parent.get(at);
  }
  return at;
}

function distinctAncestors(state: LineageState, label: Label): Label[] {
  const found: Label[] = [];
  for (let at = state.parent.get(label); at !== NONE; at = state.parent.get(found.at(-1) as Label)) {
    found.push(original(state, at));
  }
  return found;
}
