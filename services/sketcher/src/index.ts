export { SKETCHER_DEFAULTS, type SketcherConfig } from './config';
export {
  sketchRevision,
  type RefusedRevision,
  type SketchedRevision,
  type WeightsHub,
  type WeightsReader,
} from './sketch-revision';
export { Sketcher, type SketcherDependencies } from './sketcher';
