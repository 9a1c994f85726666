import { freshWeights, trained, type TestShape, type TestWeights } from './weights.testing';

export interface HubStreamOptions {
  readonly models: number;
  readonly seed: number;
  readonly shape: TestShape;
  /** Share of all models that one family has. */
  readonly giant?: number;
}

export interface StreamedModel {
  /** Unlike every other. */
  readonly name: string;
  readonly parent: string | null;
  readonly weights: TestWeights;
}

interface Node {
  readonly name: string;
  readonly parent: Node | null;
  readonly seed: number;
}

/** Models whose weights are kept: others are made again from their ancestors. */
const KEPT_MAX = 1_024;
/** Of the models of a star this share hangs on its base. */
const DIRECT = 0.85;

/**
 * A hub with the statistics of real ones, parents before children: one giant family, others of sizes that fall as one over
 * their rank; most models hang on the base of their family, the others anywhere below it; every tenth family is a chain.
 */
export class HubStream {
  readonly #options: HubStreamOptions;
  readonly #kept = new Map<Node, TestWeights>();
  readonly #families: Node[][] = [];
  #draws = 0;

  constructor(options: HubStreamOptions) {
    this.#options = options;
  }

  *[Symbol.iterator](): Generator<StreamedModel> {
    const { models, giant = 0.3, seed } = this.#options;
    for (let i = 0; i < models; i++) {
      const at = this.#draw() < giant ? 0 : 1 + this.#zipf(Math.max(4, models / 100));
      const family = (this.#families[at] ??= []);
      const node: Node = {
        name: `f${at}-${family.length}`,
        parent: this.#parentIn(family, at),
        seed: seed + 1_000 * i,
      };
      family.push(node);
      yield { name: node.name, parent: node.parent?.name ?? null, weights: this.#weights(node) };
    }
  }

  #parentIn(family: readonly Node[], at: number): Node | null {
    if (family.length === 0) return null;
    if (at % 10 === 9) return family[family.length - 1]!;
    return this.#draw() < DIRECT ? family[0]! : family[Math.floor(this.#draw() * family.length)]!;
  }

  #weights(node: Node): TestWeights {
    const known = this.#kept.get(node);
    if (known !== undefined) this.#kept.delete(node);
    const size = 0.02 + 0.2 * ((node.seed * 0.618034) % 1) ** 2;
    const weights =
      known ??
      (node.parent === null
        ? freshWeights(node.seed, this.#options.shape)
        : trained(this.#weights(node.parent), node.seed, { size }));
    this.#kept.set(node, weights);
    if (this.#kept.size > KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value!);
    return weights;
  }

  /** A rank with probability as one over it. */
  #zipf(ranks: number): number {
    return Math.floor(ranks ** this.#draw()) - 1;
  }

  /** Uniform in [0, 1) from the seed and the number of the draw. */
  #draw(): number {
    let hash = Math.imul(this.#options.seed ^ Math.imul(++this.#draws, 0x9e3779b1), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  }
}
