/** How much the sketcher reads and how much it does at a time. */
export interface SketcherConfig {
  /** Most bytes read of one model (DESIGN 3.2). */
  readonly readBytesMax: number;
  readonly modelsAtOnceMax: number;
  readonly batchModelsMax: number;
}

export const SKETCHER_DEFAULTS: SketcherConfig = {
  readBytesMax: 16 << 20,
  modelsAtOnceMax: 4,
  batchModelsMax: 16,
};
