/**
 * The MedCrypt message format, bit for bit: `[MEDCRYPT:v1:<patient id>:<nonce>:<ciphertext>:<tag>]`.
 * Byte table and weaknesses: docs/spec/wire-v1.md.
 */
export { type WireErrors, wireError } from './v1/errors.js'
export { type InspectedMessage, type Inspection, inspect } from './v1/inspect.js'
export { rewrap } from './v1/rewrap.js'
export { type OpenedMessage, type OpenOptions, open, type SealOptions, seal } from './v1/seal.js'
export { format, type ParseOptions, parse, type SealedMessage } from './v1/text.js'
