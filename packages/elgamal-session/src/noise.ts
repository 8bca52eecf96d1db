/** The handshake of conferences: the Noise Protocol Framework, revision 34 (docs/spec/noise.md). */
export type { Suite } from './noise/dh.js'
export {
  createHandshake,
  type Handshake,
  type HandshakeOptions,
  type IkInitiatorOptions,
  type IkResponderOptions,
  type NnOptions,
  pskBytes,
  type SessionSecrets,
} from './noise/handshake.js'
export { maxMessageBytes } from './noise/handshake-state.js'
export type { PatternName, Role } from './noise/patterns.js'
export { publicKeyBytesOf, StaticKey } from './noise/static-key.js'
export {
  finishHandshake,
  type HandshakeWork,
  type WorkedHandshake,
  wipeWorked,
  workHandshake,
} from './noise/work.js'
