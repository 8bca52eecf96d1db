/**
 * Encryption for values, streams and random access: C2SP chunked-encryption v1, the instance Cobblestone-256
 * (HKDF-Expand with SHA-512, AES-256-GCM). Commits to its key, notices a missing end, needs no nonce.
 * Byte table: docs/spec/chunked.md.
 */
export { openBytes, sealBytes } from './chunked/bytes.js'
export { type ContentFrame, sealContent } from './chunked/content.js'
export {
  type ChunkedErrors,
  chunkedError,
  headerBytes,
  plaintextSizeBytes,
  sealedSizeBytes,
} from './chunked/layout.js'
export { type OpenedRange, openRange, type RangeSource } from './chunked/range.js'
export {
  type ByteTransform,
  openStream,
  openStreamBehind,
  sealStream,
  type Unlocked,
} from './chunked/stream.js'
export { through } from './chunked/through.js'
