/** What a ledger begins with; its id is the SHA-256 of these bytes: docs/spec/ledger-v2.md, "Genesis". */
import type { Roster } from './roster.js'

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
