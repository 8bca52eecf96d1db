/** The messages of one sender: each names the hash of the one before, so that gaps and second histories show. */
import { equal } from '@chartseal/core/bytes'
import { sha256 } from '@chartseal/core/hkdf'
import { teamError } from './errors.js'
import type { MessageFrame } from './frame.js'
import { chainStartOf } from './keys.js'
import { maxGaps, maxMissing } from './limits.js'
import { keeperLeaf, personBySigning } from './people.js'
import type { FormerPerson, SenderChain, SenderGap, TeamPerson, TeamSeat } from './types.js'

/** Where a message stands among those of its sender, and what is known with it. */
export interface Placed {
  readonly chain: SenderChain
  readonly missing: number
  readonly isMissingPerhapsEarlier: boolean
  readonly isLate: boolean
}

/** Of somebody who has not written yet it is the beginning. */
export function chainOf({ id, chains }: Pick<TeamSeat, 'id' | 'chains'>, signing: Uint8Array): SenderChain {
  const known = personBySigning(chains, signing)
  return known ?? { signing, sequence: 0n, hash: chainStartOf(id, signing), epoch: 1, gaps: [] }
}

/**
 * `null` for a message that was here before.
 * @throws ChartsealError `team/forked`, `team/bad-message`, `team/too-old`
 */
export function placeMessage(chain: SenderChain, message: MessageFrame, sender: TeamPerson): Placed | null {
  const hash = sha256(message.frame)
  if (message.sequence > chain.sequence) return placeAhead(chain, message, hash, sender)
  if (message.sequence === chain.sequence && !equal(hash, chain.hash)) throw forked(sender.name)
  const gap = chain.gaps.find(({ first, last }) => first <= message.sequence && message.sequence <= last)
  return gap === undefined ? null : placeLate(chain, gap, message, hash, sender)
}

const forked = (name: string): Error => teamError('team/forked', { name, what: 'messages' })

function placeAhead(
  chain: SenderChain,
  { sequence, epoch, previousHash }: MessageFrame,
  hash: Uint8Array,
  { name, leaf }: TeamPerson,
): Placed {
  if (epoch < chain.epoch) throw teamError('team/bad-message', { reason: 'its epoch is an earlier one' })
  const missing = sequence - chain.sequence - 1n
  if (missing > maxMissing) throw teamError('team/bad-message', { reason: 'its number is too far ahead' })
  if (missing === 0n && !equal(previousHash, chain.hash)) throw forked(name)
  const gap = { first: chain.sequence + 1n, last: sequence - 1n, before: chain.hash, after: previousHash }
  const gaps = missing === 0n ? chain.gaps : [...chain.gaps, gap].slice(-maxGaps)
  return {
    chain: { signing: chain.signing, sequence, hash, epoch, gaps },
    missing: Number(missing),
    // What they wrote before they knew of this side was for others alone; the keeper knows at once.
    isMissingPerhapsEarlier: missing > 0n && chain.epoch === 0 && leaf !== keeperLeaf,
    isLate: false,
  }
}

function placeLate(
  chain: SenderChain,
  gap: SenderGap,
  { sequence, previousHash }: MessageFrame,
  hash: Uint8Array,
  { name }: TeamPerson,
): Placed {
  const { first, last, before, after } = gap
  if (sequence === last && !equal(hash, after)) throw forked(name)
  if (sequence === first && before !== null && !equal(previousHash, before)) throw forked(name)
  const left: SenderGap[] = []
  if (first < sequence) left.push({ first, last: sequence - 1n, before, after: previousHash })
  if (sequence < last) left.push({ first: sequence + 1n, last, before: hash, after })
  const at = chain.gaps.indexOf(gap)
  const gaps = [...chain.gaps.slice(0, at), ...left, ...chain.gaps.slice(at + 1)].slice(-maxGaps)
  return { chain: { ...chain, gaps }, missing: 0, isMissingPerhapsEarlier: false, isLate: true }
}

/** @throws ChartsealError `team/after-removal`, `team/forked` */
export function requireBeforeRemoval(former: FormerPerson | undefined, message: MessageFrame): void {
  if (former === undefined) return
  const { name, sequence, hash } = former
  if (message.sequence > sequence) throw teamError('team/after-removal', { name })
  if (message.sequence === sequence && !equal(sha256(message.frame), hash)) throw forked(name)
}

export function withChain(chains: readonly SenderChain[], chain: SenderChain): readonly SenderChain[] {
  return [...chains.filter(one => !equal(one.signing, chain.signing)), chain]
}
