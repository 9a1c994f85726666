import type { Observation } from '@stemma/lineage';
import type { SketchInFile } from '@stemma/store';
import type { EdgeFinding } from './edge-book';
import type { LabelPair } from './kin-forest';
import type { ComparedFigures } from './rows';

/** The sketches of the models that there are, while a transaction lasts. */
export interface Sketches {
  sketch(label: number): Promise<Uint8Array | null> | Uint8Array;
  /** Null where it is not on disk yet. */
  sketchInFile(label: number): SketchInFile | null;
}

/** An edge of the forest, from parent to child. */
export interface Edge {
  readonly parent: number;
  readonly child: number;
}

/**
 * Compares models by their sketches. What it says of two models is a function of their sketches and of the constants, whoever
 * works it out, and wherever.
 */
export interface Comparer {
  /** Begins a batch: what it asks for is found in `sketches` until the next one begins. */
  begin(sketches: Sketches): void;
  /** A model of the batch, of which the store has no sketch yet. Not everybody asks for it as it was decoded here. */
  arrived(label: number, observe: () => Observation, sketch: Uint8Array): void;
  /** Figures in the order of the pairs, the smaller label first in each. */
  compare(pairs: readonly LabelPair[]): Promise<ComparedFigures[]>;
  /** What is said of edges, in their order. */
  relate(edges: readonly Edge[]): Promise<EdgeFinding[]>;
  /** Nothing is asked of it any more. */
  close(): void;
}
