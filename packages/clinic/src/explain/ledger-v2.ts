/** What belongs to a ledger of version 2: slips, records, blocks, what it began with, proofs. */
import { type CborValue, encodeBase64Url, encodeHex } from '@chartseal/core/encoding'
import {
  type Block,
  type Bundle,
  checkOffence,
  decodeBlock,
  decodeBundle,
  decodeGenesis,
  decodeRecord,
  type Genesis,
  type LedgerRecord,
  ledgerIdOf,
  type Offence,
} from '@chartseal/emr-ledger'
import { slipHead, slipsIn } from '../prescriptions/slip.js'
import { type Detector, explained, type Finding, instantOf, mapIn, type Told } from './detector.js'

const timeOf = (seconds: bigint): string => instantOf(Number(seconds) * 1000)

const slipNotes = [
  'Whoever has it reads what was prescribed, and for whom; neither is shown here.',
  'Who signed, and what is left of it: chartseal ledger dispense, or ledger verify offline.',
]

/** A slip, alone or somewhere in a text. */
export const slip: Detector = ({ text }) => {
  const [found] = text === null ? [] : slipsIn(text)
  if (found === undefined) return null
  const about = { kind: 'slip of a prescription, version 2', secret: true, notes: slipNotes }
  return explained(about, ['text or record', () => slipHead(found).record], tellRecord)
}

const recordNotes = [
  'Not checked: whether the roster lets the signer do that. What it is about is not in it.',
]

/** A list of claims and signatures. */
export const ledgerRecordV2: Detector = ({ bytes, head }) => {
  if (!/^\x82[\x58-\x5a]/.test(head) || !head.includes('jauthoredOn')) return null
  const about = { kind: 'record of a ledger, version 2', notes: recordNotes }
  return explained(about, ['fields', () => decodeRecord(bytes)], tellRecord)
}

function tellRecord({ claims, txid }: LedgerRecord): Told {
  return {
    facts: {
      record: claims.kind,
      txid: encodeHex(txid),
      ledger: encodeBase64Url(claims.ledger),
      signer: encodeBase64Url(claims.signer),
      number_of_signer: claims.seq,
      written: timeOf(claims.authoredOn),
      ...('quantity' in claims ? { units: claims.quantity } : {}),
      ...('validUntil' in claims ? { valid_until: timeOf(claims.validUntil) } : {}),
    },
  }
}

const blockNotes = ['Not checked: its seal, what comes before it, and whether its records are allowed.']

/** A header of 244 bytes, a seal, and records. */
export const ledgerBlockV2: Detector = ({ bytes, head }) => {
  if (!head.startsWith('\x83\x58\xf4')) return null
  const about = { kind: 'block of a ledger, version 2', notes: blockNotes }
  return explained(about, ['header or records', () => decodeBlock(bytes)], tellBlock)
}

function tellBlock({ header, records }: Block): Told {
  const { ledger, height, id, previous, timestamp } = header
  const ids = { block_id: encodeHex(id), previous: encodeHex(previous), ledger: encodeBase64Url(ledger) }
  return { facts: { height, ...ids, records: records.length, time: timeOf(timestamp) } }
}

const genesisNotes = ['It is worth what its id is compared with: ask whoever runs the ledger for that.']

/** What a ledger began with. */
export const ledgerGenesis: Detector = ({ bytes, cbor }) => {
  if (cbor === null || !['roster', 'seal', 'salt'].every(key => cbor.has(key))) return null
  const about = { kind: 'genesis of a ledger, version 2', notes: genesisNotes }
  return explained(about, ['fields or roster', () => decodeGenesis(bytes)], genesis =>
    tellGenesis(genesis, bytes),
  )
}

function tellGenesis({ name, timestamp, roster, seal, legacy }: Genesis, bytes: Uint8Array): Told {
  const follows = legacy === null ? {} : { follows_block: encodeHex(legacy.blockId) }
  const members = { members: roster.members.length, registrars_needed: roster.quorum }
  return {
    facts: {
      ledger: encodeBase64Url(ledgerIdOf(bytes)),
      name,
      begun: timeOf(timestamp),
      seal: seal.kind,
      ...members,
      ...follows,
    },
  }
}

const proofNotes = ['What it proves takes the genesis: chartseal ledger verify --genesis FILE.']

/** What a node gives to somebody without a chain. */
export const ledgerProof: Detector = ({ bytes, cbor }) => {
  if (cbor === null || !(cbor.has('evidence') && cbor.has('rosterProof'))) return null
  const about = { kind: 'proof from a ledger, version 2', notes: proofNotes }
  return explained(about, ['fields', () => decodeBundle(bytes)], tellProof)
}

function tellProof({ evidence, prescription, signer, changes, record }: Bundle): Told {
  return {
    facts: {
      ...(prescription === null ? {} : { prescription: encodeHex(prescription.of) }),
      ...(prescription === null ? {} : { is_there: prescription.value === null ? 'no' : 'yes' }),
      ...(signer === null ? {} : { signer: encodeBase64Url(signer.of) }),
      ...(record === null ? {} : { record_bytes: record.bytes.length }),
      changes: changes.length,
      pieces_of_evidence: evidence.length,
    },
  }
}

const offenceNotes = ['Whether they are a sealer takes the roster: chartseal ledger evidence verify.']

/** Proof that somebody signed two of one slot, or the list of them that a node hands out. */
export const ledgerOffence: Detector = ({ bytes, cbor, list }): Finding | null => {
  const [first, ...others] = list ?? [bytes]
  if (!(first instanceof Uint8Array) || !isOffence(list === null ? cbor : mapIn(first))) return null
  const kind = 'evidence against a sealer of a ledger, version 2'
  return explained(
    { kind, notes: offenceNotes },
    ['fields or signatures', () => checkOffence(first)],
    offence => tellOffence(offence, others.length + 1),
  )
}

const isOffence = (map: ReadonlyMap<string, CborValue> | null): boolean =>
  map !== null && ['alg', 'key', 'signatures'].every(key => map.has(key))

function tellOffence({ kind, ledger, sealer }: Offence, count: number): Told {
  const what = kind === 'votes' ? 'two votes in one slot' : 'two blocks in one slot'
  const ids = { ledger: encodeBase64Url(ledger), sealer: encodeBase64Url(sealer.kid) }
  return { facts: { signed: what, ...ids, proofs: count } }
}
