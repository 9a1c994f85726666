import { ancestorsOf, type Origin } from './truth';
import { hashUnit } from './seeded';

/**
 * What a card says about its base model: the `true` parent, an `ancestor` further up (people name the famous model
 * they started from, not the checkpoint between), a `wrong` model, or `none`.
 */
export interface DeclaredBase {
  readonly honesty: 'true' | 'ancestor' | 'wrong' | 'none';
  readonly base: string | null;
}

const TRUE_SHARE = 1 / 3;
const NONE_SHARE = 1 / 3;
const WRONG_SHARE = 1 / 10;

/**
 * Draws what each card of one graph declares. Of n models round(n/3) declare their true parent, at least round(n/3)
 * declare nothing, round(n/10) declare a wrong base, and the rest name an ancestor above their parent: 35, 35, 11 and
 * 24 in a graph of 105. Where too few models have such an ancestor, more declare nothing. A root has no true base, so
 * roots declare nothing or a wrong one. The order of the draw is a seeded hash of the names.
 */
export function declaredBases(graph: readonly Origin[], seed: number): Map<string, DeclaredBase> {
  const shuffled = [...graph].sort(
    (a, b) =>
      hashUnit(seed, 'declares', a.repo) - hashUnit(seed, 'declares', b.repo) || (a.repo < b.repo ? -1 : 1),
  );
  const declared = new Map<string, DeclaredBase>();
  const draw = (count: number, base: (origin: Origin) => DeclaredBase | null) => {
    for (const origin of shuffled) {
      if (count <= 0) return;
      const drawn = declared.has(origin.repo) ? null : base(origin);
      if (drawn === null) continue;
      declared.set(origin.repo, drawn);
      count -= 1;
    }
  };
  const count = (share: number) => Math.round(graph.length * share);
  const parents = new Map(graph.map((origin) => [origin.repo, origin.parent]));

  draw(count(TRUE_SHARE), ({ parent }) => (parent === null ? null : { honesty: 'true', base: parent }));
  draw(count(WRONG_SHARE), ({ repo }) => ({ honesty: 'wrong', base: wrongBase(repo, parents, seed) }));
  draw(graph.length - count(TRUE_SHARE) - count(WRONG_SHARE) - count(NONE_SHARE), ({ repo }) => {
    const [, ...above] = ancestorsOf(parents, repo);
    const base = above.at(-1);
    return base === undefined ? null : { honesty: 'ancestor', base };
  });
  draw(graph.length, () => ({ honesty: 'none', base: null }));
  return declared;
}

/** Some model of the same graph that is neither `repo` nor above it. */
function wrongBase(repo: string, parents: ReadonlyMap<string, string | null>, seed: number): string {
  const right = new Set([repo, ...ancestorsOf(parents, repo)]);
  const wrong = [...parents.keys()].filter((other) => !right.has(other)).sort();
  const drawn = wrong[Math.floor(hashUnit(seed, 'wrong', repo) * wrong.length)];
  return drawn ?? 'zoo-ft/never-published';
}
