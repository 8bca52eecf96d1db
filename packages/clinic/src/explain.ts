/** What a text or a file is, and what it shows without a key. */
import {
  auditCheckpoint,
  auditEntry,
  auditLeaf,
  auditReceipt,
  forkEvidence,
  logFile,
} from './explain/audit.js'
import { type Detector, type Finding, inputOf } from './explain/detector.js'
import { envelopePackage, keyText, pem, ringExport, verifierKey } from './explain/keys.js'
import { ledgerBlock, ledgerRecord } from './explain/ledger.js'
import { message, messageBytes } from './explain/messages.js'
import { pairingAnswer, pairingStep, pairingUri } from './explain/pairing.js'
import { mnemonic, seedShare, shareEnvelope, shareMessage } from './explain/shares.js'

export type { Finding, Refusal } from './explain/detector.js'
export { type AnyInspection, inspectAnyMessage } from './explain/messages.js'

export interface ExplainOptions {
  /** The word list of SLIP-0039; without it mnemonics are known by their shape alone. */
  readonly words?: readonly string[] | null
}

/** Asked in this order; the first that knows the input answers. Kinds that others could be mistaken for come last. */
const detectors: readonly Detector[] = [
  message,
  messageBytes,
  shareEnvelope,
  shareMessage,
  pairingUri,
  pairingStep,
  pairingAnswer,
  ringExport,
  pem,
  auditReceipt,
  forkEvidence,
  auditCheckpoint,
  auditLeaf,
  verifierKey,
  logFile,
  ledgerBlock,
  ledgerRecord,
  envelopePackage,
  seedShare,
  mnemonic,
  keyText,
  auditEntry,
]

/** What these bytes are; `null` when no detector knows them. */
export function explainBytes(bytes: Uint8Array, { words = null }: ExplainOptions = {}): Finding | null {
  const input = inputOf(bytes, words)
  for (const detect of detectors) {
    const finding = detect(input)
    if (finding !== null) return finding
  }
  return null
}
