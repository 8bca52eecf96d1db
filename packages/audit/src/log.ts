/** The writer of the transparency log. Files and promises: docs/spec/audit-log-files.md. */
export { type LogErrors, logError } from './v2/errors.js'
export type { LeafCodec } from './v2/leaf-codec.js'
export type { Appended } from './v2/sequencer/batch.js'
export {
  type Cosign,
  type LogWriterOptions,
  type ProofFrom,
  systemTimer,
  type Timer,
} from './v2/sequencer/options.js'
export { type LogWriter, openLogWriter, type Recovered, type Witnessed } from './v2/sequencer/writer.js'
export { type MemoryStorage, memoryStorage } from './v2/storage/memory.js'
export {
  type Batch,
  checkpointPath,
  type LogStorage,
  type OpenStorage,
  signedPath,
} from './v2/storage/port.js'
