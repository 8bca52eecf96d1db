/** A conference to which this device is invited: its seat, until it is left behind; what was heard stays longer. */
import { type ConferenceSeat, decodeSeat } from '@chartseal/clinic/conference'
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import type { Unlocked } from '../pairs/pairs.js'
import { refuseNewer } from '../store/row-version.js'
import { seatPrefix } from './due.js'
import { journalGone } from './journal-rows.js'

const version = 1
const fields = ['v', 'pair', 'title', 'until', 'at', 'told', 'state', 'changed', 'seat']

/** `removed`: the doctor put this seat out, as when they invite anew. `ended`: they ended it, or its time has passed. */
const seatStates = ['invited', 'joined', 'left', 'removed', 'ended'] as const
export type SeatState = (typeof seatStates)[number]

/** As screens show it: no key is in it. */
export interface OwnSeat {
  /** The pair and the conference. */
  readonly ref: string
  readonly pairId: string
  readonly title: string
  readonly untilMs: number
  readonly invitedMs: number
  /** The answer is on its way, or there: before the recovery kit it does not leave. */
  readonly isAnswered: boolean
  readonly state: SeatState
  /** Since when the state is as it is. */
  readonly changedMs: number
}

export const seatKeyOf = (ref: string): string => `${seatPrefix}${ref}`
export const seatLockOf = (ref: string): string => `chartseal/${seatKeyOf(ref)}`

/** The caller wipes the bytes of the row. @param seat `null` once its keys are destroyed */
export function seatRow(own: OwnSeat, seat: Uint8Array): readonly [key: string, bytes: Uint8Array] {
  const row = {
    v: version,
    pair: own.pairId,
    title: own.title,
    until: own.untilMs,
    at: own.invitedMs,
    told: own.isAnswered ? 1 : 0,
    state: own.state,
    changed: own.changedMs,
    seat,
  }
  return [seatKeyOf(own.ref), encodeCbor(row)]
}

interface Stored {
  readonly own: OwnSeat
  readonly seat: Uint8Array
}

/** @throws ChartsealError `cbor/invalid`, `console/newer-page` */
function decodeRow(key: string, bytes: Uint8Array): Stored {
  try {
    const map = new CborFields(refuseNewer(decodeCbor(bytes), version), fields)
    map.count('v', version, version)
    const state = map.text('state')
    const own = {
      ref: key.slice(seatPrefix.length),
      pairId: map.text('pair'),
      title: map.text('title'),
      untilMs: map.count('until'),
      invitedMs: map.count('at'),
      isAnswered: map.count('told', 1) === 1,
      state: seatStates.find(one => one === state) ?? 'ended',
      changedMs: map.count('changed'),
    }
    return { own, seat: map.bytes('seat') }
  } finally {
    bytes.fill(0)
  }
}

/** The newest first; those that are damaged are left out, and counted by the rows. */
export async function ownSeats({ rows }: Unlocked): Promise<readonly OwnSeat[]> {
  const found = await rows.readOnce(seatPrefix, new Map(), (key, bytes) => {
    const { own, seat } = decodeRow(key, bytes)
    seat.fill(0)
    return own
  })
  return found.toSorted((a, b) => b.invitedMs - a.invitedMs)
}

export interface WholeSeat {
  readonly own: OwnSeat
  /** Empty once its keys are destroyed. Secret: the caller wipes it, or has it decoded. */
  readonly seat: Uint8Array
}

/** `null`: there is none. */
export async function readSeat({ rows }: Unlocked, ref: string): Promise<WholeSeat | null> {
  const bytes = await rows.get(seatKeyOf(ref))
  return bytes === null ? null : decodeRow(seatKeyOf(ref), bytes)
}

/** Takes over the bytes and wipes them. `null` once its keys are destroyed. @throws ChartsealError `enrolment/damaged` */
export const seatIn = ({ seat }: WholeSeat): ConferenceSeat | null =>
  seat.length === 0 ? null : decodeSeat(seat)

/** One step on a seat that is there; one tab at a time. */
export async function changeSeat(
  unlocked: Unlocked,
  ref: string,
  step: (own: OwnSeat) => OwnSeat,
): Promise<void> {
  await unlocked.locks(seatLockOf(ref), async () => {
    const whole = await readSeat(unlocked, ref)
    if (whole === null) return
    const row = seatRow(step(whole.own), whole.seat)
    try {
      await unlocked.rows.write([row])
    } finally {
      whole.seat.fill(0)
      row[1].fill(0)
    }
  })
}

/** Who has joined is told by the clinic, or by nobody after some tries: a clock that is wrong alone ends no seat of theirs. */
export async function endExpired(unlocked: Unlocked): Promise<void> {
  const nowMs = unlocked.clock.nowMs()
  const expired = (await ownSeats(unlocked)).filter(own => isExpired(own, nowMs))
  for (const own of expired) await endSeat(unlocked, own, 'ended')
}

/** Nobody is in it, and nobody comes in any more. */
export const isExpired = ({ state, untilMs }: OwnSeat, nowMs: number): boolean =>
  (state === 'invited' || state === 'left') && untilMs <= nowMs

/** Its keys are destroyed; what was heard stays. Nothing is done to a newer seat in its place. */
export async function endSeat(
  unlocked: Unlocked,
  { ref, invitedMs }: OwnSeat,
  state: 'removed' | 'ended',
): Promise<void> {
  await unlocked.locks(seatLockOf(ref), async () => {
    const whole = await readSeat(unlocked, ref)
    if (whole === null) return
    whole.seat.fill(0)
    if (whole.own.invitedMs !== invitedMs) return
    const own = { ...whole.own, state, changedMs: unlocked.clock.nowMs() }
    await unlocked.rows.write([seatRow(own, new Uint8Array()), ...(await journalGone(unlocked, ref))])
  })
}
