import { concat } from '@chartseal/core/bytes'
import { kidsAhead, nextLink, senderKeys, wipeKeys } from './chain.js'
import { clockEpoch, clockJump, refuseAhead } from './clock.js'
import { type Epoch, epochEnd, epochStart, formatEpoch, graceMs, parseEpoch } from './epoch.js'
import { keyringError } from './errors.js'
import { copyGrace, copySecret, type Forgotten, type GraceEpoch, nothingSent, type Ring } from './ring.js'
import type { ReadingKey } from './use.js'

/** A step of more epochs is one that the other side could not follow; it needs a person's word. */
const maxStepEpochs = 1
/** How far a ring goes on the word of its clock alone; see {@link vouchForEpoch}. */
const maxUnvouchedEpochs = 12
/** Corrections of a clock that ran fast; nothing happens. */
export const clockSlackMs: number = 10 * 60 * 1000
/** Names of destroyed keys are kept for this many epochs. */
const rememberedEpochs = 60
const maxConfirmedEpochs = 1200

/**
 * The ring at `nowMs`: moved into the epoch of that time, without the keys whose grace ended. Call it before
 * each use, store the result, then wipe the old ring.
 * @throws ChartsealError `keyring/clock-jump` for a step of more than one epoch, the thirteenth epoch since anybody but
 * the clock vouched for the time, or a step backwards of more than ten minutes: the ring stays as it is and can be
 * used, until the clock is right or `confirmClock` is called
 * @throws ChartsealError `keyring/ahead-of-clock`, `keyring/bad-clock`
 */
export function advanceRing(ring: Ring, nowMs: number): Ring {
  const epoch = clockEpoch(nowMs)
  if (nowMs < ring.lastMs - clockSlackMs) throw clockJump('went backwards', ring.lastMs - nowMs)
  refuseAhead(ring.epoch, nowMs)
  if (epoch - ring.epoch > maxStepEpochs) throw clockJump('went forwards', nowMs - ring.lastMs)
  if (epoch - ring.vouched > maxUnvouchedEpochs) {
    throw clockJump('went forwards', nowMs - epochStart(ring.vouched))
  }
  return settle(ring, nowMs, Math.max(nowMs, ring.lastMs))
}

/**
 * What `advanceRing` does, for a time that a person has confirmed. Backwards, the ring cannot go back to an epoch
 * that it left; grace that a wrong clock had put too far away is shortened.
 * @throws ChartsealError `keyring/bad-clock` for a step of more than 1,200 epochs, `keyring/ahead-of-clock` when a wrong
 * clock, confirmed earlier, took the ring where the other side cannot follow
 */
export function confirmClock(ring: Ring, nowMs: number): Ring {
  const vouched = clockEpoch(nowMs)
  if (vouched - ring.epoch > maxConfirmedEpochs) {
    throw keyringError('keyring/bad-clock', { reason: 'it is more than 100 years ahead of the ring' })
  }
  refuseAhead(ring.epoch, nowMs)
  const grace = ring.grace.map(entry => ({
    ...entry,
    untilMs: Math.min(entry.untilMs, graceEnd(entry.epoch, nowMs)),
  }))
  return settle({ ...ring, vouched, grace, movedMs: Math.min(ring.movedMs, nowMs) }, nowMs, nowMs)
}

/**
 * The ring after a message of the other side was authenticated under this key: their clock agrees that its epoch has
 * come. Store it with the replay window; without messages from the other side a person is asked once a year.
 */
export function vouchForEpoch(ring: Ring, { epoch, sender }: Pick<ReadingKey, 'epoch' | 'sender'>): Ring {
  const known = sender.side === 'peer' ? Math.min(epoch, ring.epoch) : ring.vouched
  return owned({ ...ring, vouched: parseEpoch(Math.max(ring.vouched, known)) })
}

/**
 * Moves into the next epoch before its month begins, for instance when a budget is spent. One epoch ahead of
 * the clock at most, which is as far as the other side reads.
 * @throws ChartsealError `keyring/rotated` for a second one, or as {@link advanceRing}
 */
export function rotateRing(ring: Ring, nowMs: number): Ring {
  const present = advanceRing(ring, nowMs)
  if (present.epoch > clockEpoch(nowMs)) throw keyringError('keyring/rotated', {})
  return withKids(moved(present, nowMs))
}

/**
 * Destroys the keys of an ended epoch before its grace ends; those of an epoch that is gone already stay gone.
 * @throws ChartsealError `keyring/not-ended` for the active epoch or a later one: rotate first
 */
export function shred(ring: Ring, epoch: number): Ring {
  const ended = parseEpoch(epoch)
  if (ended >= ring.epoch) throw keyringError('keyring/not-ended', { month: formatEpoch(ended) })
  return dropGrace(owned(ring), entry => entry.epoch === ended)
}

function settle(ring: Ring, nowMs: number, lastMs: number): Ring {
  let next: Ring = owned({ ...ring, lastMs })
  while (next.epoch < clockEpoch(nowMs)) next = moved(next, nowMs)
  if (next.epoch !== ring.epoch) next = withKids(next)
  return dropGrace(next, entry => entry.untilMs <= nowMs)
}

/** After a move: the names of the keys from the new epoch on. */
function withKids(ring: Ring): Ring {
  return { ...ring, kids: kidsAhead(ring.chain, ring.epoch, ring.identities) }
}

/** One epoch on. Takes over a ring that nobody else holds, and wipes its link of the chain. */
function moved(ring: Ring, nowMs: number): Ring {
  const keys = senderKeys(ring.chain, ring.epoch, ring.identities)
  const entry: GraceEpoch = { epoch: ring.epoch, untilMs: graceEnd(ring.epoch, nowMs), keys }
  const chain = nextLink(ring.chain, ring.epoch)
  ring.chain.wipe()
  const epoch = parseEpoch(ring.epoch + 1)
  return { ...ring, epoch, movedMs: nowMs, chain, grace: [...ring.grace, entry], sent: nothingSent }
}

/** 7 days after the later of the epoch's end and the moment that this ring moved past it. */
function graceEnd(epoch: Epoch, movedMs: number): number {
  return Math.max(epochEnd(epoch), movedMs) + graceMs
}

function owned(ring: Ring): Ring {
  return { ...ring, chain: copySecret(ring.chain), grace: copyGrace(ring.grace) }
}

/** Takes over a ring that nobody else holds. */
function dropGrace(ring: Ring, ended: (entry: GraceEpoch) => boolean): Ring {
  const gone = ring.grace.filter(ended)
  const forgotten = [...ring.forgotten, ...gone.map(forget)].sort((a, b) => a.epoch - b.epoch)
  return {
    ...ring,
    grace: ring.grace.filter(entry => !ended(entry)),
    forgotten: forgotten.slice(-rememberedEpochs),
  }
}

function forget({ epoch, keys }: GraceEpoch): Forgotten {
  const kids = concat(...keys.map(({ kid }) => kid))
  wipeKeys(keys)
  return { epoch, kids }
}
