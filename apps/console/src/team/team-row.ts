/** A care team of this device: an invitation to it, the seat in it with its keys, or what is left of that. */
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import {
  decodeTeam,
  encodeTeam,
  type TeamKeeper,
  type TeamMember,
  wipeTeam,
} from '@chartseal/elgamal-session/team'
import type { Unlocked } from '../pairs/pairs.js'
import { refuseNewer } from '../store/row-version.js'
import { teamPrefix } from './due.js'

const version = 1
const fields = ['v', 'pair', 'title', 'at', 'changed', 'ended', 'offer', 'seat']

export type Seat = TeamKeeper | TeamMember

/** What is said of a care team beside its seat. */
export interface AboutTeam {
  /** The id of the thread in base64url where this device keeps it; with the pair before it otherwise. */
  readonly ref: string
  /** The pair of the keeper; empty where this device keeps it. */
  readonly pairId: string
  readonly title: string
  readonly createdMs: number
  /** Since when it is as it is. */
  readonly changedMs: number
  /** The keeper has ended it. */
  readonly isEnded: boolean
  /** An invitation that waits for a person; empty otherwise. */
  readonly offer: Uint8Array
}

export interface WholeTeam {
  readonly about: AboutTeam
  /** `null` before a person accepted. */
  readonly seat: Seat | null
}

/** Of a keeper that was set back: others are ahead of it, and only new keys go on. */
export const isBehind = (seat: Seat | null): boolean =>
  seat?.kind === 'keeper' && seat.heardEpoch > (seat.epochs[0]?.epoch ?? 0)

export const teamKeyOf = (ref: string): string => `${teamPrefix}${ref}`

/** The caller wipes the bytes of the row. */
export function teamRow({ about, seat }: WholeTeam): readonly [key: string, bytes: Uint8Array] {
  const encoded = seat === null ? new Uint8Array() : encodeTeam(seat)
  try {
    const { ref, pairId, title, createdMs, changedMs, isEnded, offer } = about
    const row = { v: version, pair: pairId, title, at: createdMs, changed: changedMs }
    return [teamKeyOf(ref), encodeCbor({ ...row, ended: isEnded ? 1 : 0, offer, seat: encoded })]
  } finally {
    encoded.fill(0)
  }
}

/** Takes over the bytes and wipes them. @throws ChartsealError `cbor/invalid`, `console/newer-page`, `team/malformed` */
export function decodeWhole(key: string, bytes: Uint8Array): WholeTeam {
  try {
    const map = new CborFields(refuseNewer(decodeCbor(bytes), version), fields)
    map.count('v', version, version)
    const about = {
      ref: key.slice(teamPrefix.length),
      pairId: map.text('pair'),
      title: map.text('title'),
      createdMs: map.count('at'),
      changedMs: map.count('changed'),
      isEnded: map.count('ended', 1) === 1,
      offer: map.bytes('offer'),
    }
    const seat = map.bytes('seat')
    return { about, seat: seat.length === 0 ? null : decodeTeam(seat) }
  } finally {
    bytes.fill(0)
  }
}

/** Notes a seat whose secrets are wiped when the step ends. */
export type Wiped = <One extends Seat>(seat: One) => One

/**
 * One step on a care team, which is `null` where there is none; one tab at a time. The step writes what it leaves; secrets
 * of before and after are wiped when it ends.
 */
export function withTeam<Result>(
  unlocked: Unlocked,
  ref: string,
  step: (whole: WholeTeam | null, wiped: Wiped) => Promise<Result>,
): Promise<Result> {
  return unlocked.locks(`chartseal/${teamKeyOf(ref)}`, async () => {
    const seats: Seat[] = []
    const wiped: Wiped = seat => {
      seats.push(seat)
      return seat
    }
    const bytes = await unlocked.rows.get(teamKeyOf(ref))
    const whole = bytes === null ? null : decodeWhole(teamKeyOf(ref), bytes)
    if (whole?.seat) wiped(whole.seat)
    try {
      return await step(whole, wiped)
    } finally {
      for (const seat of seats) wipeTeam(seat)
    }
  })
}

/** Rows of a step in one write, the care team among them; its bytes are wiped. */
export async function writeTeam(
  { rows }: Pick<Unlocked, 'rows'>,
  whole: WholeTeam,
  beside: readonly (readonly [key: string, bytes: Uint8Array | null])[],
): Promise<void> {
  const row = teamRow(whole)
  try {
    await rows.write([row, ...beside])
  } finally {
    row[1].fill(0)
  }
}
