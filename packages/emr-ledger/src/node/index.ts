/** The node of the ledger: what the main entry exports of it. */
export { type NodeErrors, nodeError } from '../v2/errors-node.js'
export type {
  IndexChange,
  IndexedBlock,
  IndexedRecord,
  IndexHead,
  LedgerIndex,
  Note,
  NoteChange,
  RecordPlace,
  TreeNode,
} from '../v2/ports.js'
export {
  blockLogKind,
  type ChainBlock,
  type LedgerEvent,
  type LedgerNodeApi,
  type LedgerNodeOptions,
  type LedgerPeer,
  type NodeLimits,
  type PeerHeader,
  type PeerTip,
  type PlacedRecord,
  type PrescriptionAnswer,
  type PullResult,
  type Received,
  type RecordStatus,
  type SealOpener,
  type SealStart,
  type Submitted,
} from './api.js'
export { LedgerNode } from './ledger-node.js'
export { memoryIndex } from './memory-index.js'
