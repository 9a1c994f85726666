export {
  findModelsFolder,
  zooCatalogue,
  type Catalogue,
  type CatalogueOptions,
  type ZooGraph,
} from './catalogue';
export type { DeclaredBase } from './declared-base';
export { lyingHeader, type Fault, type FaultEffect } from './fault';
export { HubServer, type HubOptions } from './hub-server';
export type { LoggedRequest, RequestLog } from './request-log';
export { bfloat16Bits, float16Bits, floatBytes, safetensorsFile, type TensorBytes } from './safetensors-file';
export type { Push } from './shelf';
export {
  syntheticFamily,
  type Family,
  type FamilyOptions,
  type Member,
  type SyntheticTensor,
} from './synthetic-family.testing';
export { ancestorsOf, type Truth } from './truth';
export {
  diskFile,
  hubTags,
  memoryFile,
  revisionSha,
  type BaseRelation,
  type CardData,
  type ZooFile,
  type ZooModel,
} from './zoo-model';
