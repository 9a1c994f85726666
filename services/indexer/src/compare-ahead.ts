import type { Comparer } from './comparer';
import type { LabelPair } from './kin-forest';
import type { ComparedFigures } from './rows';

interface Asked {
  readonly pairs: readonly LabelPair[];
  readonly figures: Promise<readonly ComparedFigures[]>;
}

/**
 * Has pairs compared as soon as they are known, while the rest of their batch is still being read: whoever compares is another
 * thread. Figures are a function of two sketches, so it does not matter when they are asked for; a pair that a later arrival of
 * the batch drives out of the candidates was compared for nothing.
 */
export class CompareAhead {
  readonly #asked: Asked[] = [];
  readonly #known = new Set<string>();

  constructor(private readonly comparer: Comparer) {}

  /** Asks for those that were not asked for yet. */
  ask(pairs: readonly LabelPair[]): void {
    const fresh = pairs.filter((pair) => this.#isNew(pair));
    if (fresh.length === 0) return;
    const figures = this.comparer.compare(fresh);
    // Whoever waits for the figures gets the error; if nobody does any more, the batch has failed for another reason.
    figures.catch(() => undefined);
    this.#asked.push({ pairs: fresh, figures });
  }

  #isNew(pair: LabelPair): boolean {
    const { size } = this.#known;
    return this.#known.add(keyOf(pair)).size > size;
  }

  /** The figures of pairs, in their order, once all that was asked for is there. */
  async figuresOf(pairs: readonly LabelPair[]): Promise<ComparedFigures[]> {
    this.ask(pairs);
    await Promise.allSettled(this.#asked.map(({ figures }) => figures));
    const found = new Map<string, ComparedFigures>();
    for (const { pairs: some, figures } of this.#asked) {
      const answers = await figures;
      some.forEach((pair, at) => found.set(keyOf(pair), answers[at]!));
    }
    return pairs.map((pair) => found.get(keyOf(pair))!);
  }
}

const keyOf = ({ a, b }: LabelPair): string => `${a}:${b}`;
