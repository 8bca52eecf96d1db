import { concat } from '@chartseal/core/bytes'
import { nextLink, senderKeys, wipeKeys } from './chain.js'
import { type Epoch, endOf, epochOf, graceMs, parseEpoch } from './epoch.js'
import { keyringError } from './errors.js'
import { copyGrace, copySecret, type Forgotten, type GraceEpoch, nothingSent, type Ring } from './ring.js'

/** More epochs at once need the app's word that the clock is right. */
export const maxStepEpochs = 2
/** Corrections of a clock that ran fast; nothing happens. */
export const clockSlackMs: number = 10 * 60 * 1000
/** Names of destroyed keys are kept for this many epochs. */
export const rememberedEpochs = 60
const maxConfirmedEpochs = 1200

/**
 * The ring at `nowMs`: moved into the epoch of that time, without the keys whose grace ended. Call it before
 * each use, store the result, then wipe the old ring.
 * @throws ChartsealError `keyring/clock-jump` for a step of more than two epochs, or backwards by more than ten
 * minutes: the ring stays as it is and can be used, until the clock is right or `confirmClock` is called
 * @throws RangeError for a time before 1970 or after 9999
 */
export function advance(ring: Ring, nowMs: number): Ring {
  const epochs = epochOf(nowMs) - ring.epoch
  if (nowMs < ring.lastMs - clockSlackMs) {
    throw keyringError('keyring/clock-jump', { direction: 'backwards', epochs: Math.min(epochs, 0) })
  }
  if (epochs > maxStepEpochs) throw keyringError('keyring/clock-jump', { direction: 'forwards', epochs })
  return settle(ring, nowMs, Math.max(nowMs, ring.lastMs))
}

/**
 * What `advance` does, for a time that a person has confirmed. Backwards, the ring cannot go back to an epoch
 * that it left; grace that a wrong clock had put too far away is shortened.
 * @throws RangeError for a time before 1970 or after 9999, or a step of more than 1,200 epochs
 */
export function confirmClock(ring: Ring, nowMs: number): Ring {
  if (epochOf(nowMs) - ring.epoch > maxConfirmedEpochs)
    throw new RangeError('a step of 100 years is no clock')
  const grace = ring.grace.map(entry => ({
    ...entry,
    untilMs: Math.min(entry.untilMs, graceEnd(entry.epoch, nowMs)),
  }))
  return settle({ ...ring, grace, movedMs: Math.min(ring.movedMs, nowMs) }, nowMs, nowMs)
}

/**
 * Moves into the next epoch before its month begins, for instance when a budget is spent. One epoch ahead of
 * the clock at most, which is as far as the other side reads.
 * @throws RangeError for a second one, or as {@link advance}
 */
export function rotate(ring: Ring, nowMs: number): Ring {
  const present = advance(ring, nowMs)
  if (present.epoch > epochOf(nowMs)) throw new RangeError('the ring is already one epoch ahead of the clock')
  return moved(present, nowMs)
}

/**
 * Destroys the keys of an ended epoch before its grace ends; those of an epoch that is gone already stay gone.
 * @throws RangeError for the active epoch or a later one: rotate first
 */
export function shred(ring: Ring, epoch: number): Ring {
  if (parseEpoch(epoch) >= ring.epoch)
    throw new RangeError('only an ended epoch can be shredded: rotate first')
  return dropGrace(owned(ring), entry => entry.epoch === epoch)
}

function settle(ring: Ring, nowMs: number, lastMs: number): Ring {
  let next: Ring = owned({ ...ring, lastMs })
  while (next.epoch < epochOf(nowMs)) next = moved(next, nowMs)
  return dropGrace(next, entry => entry.untilMs <= nowMs)
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
  return Math.max(endOf(epoch), movedMs) + graceMs
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
