import { auditCheckpoint } from './audit-checkpoint.js'
import { auditEntry } from './audit-entry.js'
import { auditLeaf } from './audit-leaf.js'
import { auditReceipt } from './audit-receipt.js'
import type { Detector } from './detector.js'
import { envelopePackage } from './envelope-package.js'
import { forkEvidence } from './fork-evidence.js'
import { keyText } from './key-text.js'
import { ledgerBlock } from './ledger-block.js'
import { ledgerRecord } from './ledger-record.js'
import { logFile } from './log-file.js'
import { message } from './message.js'
import { messageBytes } from './message-bytes.js'
import { messageParts } from './message-parts.js'
import { mnemonicOf } from './mnemonic.js'
import { pairingAnswer } from './pairing-answer.js'
import { pairingStep } from './pairing-step.js'
import { pairingUri } from './pairing-uri.js'
import { pem } from './pem.js'
import { ringExport } from './ring-export.js'
import { seedShare } from './seed-share.js'
import { shareEnvelope } from './share-envelope.js'
import { shareMessage } from './share-message.js'
import { verifierKey } from './verifier-key.js'

export interface ExplainOptions {
  /** The word list of SLIP-0039, without which words are not looked up. */
  readonly words?: readonly string[] | null
}

/** Asked in this order; the first that knows the input answers. Kinds that others could be mistaken for come last. */
export const detectors = ({ words = null }: ExplainOptions): readonly Detector[] => [
  messageParts,
  message,
  messageBytes,
  shareEnvelope,
  shareMessage,
  pairingUri,
  pairingAnswer,
  pairingStep,
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
  mnemonicOf(words),
  keyText,
  auditEntry,
]
