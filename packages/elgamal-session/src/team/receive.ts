/** Reading what comes: each frame is judged by its signature and its place before it is opened. */
import { openAt } from '@chartseal/core/aead'
import { equal } from '@chartseal/core/bytes'
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { ChartsealError } from '@chartseal/core/errors'
import { chainOf, placeMessage, requireBeforeRemoval, withChain } from './chain.js'
import { applyCommit } from './commit.js'
import { hashOf, newestOf, settled } from './epochs.js'
import { teamError } from './errors.js'
import { type CommitFrame, isSignedBy, type MessageFrame, parseTeamFrame } from './frame.js'
import { messageKeyOf } from './keys.js'
import { claimsMs, maxClaims, maxHeardAhead } from './limits.js'
import { parseSentBody, type SentBody } from './payloads.js'
import { keeperLeaf, personBySigning } from './people.js'
import { leaveType } from './seal.js'
import type {
  SenderPlace,
  Team,
  TeamClaim,
  TeamEpoch,
  TeamEvent,
  TeamKeeper,
  TeamMember,
  TeamMessage,
  TeamPerson,
  TeamStep,
  TeamWorld,
} from './types.js'
import { awaited, drained } from './waiting.js'

/**
 * Takes one frame, in whatever order they come. Store the seat before the frame counts as received.
 * @throws ChartsealError `team/malformed`, `team/other-thread`, `team/not-in`, `team/wrong-signature`, `team/forked`,
 * `team/bad-message`, `team/bad-commit`, `team/after-removal`, `team/before-joining`, `team/too-old`,
 * `team/too-many-waiting`, `conference/bad-commit`, `conference/commit-order`, `open/failed`: then nothing has changed
 */
export function receiveForTeam(seat: TeamMember, frame: Uint8Array, world: TeamWorld): TeamStep<TeamMember>
export function receiveForTeam(seat: TeamKeeper, frame: Uint8Array, world: TeamWorld): TeamStep<TeamKeeper>
export function receiveForTeam(seat: Team, frame: Uint8Array, world: TeamWorld): TeamStep<Team>
export function receiveForTeam(seat: Team, frame: Uint8Array, world: TeamWorld): TeamStep<Team> {
  const step = seat.kind === 'keeper' ? keeperStep(seat, frame, world) : memberSteps(seat, frame, world)
  return { seat: settled(step.seat, world.clock.nowMs()), events: step.events }
}

/** A member's frame, and what had waited for it. */
function memberSteps(seat: TeamMember, frame: Uint8Array, world: TeamWorld): TeamStep<TeamMember> {
  const step = memberStep(seat, frame, world)
  const isNewEpoch = step.seat.epochs[0]?.epoch !== seat.epochs[0]?.epoch
  return isNewEpoch ? drained(step, (next, bytes) => memberStep(next, bytes, world)) : step
}

export function memberStep(seat: TeamMember, bytes: Uint8Array, world: TeamWorld): TeamStep<TeamMember> {
  const frame = frameFor(seat, bytes)
  if (seat.phase === 'asked') return awaited(seat, frame, frame.kind === 'commit' && isKeepers(seat, frame))
  const newest = newestOf(seat)
  if (frame.kind === 'message') {
    if (frame.epoch <= newest.epoch) return takeMessage(seat, frame)
    return awaited(seat, frame, senderNow(newest, frame) !== null)
  }
  if (!isKeepers(seat, frame)) throw teamError('team/wrong-signature', {})
  if (frame.epoch > newest.epoch + 1) return awaited(seat, frame, true)
  return frame.epoch <= newest.epoch ? oldCommit(seat, frame) : nextCommit(seat, frame, world)
}

/** Welcomed again, a member has other keys of their own: what follows may be here before that welcome. */
function nextCommit(seat: TeamMember, frame: CommitFrame, world: TeamWorld): TeamStep<TeamMember> {
  try {
    return applyCommit(seat, frame, world)
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'open/failed') return awaited(seat, frame, true)
    throw error
  }
}

function keeperStep(seat: TeamKeeper, bytes: Uint8Array, world: TeamWorld): TeamStep<TeamKeeper> {
  const frame = frameFor(seat, bytes)
  const newest = newestOf(seat)
  const isAhead = frame.epoch > newest.epoch
  if (frame.kind === 'commit') {
    if (!isKeepers(seat, frame)) throw teamError('team/wrong-signature', {})
    return isAhead ? heard(seat, frame.epoch) : oldCommit(seat, frame)
  }
  if (!isAhead) return takeMessage(seat, frame)
  const sender = senderNow(newest, frame)
  if (sender === null) throw teamError('team/wrong-signature', {})
  // Or one member could take the keeper to where no epochs are left.
  if (frame.epoch > newest.epoch + maxHeardAhead)
    throw teamError('team/bad-message', { reason: 'its epoch is too far ahead' })
  // Known already: it costs nothing more.
  const claims = seat.heardEpoch > newest.epoch ? seat.claims : withClaim(seat, sender, world.clock.nowMs())
  return heard({ ...seat, claims }, frame.epoch)
}

/** Whoever lies could otherwise have new keys made for all as often as they like. @throws ChartsealError `team/bad-message` */
function withClaim({ claims }: TeamKeeper, { signing }: TeamPerson, nowMs: number): readonly TeamClaim[] {
  const recent = claims.filter(({ atMs }) => Math.abs(nowMs - atMs) < claimsMs)
  if (recent.filter(one => equal(one.signing, signing)).length >= maxClaims)
    throw teamError('team/bad-message', { reason: 'its sender was ahead too often within a day' })
  return [...recent, { signing, atMs: nowMs }]
}

/** Only this side begins epochs: somebody has one that this state does not know. */
function heard(seat: TeamKeeper, epoch: number): TeamStep<TeamKeeper> {
  const heardEpoch = Math.max(seat.heardEpoch, epoch)
  return { seat: { ...seat, heardEpoch }, events: [{ kind: 'behind', heardEpoch }] }
}

function frameFor(seat: Team, bytes: Uint8Array): CommitFrame | MessageFrame {
  const frame = parseTeamFrame(bytes)
  if (!equal(frame.id, seat.id)) throw teamError('team/other-thread', {})
  return frame
}

const isKeepers = ({ keeperKey }: Team, frame: CommitFrame): boolean => isSignedBy(frame, keeperKey)

/** Who signed a message of an epoch to come, if it is somebody of this one; leaves may have changed hands. */
function senderNow({ people }: TeamEpoch, frame: MessageFrame): TeamPerson | null {
  return people.find(({ signing }) => isSignedBy(frame, signing)) ?? null
}

/** It was here before, or it is another one than the one that was here. */
function oldCommit<Seat extends Team>(seat: Seat, { epoch, frame }: CommitFrame): TeamStep<Seat> {
  const known = seat.epochs.find(one => one.epoch === epoch)
  if (known !== undefined && !equal(known.commitHash, hashOf(frame)))
    throw teamError('team/forked', { name: keeperName(seat), what: 'changes of the thread' })
  return { seat, events: [{ kind: 'known' }] }
}

const keeperName = ({ epochs }: Team): string =>
  epochs[0]?.people.find(({ leaf }) => leaf === keeperLeaf)?.name ?? ''

function takeMessage<Seat extends Team>(seat: Seat, frame: MessageFrame): TeamStep<Seat> {
  const then = epochOf(seat, frame.epoch)
  const sender = then.people.find(({ leaf }) => leaf === frame.leaf)
  if (sender === undefined || !isSignedBy(frame, sender.signing)) throw teamError('team/wrong-signature', {})
  if (!equal(frame.commitHash, then.commitHash))
    throw teamError('team/forked', { name: keeperName(seat), what: 'changes of the thread' })
  requireBeforeRemoval(personBySigning(seat.former, sender.signing), frame)
  if (equal(sender.signing, verifyingKeyOf(seat.signingKey))) return takeOwn(seat, then, sender, frame)
  const placed = placeMessage(chainOf(seat, sender.signing), frame, sender)
  if (placed === null) return { seat, events: [{ kind: 'known' }] }
  const { chain, ...place } = placed
  const message = { ...messageOf(seat, then, sender, frame), ...place }
  return { seat: { ...seat, chains: withChain(seat.chains, chain) }, events: [eventOf(message)] }
}

/** @throws ChartsealError `team/before-joining`, `team/too-old` */
function epochOf({ epochs, sinceEpoch }: Team, epoch: number): TeamEpoch {
  const then = epochs.find(one => one.epoch === epoch)
  if (then !== undefined) return then
  throw teamError(epoch < sinceEpoch ? 'team/before-joining' : 'team/too-old', { epoch })
}

/** Written with this key and not known here: this state is an old copy, and goes on behind it. */
function takeOwn<Seat extends Team>(
  seat: Seat,
  then: TeamEpoch,
  sender: TeamPerson,
  frame: MessageFrame,
): TeamStep<Seat> {
  const own: SenderPlace = { sequence: frame.sequence, hash: hashOf(frame.frame) }
  if (own.sequence <= seat.own.sequence) return { seat, events: [{ kind: 'known' }] }
  const message = messageOf(seat, then, sender, frame)
  return { seat: { ...seat, own }, events: [eventOf(message)] }
}

function messageOf(seat: Team, then: TeamEpoch, sender: TeamPerson, frame: MessageFrame): TeamMessage {
  const { sentAtMs, ...body } = openBody(seat, then, frame)
  const sentBefore = seat.former.filter(({ epoch }) => epoch > frame.epoch).map(({ name }) => name)
  return {
    sender,
    isKeeper: sender.leaf === keeperLeaf,
    epoch: frame.epoch,
    sequence: frame.sequence,
    sentAtMs,
    body,
    missing: 0,
    isMissingPerhapsEarlier: false,
    isLate: false,
    sentBefore: [...new Set(sentBefore)].filter(name => name !== sender.name),
  }
}

function openBody({ id }: Team, { key: epochKey }: TeamEpoch, frame: MessageFrame): SentBody {
  using key = messageKeyOf(epochKey, id, frame.leaf, frame.salt)
  const plaintext = openAt(key, frame.sequence, frame.ciphertext, frame.front)
  try {
    return parseSentBody(plaintext)
  } finally {
    plaintext.fill(0)
  }
}

function eventOf(message: TeamMessage): TeamEvent {
  const { sender: person, sentAtMs, body } = message
  return body.mediaType === leaveType ? { kind: 'left', person, sentAtMs } : { kind: 'message', message }
}
