/** Frames of epochs to come: kept, in bounds, until their commit is here. */

import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import { teamError } from './errors.js'
import { parseTeamFrame, type TeamFrame } from './frame.js'
import { maxWaiting, maxWaitingBytes, maxWaitingUnknown, maxWaitingUnknownBytes } from './limits.js'
import type { TeamEvent, TeamMember, TeamStep } from './types.js'

/** @param isKnown whether its signature is of somebody in the thread: others have less room */
export function awaited(
  seat: TeamMember,
  { frame, epoch }: TeamFrame,
  isKnown: boolean,
): TeamStep<TeamMember> {
  const { waiting } = seat
  if (waiting.some(one => equal(one, frame))) return { seat, events: [{ kind: 'known' }] }
  const limit = isKnown ? maxWaiting : maxWaitingUnknown
  const limitBytes = isKnown ? maxWaitingBytes : maxWaitingUnknownBytes
  const sizeBytes = waiting.reduce((sum, one) => sum + one.length, frame.length)
  if (waiting.length >= limit || sizeBytes > limitBytes) throw teamError('team/too-many-waiting', { limit })
  return {
    seat: { ...seat, waiting: [...waiting, Uint8Array.from(frame)] },
    events: [{ kind: 'waiting', epoch }],
  }
}

type Receive = (seat: TeamMember, frame: Uint8Array) => TeamStep<TeamMember>

/** Tries what waited, again and again while that begins an epoch. */
export function drained(step: TeamStep<TeamMember>, receive: Receive): TeamStep<TeamMember> {
  let { seat } = step
  const events = [...step.events]
  for (let epoch = 0; seat.phase === 'in' && epoch !== seat.epochs[0]?.epoch; ) {
    epoch = seat.epochs[0]?.epoch ?? 0
    const { waiting } = seat
    seat = { ...seat, waiting: [] }
    for (const frame of waiting) {
      if (isAhead(seat, frame)) {
        seat = { ...seat, waiting: [...seat.waiting, frame] }
        continue
      }
      const next = tried(seat, frame, receive)
      seat = next.seat
      events.push(...next.events.filter(({ kind }) => kind !== 'waiting'))
    }
  }
  return { seat, events }
}

/** It was judged when it came, and waits on: signatures take long. */
function isAhead({ epochs }: TeamMember, bytes: Uint8Array): boolean {
  const { kind, epoch } = parseTeamFrame(bytes)
  const next = (epochs[0]?.epoch ?? 0) + 1
  return kind === 'commit' ? epoch > next : epoch >= next
}

function tried(seat: TeamMember, frame: Uint8Array, receive: Receive): TeamStep<TeamMember> {
  if (seat.phase !== 'in') return { seat, events: [] }
  try {
    return receive(seat, frame)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    const refused: TeamEvent = { kind: 'refused', code: error.code, reason: error.message }
    return { seat, events: [refused] }
  }
}
