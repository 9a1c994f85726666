export { SKETCHER_DEFAULTS, type SketcherConfig } from './config';
export { sketcherService } from './service';
export {
  sketchRevision,
  type RefusedRevision,
  type SketchedRevision,
  type WeightsHub,
  type WeightsReader,
} from './sketch-revision';
export { Sketcher, SKETCHER_GROUP, sketchedRecords, type SketcherDependencies } from './sketcher';
