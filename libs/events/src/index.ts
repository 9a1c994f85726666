export {
  type Assignment,
  type Batch,
  type Bounds,
  type Consumer,
  type EventLog,
  type HandleContext,
  type Headers,
  type LogRecord,
  type NewRecord,
  type PartitionWriter,
  type Position,
  type Subscription,
  type TopicSpec,
} from './event-log';
export { EventLogError, type EventLogFault, LogUnavailableError, notNow } from './event-log-error';
export { replaceFile } from './embedded/durable-file';
export { EmbeddedLog, type EmbeddedLogOptions } from './embedded/embedded-log';
export { KafkaLog } from './kafka/kafka-log';
export { type ClientMessage, type KafkaLogOptions } from './kafka/kafka-options';
export { type Repair } from './embedded/segment';
export { type Claim } from './contracts/fields';
export {
  type DeadLetter,
  type EventOf,
  type Evidence,
  type LineageChanged,
  type ModelPublished,
  type ModelSketched,
  type StemmaEvent,
} from './contracts/events';
export { CHANGED, DEAD, PUBLISHED, SKETCHED, type Topic, TOPICS, topicSpecs } from './contracts/topics';
export {
  deadLetter,
  type Failure,
  isElsewhere,
  lineageChanged,
  modelPublished,
  modelSketched,
  type Origin,
  toRecord,
} from './contracts/build';
export { checkEvent, type EventRejection, parseEvent, type RejectedEvent } from './contracts/parse-event';
export { elsewhereKey, partitionOf, sketchedKey } from './contracts/partition';
