export { WATCHER_DEFAULTS, type WatcherConfig } from './config';
export { HUB_UNAVAILABLE, Publications, type Postponed } from './publications';
export { watcherService } from './service';
export { watchLoop, type WatchLoopOptions } from './watch-loop';
export { Watcher, type Listing, type Walk, type WatcherDependencies } from './watcher';
export { beginWatermark } from './watermark';
