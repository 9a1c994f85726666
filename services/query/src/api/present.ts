import { ancestors, rootOf } from '../read-model/forest';
import { claimVerdict } from '../read-model/claim-verdict';
import { NONE, type Label, type LineageState } from '../read-model/lineage-state';
import { neighbourhood } from '../read-model/neighbourhood';
import type { ReadModel } from '../read-model/read-model';
import type { Ancestors, Claims, Drawing, Member, Model, ModelDetail, Trees } from './schemas';

/** Labels of the read model as the API shows them. */

type Edge = Pick<Model, 'relation' | 'verdict' | 'confidence'>;

export function presentModel(state: LineageState, label: Label): Model {
  const architecture = state.architectures.value(state.architecture.get(label));
  return { ...placed(state, label), architecture };
}

export function presentMember(state: LineageState, label: Label, depth: number): Member {
  return { ...placed(state, label), depth };
}

function placed(state: LineageState, label: Label): Omit<Model, 'architecture'> {
  const parent = parentName(state, label);
  return { model: state.name(label), state: state.stateOf(label), parent, ...edge(state, label) };
}

export function presentDetail({ state, history }: ReadModel, label: Label): ModelDetail {
  const change = history.at(state.partition.get(label), state.changedAt.get(label));
  const { baseModels, relation } = change.claim ?? { baseModels: [], relation: null };
  return {
    ...presentModel(state, label),
    revision: change.revision,
    root: state.name(rootOf(state, label)),
    children: state.childCount.get(label),
    descendants: state.living.get(label) - Number(state.isLive(label)),
    evidence: change.evidence,
    runnersUp: change.runnersUp,
    claim: { baseModels, relation, verdict: claimVerdict(state, label) },
    partition: change.partition,
    seq: change.seq,
    time: change.time,
  };
}

/** The first `limit` ancestors of `label`, each with the edge that leads up to it. */
export function presentAncestors(
  { state, history }: ReadModel,
  label: Label,
  limit: number,
): Ancestors['ancestors'] {
  const shown: Ancestors['ancestors'] = [];
  let below = label;
  for (const ancestor of ancestors(state, label)) {
    if (shown.length === limit) break;
    const { evidence } = history.at(state.partition.get(below), state.changedAt.get(below));
    shown.push({
      model: state.name(ancestor),
      state: state.stateOf(ancestor),
      ...edge(state, below),
      evidence,
    });
    below = ancestor;
  }
  return shown;
}

export function presentDrawing(state: LineageState, label: Label, modelsMax: number): Drawing {
  const drawn = neighbourhood(state, label, modelsMax);
  const models = drawn.map((at) => ({ ...presentMember(state, at.label, at.depth), hidden: at.hidden }));
  const whole =
    state.parent.get(drawn[0]?.label ?? label) === NONE && drawn.every(({ hidden }) => hidden === 0);
  return { model: state.name(label), root: state.name(rootOf(state, label)), whole, models };
}

export function presentClaim(state: LineageState, label: Label): Claims['claims'][number] {
  const claim = state.claims.value(state.claim.get(label));
  return {
    model: state.name(label),
    declared: claim?.baseModels ?? [],
    declaredRelation: claim?.relation ?? null,
    parent: parentName(state, label),
    confidence: state.confidence.get(label),
    verdict: claimVerdict(state, label),
  };
}

export function presentTree(state: LineageState, root: Label): Trees['trees'][number] {
  return {
    root: state.name(root),
    state: state.stateOf(root),
    models: state.living.get(root),
    architecture: state.architectures.value(state.architecture.get(root)),
  };
}

function edge(state: LineageState, label: Label): Edge {
  return {
    relation: state.relations.value(state.relation.get(label)) as Edge['relation'],
    verdict: state.verdicts.value(state.verdict.get(label)) as Edge['verdict'],
    confidence: state.confidence.get(label),
  };
}

function parentName(state: LineageState, label: Label): string | null {
  const parent = state.parent.get(label);
  return parent === NONE ? null : state.name(parent);
}
