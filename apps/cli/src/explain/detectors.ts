import { auditEntry } from './audit-entry.js'
import type { Detector } from './detector.js'
import { envelopePackage } from './envelope-package.js'
import { keyText } from './key-text.js'
import { ledgerBlock } from './ledger-block.js'
import { ledgerRecord } from './ledger-record.js'
import { logFile } from './log-file.js'
import { message } from './message.js'
import { messageBytes } from './message-bytes.js'
import { messageParts } from './message-parts.js'
import { mnemonic } from './mnemonic.js'
import { pairingAnswer } from './pairing-answer.js'
import { pairingUri } from './pairing-uri.js'
import { pem } from './pem.js'
import { ringExport } from './ring-export.js'
import { seedShare } from './seed-share.js'
import { shareEnvelope } from './share-envelope.js'
import { shareMessage } from './share-message.js'

/** Asked in this order; the first that knows the input answers. Kinds that others could be mistaken for come last. */
export const detectors: readonly Detector[] = [
  messageParts,
  message,
  messageBytes,
  shareEnvelope,
  shareMessage,
  pairingUri,
  pairingAnswer,
  ringExport,
  pem,
  // Audit log, version 2: checkpoint, tile, receipt and leaf belong here, one file for each.
  logFile,
  ledgerBlock,
  ledgerRecord,
  envelopePackage,
  seedShare,
  mnemonic,
  keyText,
  auditEntry,
]
