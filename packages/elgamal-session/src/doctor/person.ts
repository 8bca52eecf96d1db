/** One enrolled patient, as the core knows them. */
import type { SecretBytes } from '@chartseal/core/keys'
import type { Direct } from '../conference/payloads.js'
import type { Session } from '../conference/session.js'
import type { BlockedUntil } from './records.js'
import type { MemberRow, MemberState } from './types.js'

/** Where they sit while they are connected. */
export interface Seat {
  readonly connection: number
  readonly session: Session
}

export class Person {
  /** 16 bytes, and the same in hexadecimal. */
  readonly id: Uint8Array
  readonly key: string
  readonly name: string
  readonly staticKey: Uint8Array
  readonly psk: SecretBytes
  /** The number of their membership, 0 while they are out. */
  membership = 0
  since = 0n
  acknowledged = 0n
  usedTicket = 0n
  blockedUntil: BlockedUntil = 0
  /** Since when they are in this state. */
  changedMs: number | null = null
  seat: Seat | null = null
  /** The connection of a session whose host link is gone. */
  parkedAt: number | null = null
  /** Of the key tree. */
  leaf: number | null = null
  behind = false
  /** Connections of theirs whose hello was answered; those that are decided may be among them. */
  asking: number[] = []
  /** The newest direct message of theirs, and the number of the next one to them. */
  heard = 0n
  nextDirect = 1n
  /** What their device has not received. */
  outbox: Direct[] = []
  /** Theirs that the doctor was not shown, as far as is known. */
  unshown: Direct[] = []
  /** Room for direct messages of theirs, as of some moment. */
  allowance = 0
  allowanceMs = 0

  constructor(id: Uint8Array, key: string, name: string, staticKey: Uint8Array, psk: SecretBytes) {
    this.id = id
    this.key = key
    this.name = name
    this.staticKey = staticKey
    this.psk = psk
  }

  get isMember(): boolean {
    return this.membership !== 0
  }

  isBlocked(nowMs: number): boolean {
    return this.blockedUntil === null || this.blockedUntil > nowMs
  }

  /** What a block leaves, in whole seconds; `null` until lifted. */
  secondsLeft(nowMs: number): number | null {
    return this.blockedUntil === null ? null : Math.max(0, Math.ceil((this.blockedUntil - nowMs) / 1_000))
  }

  row(nowMs: number, emergency: bigint): MemberRow {
    const isBlocked = this.isBlocked(nowMs)
    return {
      name: this.name,
      state: this.#state(isBlocked),
      acknowledged: this.acknowledged,
      emergency: this.#emergency(emergency),
      behind: this.behind,
      sinceMs: this.changedMs,
      blockedUntilMs: isBlocked ? this.blockedUntil : null,
      undelivered: this.outbox.length,
    }
  }

  /** Whether this frame, said to all, was for them. */
  isFor(sequence: bigint): boolean {
    return this.isMember && sequence > this.since
  }

  #state(isBlocked: boolean): MemberState {
    if (isBlocked) return 'blocked'
    if (this.seat !== null) return 'connected'
    return this.isMember ? 'away' : 'expected'
  }

  #emergency(sequence: bigint): MemberRow['emergency'] {
    if (sequence === 0n || !this.isFor(sequence)) return 'none'
    return this.acknowledged >= sequence ? 'received' : 'waiting'
  }
}
