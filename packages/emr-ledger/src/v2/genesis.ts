/** What a ledger begins with; its id is the SHA-256 of these bytes: docs/spec/ledger-v2.md, "Genesis". */
import { CborFields } from '@chartseal/core/cbor'
import { decodeCborViews, encodeCbor } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import { recordError } from './errors-records.js'
import { fieldError, hashBytes, readStrictly } from './fields.js'
import { checkFirstRoster, maxNameBytes, type Roster, rosterField, rosterValue } from './roster.js'
import { sealRuleIn, sealRuleValue } from './seal-rule.js'

/** One sequencer, its log cosigned by witnesses. */
export interface TlogRule {
  readonly kind: 'tlog'
  /** Name of the log of block ids, a C2SP origin. */
  readonly origin: string
  /** The log's Ed25519 key, 32 bytes. */
  readonly logKey: Uint8Array
  /** Keys of witnesses, C2SP vkeys (cosignature/v1). */
  readonly witnesses: readonly string[]
  /** How many of them must have cosigned; 0: the sequencer's word alone. */
  readonly quorum: number
}

/** The sealers of the roster take turns and vote (Streamlet, Chan and Shi 2020). */
export interface PoaRule {
  readonly kind: 'poa'
  /** Length of a slot in seconds, at least 1. */
  readonly slotSeconds: number
  /** How many slots in a row one sealer leads, at least 1; 4 lets three survive the loss of one. */
  readonly slotsPerTurn: number
  /**
   * `crash`: more than half of the sealers decide, and none may sign two of one slot; `lies`: more than two thirds
   * decide, and less than a third may do anything.
   */
  readonly tolerates: 'crash' | 'lies'
}

/** Proof of work; difficulties by a weighted moving average. */
export interface PowRule {
  readonly kind: 'pow'
  readonly firstDifficulty: bigint
  /** Seconds between blocks that the difficulty aims at. */
  readonly blockSeconds: number
  /** Blocks of the moving average. */
  readonly window: number
}

export type SealRule = TlogRule | PoaRule | PowRule

/** The tip of a v1 chain that this ledger follows. */
export interface LegacyTip {
  readonly height: bigint
  /** 32 bytes. */
  readonly blockId: Uint8Array
}

export interface Genesis {
  /** What people call it, 1 to 128 bytes. */
  readonly name: string
  /** Seconds; time of block 0, which has no records. */
  readonly timestamp: bigint
  readonly roster: Roster
  readonly seal: SealRule
  readonly legacy: LegacyTip | null
  /** 32 bytes, so that two ledgers never have one id. */
  readonly salt: Uint8Array
}

const version = 2
const names = ['v', 'name', 'timestamp', 'roster', 'seal', 'salt']
export const maxGenesisBytes = 589_824

/**
 * Deterministic CBOR.
 * @throws ChartsealError `ledger/genesis` and those of {@link checkFirstRoster}, for what {@link decodeGenesis} would refuse
 */
export function encodeGenesis({ name, timestamp, roster, seal, legacy, salt }: Genesis): Uint8Array {
  const value = {
    v: version,
    name,
    timestamp,
    roster: rosterValue(roster),
    seal: sealRuleValue(seal),
    salt,
  }
  const tip = legacy === null ? null : { height: legacy.height, blockId: legacy.blockId }
  const bytes = encodeCbor(tip === null ? value : { ...value, legacy: tip })
  decodeGenesis(bytes)
  return bytes
}

/**
 * Strict: one encoding for each genesis. The roster is one that a ledger can begin with.
 * @throws ChartsealError `ledger/genesis`, `ledger/roster-number`, `ledger/member-key`, `ledger/roster-lockout`
 */
export function decodeGenesis(bytes: Uint8Array): Genesis {
  const genesis = readStrictly(
    () => genesisIn(bytes),
    reason => recordError('ledger/genesis', { reason }),
  )
  checkFirstRoster(genesis.roster)
  return genesis
}

function genesisIn(bytes: Uint8Array): Genesis {
  if (bytes.length > maxGenesisBytes) throw fieldError('', `at most ${maxGenesisBytes} bytes`)
  const fields = new CborFields(decodeCborViews(bytes), names, ['legacy'])
  fields.count('v', version, version)
  const name = fields.text('name', maxNameBytes)
  if (name === '') throw fieldError('name', 'at least 1 byte')
  return {
    name,
    timestamp: fields.integer('timestamp'),
    roster: rosterField(fields, 'roster'),
    seal: sealRuleIn(fields),
    legacy: legacyIn(fields),
    salt: fields.bytes('salt', hashBytes),
  }
}

function legacyIn(fields: CborFields): LegacyTip | null {
  if (!fields.has('legacy')) return null
  const tip = fields.map('legacy', ['height', 'blockId'])
  return { height: tip.integer('height'), blockId: tip.bytes('blockId', hashBytes) }
}

/** The id of the ledger, 32 bytes. */
export function ledgerIdOf(genesisBytes: Uint8Array): Uint8Array {
  return sha256(genesisBytes)
}
