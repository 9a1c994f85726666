import type { NamedObservation, TrueModel } from '@stemma/lineage';
import { METHODS } from '../compare-methods';
import { restrictTruth } from '../restrict-truth';
import { drawFor, drawItems, drawSubtree, treesOfTruth } from './draws';
import { sketchesOf, weightsOf, type Family } from './families';
import { pivot, withSpread } from './markdown';
import {
  comparedOnce,
  judge,
  measuredOnce,
  ours,
  rightStageOf,
  theirs,
  treesOf,
  type Outcome,
} from './outcome';
import { linePlot } from './line-plot';
import { pointOf, type Point } from './point';
import { familyOf, titleOf, defineReport, type ReportContent } from './report';

const GRAPHS = ['ft', 'lora-v', 'lora-f', 'minilm'];
const SHARES = [0.2, 0.4, 0.6, 0.8, 1];
const KINDS = ['sub-trees', 'any models'] as const;
type Kind = (typeof KINDS)[number];

/** A small graph needs more draws for as steady a mean. */
const drawsOf = (graph: string, share: number): number => (share === 1 ? 1 : graph === 'minilm' ? 20 : 5);

export const subtrees = defineReport<readonly Point[]>({
  name: 'subtrees',
  title: 'A part of the models',
  shows:
    'Directed accuracy where only a share of every tree is there: connected sub-trees with their roots, and models drawn anyhow, whose parents may be missing.',
  measure(families, onWork) {
    const points: Point[] = [];
    const total = GRAPHS.length * KINDS.length * SHARES.length;
    for (const graph of GRAPHS) {
      const recoverBoth = recoverersOf(familyOf(families, graph));
      for (const kind of KINDS) {
        for (const share of SHARES) {
          onWork(points.length / 2, total, `${subtrees.name}: ${graph}`);
          const outcomes = Array.from({ length: drawsOf(graph, share) }, (_, draw) =>
            recoverBoth(
              drawTruth(familyOf(families, graph).truth, kind, share, drawFor(graph, kind, share, draw)),
            ),
          );
          const key = { graph, setting: `${kind}, ${percent(share)}` };
          points.push(
            pointOf(
              { ...key, method: METHODS['stemma-sketch'] },
              outcomes.map(({ stemma }) => stemma),
            ),
            pointOf(
              { ...key, method: METHODS['mother-right'] },
              outcomes.map(({ mother }) => mother),
            ),
          );
        }
      }
    }
    return points;
  },
  render: contentOf,
});

/** What is true of a share of every tree's models, two at least. */
export function drawTruth(
  truth: readonly TrueModel[],
  kind: Kind,
  share: number,
  uniform: () => number,
): TrueModel[] {
  const drawn = treesOfTruth(truth).flatMap((tree) => {
    const count = Math.max(2, Math.round(share * tree.length));
    return kind === 'sub-trees' ? drawSubtree(tree, count, uniform) : drawItems(tree, count, uniform);
  });
  return restrictTruth(truth, new Set(drawn.map(({ model }) => model)));
}

/** Both methods on any part of a family, with what two models have between them looked at once. */
function recoverersOf(
  family: Family,
): (truth: readonly TrueModel[]) => { readonly stemma: Outcome; readonly mother: Outcome } {
  const compare = comparedOnce();
  const measure = measuredOnce();
  const stage = rightStageOf(family);
  return (truth) => {
    const kept = new Set(truth.map(({ model }) => model));
    const part = (models: readonly NamedObservation[]): NamedObservation[] =>
      models.filter(({ model }) => kept.has(model));
    const mother = theirs(part(weightsOf(family)), { stage, trees: treesOf(truth), measure });
    return {
      stemma: judge(truth, ours(part(sketchesOf(family)), { compare })),
      mother: judge(truth, mother),
    };
  };
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const shareOf = ({ setting }: Point): string => setting.split(', ')[1]!;

function contentOf(points: readonly Point[]): ReportContent {
  return {
    sections: KINDS.map((kind) => ({
      heading: kind === 'sub-trees' ? 'Connected sub-trees' : 'Any models',
      text: TEXTS[kind],
      table: pivot(
        points.filter(({ setting }) => setting.startsWith(kind)),
        {
          corner: 'share of the models',
          row: shareOf,
          column: ({ graph, method }) => `${titleOf(graph)}: ${method}`,
          cell: ({ directed, spread, draws }) => withSpread(directed, spread, draws),
        },
      ),
    })),
    plot: linePlot({
      title: 'Directed accuracy with a share of the models',
      columns: GRAPHS.length,
      x: { title: 'share of the models', order: SHARES.map(percent) },
      y: { title: 'directed accuracy' },
      values: KINDS.flatMap((kind) =>
        points
          .filter(({ setting }) => setting.startsWith(kind))
          .map((point) => ({
            panel: `${titleOf(point.graph)}, ${kind}`,
            method: point.method,
            x: shareOf(point),
            y: point.directed,
            spread: point.spread,
          })),
      ),
    }),
  };
}

const TEXTS: Readonly<Record<Kind, readonly string[]>> = {
  'sub-trees': [
    'Every tree is cut down to a connected part that has its root; mean and standard deviation over 5 draws (20 of MiniLM). MoTHer is told the number of trees and the right stage.',
  ],
  'any models': [
    'Models are drawn from every tree without regard to who is whose parent. Where a parent is missing the nearest ancestor that is there is right; a model whose ancestors are all missing is a root. Models that lack one parent share its training, and are nearer to each other than to what is above it: see [siblings](siblings.md).',
  ],
};
