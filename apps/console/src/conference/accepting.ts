/** A patient's page reads an invitation and answers it by itself: a key for this conference alone, and no more than that. */
import {
  answerOf,
  type ConferenceSeat,
  encodeSeat,
  invitationType,
  parseInvitation,
  takeSeat,
  wipeSeat,
} from '@chartseal/clinic/conference'
import { equal } from '@chartseal/core/bytes'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { mayTell } from '../pairs/may-write.js'
import type { Pair } from '../pairs/pair-row.js'
import { type Beside, changePair, type PairChange, type Unlocked } from '../pairs/pairs.js'
import { peerRefOf } from '../thread/invited.js'
import { sealQuietly } from '../thread/send.js'
import type { Due } from './due.js'
import { journalGone } from './journal-rows.js'
import {
  type OwnSeat,
  ownSeats,
  readSeat,
  type SeatState,
  seatIn,
  seatLockOf,
  seatRow,
  type WholeSeat,
} from './seat-row.js'

/**
 * Takes what came. The newer invitation of a pair counts: the doctor makes another one for a device that lost the first.
 * What is none, or is over, is dropped. Gives the ref of the seat that is new, or `null`.
 */
export async function takeInvitation(unlocked: Unlocked, due: Due): Promise<string | null> {
  const gone = [[due.key, null]] as const
  const ref = refIn(due)
  if (ref === null) {
    await unlocked.rows.write(gone)
    return null
  }
  return unlocked.locks(seatLockOf(ref), async () => {
    const known = await readSeat(unlocked, ref)
    const isNew = await changePair(unlocked, due.pairId, pair => seated(unlocked, pair, due, known, gone))
    return isNew ? ref : null
  })
}

function refIn(due: Due): string | null {
  try {
    const invitation = parseInvitation({ mediaType: invitationType, content: due.content })
    invitation.psk.wipe()
    return peerRefOf(due.pairId, encodeBase64Url(invitation.id))
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return null
  }
}

async function seated(
  unlocked: Unlocked,
  pair: Pair,
  due: Due,
  known: WholeSeat | null,
  gone: Beside,
): Promise<PairChange<boolean>> {
  const { clock, random } = unlocked
  const invitation = parseInvitation({ mediaType: invitationType, content: due.content })
  const before = known === null ? null : seatIn(known)
  try {
    const isSame = before !== null && equal(before.psk.reveal(), invitation.psk.reveal())
    if (isSame) return { result: false, pair: null, beside: gone }
    using seat = disposable(takeSeat(invitation, pair.device.peerName, { nowMs: clock.nowMs(), random }))
    const own: OwnSeat = {
      ref: peerRefOf(pair.id, encodeBase64Url(seat.id)),
      pairId: pair.id,
      title: seat.title,
      untilMs: seat.untilMs,
      invitedMs: clock.nowMs(),
      isAnswered: false,
      // Who is in it already goes on with the new keys.
      state: stayed.includes(known?.own.state ?? 'invited') ? 'joined' : 'invited',
      changedMs: clock.nowMs(),
    }
    return await answered(unlocked, pair, own, seat, [...gone, ...(await journalGone(unlocked, own.ref))])
  } catch (error) {
    // Such as one that is over already.
    if (!(error instanceof ChartsealError) || !error.code.startsWith('enrolment/')) throw error
    return { result: false, pair: null, beside: gone }
  } finally {
    invitation.psk.wipe()
    if (before !== null) wipeSeat(before)
  }
}

/** The doctor puts the seat of before out when they invite anew. */
const stayed: readonly SeatState[] = ['joined', 'removed']

const disposable = (seat: ConferenceSeat): ConferenceSeat & Disposable => ({
  ...seat,
  [Symbol.dispose]: () => wipeSeat(seat),
})

/** Sealed to the doctor, in one write with the seat. Before the recovery kit nothing leaves: then the answer waits. */
async function answered(
  unlocked: Unlocked,
  pair: Pair,
  own: OwnSeat,
  seat: ConferenceSeat,
  beside: Beside,
): Promise<PairChange<boolean>> {
  const isAnswered = await mayTell(unlocked, pair)
  const told = isAnswered ? sealQuietly(unlocked, pair, answerOf(seat), true) : null
  const encoded = encodeSeat(seat)
  try {
    const row = seatRow({ ...own, isAnswered }, encoded)
    return { result: true, pair: told?.pair ?? null, beside: [...(told?.beside ?? []), ...beside, row] }
  } finally {
    encoded.fill(0)
  }
}

/** Answers what waited for the recovery kit. */
export async function answerWaiting(unlocked: Unlocked): Promise<void> {
  const isWaiting = ({ isAnswered, state, untilMs }: OwnSeat): boolean =>
    !isAnswered && state === 'invited' && unlocked.clock.nowMs() < untilMs
  for (const { ref, pairId } of (await ownSeats(unlocked)).filter(isWaiting))
    await unlocked.locks(seatLockOf(ref), () => answerOne(unlocked, ref, pairId))
}

async function answerOne(unlocked: Unlocked, ref: string, pairId: string): Promise<void> {
  const whole = await readSeat(unlocked, ref)
  const seat = whole === null ? null : seatIn(whole)
  if (whole === null || seat === null || whole.own.isAnswered) return
  try {
    await changePair(unlocked, pairId, async pair =>
      (await mayTell(unlocked, pair))
        ? answered(unlocked, pair, whole.own, seat, [])
        : { result: false, pair: null },
    )
  } finally {
    wipeSeat(seat)
  }
}
