/** What a text or a file is, and what it shows without a key. */
import { type Detector, type Finding, inputOf } from './explain/detector.js'

export type { Finding, Refusal } from './explain/detector.js'
export { type AnyInspection, inspectAnyMessage } from './explain/messages.js'

export interface ExplainOptions {
  /** The word list of SLIP-0039; without it mnemonics are known by their shape alone. */
  readonly words?: readonly string[] | null
}

const messages = () => import('./explain/messages.js')
const teams = () => import('./explain/teams.js')
const shares = () => import('./explain/shares.js')
const pairing = () => import('./explain/pairing.js')
const keys = () => import('./explain/keys.js')
const audit = () => import('./explain/audit.js')
const links = () => import('./explain/links.js')
const ledger = () => import('./explain/ledger.js')
const ledgerV2 = () => import('./explain/ledger-v2.js')
const logOfficers = () => import('./explain/log-officers.js')
const kept = () => import('./explain/kept-files.js')
const others = () => import('./explain/others.js')
const emergencies = () => import('./explain/emergencies.js')
const records = () => import('./explain/records.js')

/**
 * Asked in this order; the first that knows the input answers. Of a text with several things a secret one comes first,
 * so that nobody is told that it is none. Kinds that others could be mistaken for come last. Each format is loaded when it
 * is its turn: a message is explained without the ledger.
 */
const detectors: readonly (() => Promise<Detector>)[] = [
  async () => (await shares()).shareEnvelope,
  async () => (await shares()).shareMessage,
  async () => (await pairing()).pairingUri,
  async () => (await links()).healthLink,
  async () => (await links()).clinicInvitation,
  async () => (await records()).identityText,
  async () => (await records()).capabilityText,
  async () => (await records()).recipientText,
  async () => (await messages()).message,
  async () => (await messages()).messageBytes,
  async () => (await teams()).teamText,
  async () => (await teams()).teamBytes,
  async () => (await pairing()).pairingStep,
  async () => (await pairing()).pairingAnswer,
  async () => (await links()).linkFile,
  async () => (await records()).grantList,
  async () => (await ledgerV2()).slip,
  async () => (await kept()).careTeamFile,
  async () => (await kept()).sealedFile,
  async () => (await kept()).openDesk,
  async () => (await kept()).kitBook,
  async () => (await keys()).ringExport,
  async () => (await keys()).pem,
  async () => (await logOfficers()).logOfficerFile,
  async () => (await audit()).auditReceipt,
  async () => (await audit()).forkEvidence,
  async () => (await audit()).auditCheckpoint,
  async () => (await audit()).auditLeaf,
  async () => (await keys()).verifierKey,
  async () => (await audit()).logFile,
  async () => (await others()).carFile,
  async () => (await others()).ageFile,
  async () => (await others()).jsonWebKey,
  async () => (await others()).witnessPolicy,
  async () => (await ledgerV2()).ledgerGenesis,
  async () => (await ledgerV2()).ledgerProof,
  async () => (await ledgerV2()).ledgerOffence,
  async () => (await ledgerV2()).ledgerBlockV2,
  async () => (await ledgerV2()).ledgerRecordV2,
  async () => (await emergencies()).statement,
  async () => (await emergencies()).requestFile,
  async () => (await emergencies()).clinicTrust,
  async () => (await emergencies()).ledgerKeys,
  async () => (await emergencies()).ledgerRoster,
  async () => (await emergencies()).rosterDraft,
  async () => (await ledger()).ledgerBlock,
  async () => (await ledger()).ledgerRecord,
  async () => (await keys()).envelopePackage,
  async () => (await shares()).seedShare,
  async () => (await shares()).mnemonic,
  async () => (await keys()).keyText,
  async () => (await audit()).auditEntry,
]

/** What these bytes are; `null` when no detector knows them. */
export async function explainBytes(
  bytes: Uint8Array,
  { words = null }: ExplainOptions = {},
): Promise<Finding | null> {
  const input = inputOf(bytes, words)
  for (const load of detectors) {
    const detect = await load()
    const finding = detect(input)
    if (finding !== null) return finding
  }
  return null
}
