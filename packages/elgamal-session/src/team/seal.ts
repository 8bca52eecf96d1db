/** Writing into a thread. */
import { sealAt } from '@chartseal/core/aead'
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { hashOf, newestOf, settled, withoutKeys } from './epochs.js'
import { teamError } from './errors.js'
import { messageFront, signFrame } from './frame.js'
import { messageKeyOf } from './keys.js'
import { maxFileNameBytes, maxTeamContentBytes, maxTypeBytes, saltBytes } from './limits.js'
import { encodeSentBody } from './payloads.js'
import { keeperLeaf, personBySigning } from './people.js'
import type {
  Team,
  TeamBody,
  TeamEpoch,
  TeamKeeper,
  TeamMember,
  TeamPerson,
  TeamSeat,
  TeamSending,
  TeamWorld,
} from './types.js'

/** What somebody who leaves writes last. */
export const leaveType = 'application/vnd.chartseal.team-leave'

/** Everybody in the newest epoch, in the order of their leaves; nobody unless this side is in. */
export const peopleOf = ({ epochs }: TeamSeat): readonly TeamPerson[] => epochs[0]?.people ?? []

/** `null` unless this side is in. */
export const selfOf = (seat: TeamSeat): TeamPerson | null =>
  personBySigning(peopleOf(seat), verifyingKeyOf(seat.signingKey)) ?? null

/** `null` unless this side is in. */
export const keeperOf = (seat: TeamSeat): TeamPerson | null =>
  peopleOf(seat).find(({ leaf }) => leaf === keeperLeaf) ?? null

/** Which member a pair is; `null` for none. */
export function memberOfPair(keeper: TeamKeeper, pair: string): TeamPerson | null {
  const leaf = keeper.pairs.find(one => one.pair === pair)?.leaf
  return newestOf(keeper).people.find(one => one.leaf === leaf) ?? null
}

/** @throws ChartsealError `team/behind` */
export function requireNewest({ epochs, heardEpoch }: TeamKeeper): void {
  const epoch = epochs[0]?.epoch ?? 0
  if (heardEpoch > epoch) throw teamError('team/behind', { epoch, heardEpoch })
}

/**
 * Writes the next message. Store the seat, then let the frame leave to each of `to`.
 * @throws ChartsealError `team/not-in`, `team/behind`, `team/too-large`, `team/bad-text`
 */
export function sealForTeam<Seat extends Team>(
  seat: Seat,
  body: TeamBody,
  world: TeamWorld,
): TeamSending<Seat> {
  const newest = newestOf(seat)
  if (seat.kind === 'keeper') requireNewest(seat)
  requireBody(body)
  const frame = sealMessage(seat, newest, body, world)
  const own = { sequence: seat.own.sequence + 1n, hash: hashOf(frame) }
  return { seat: settled({ ...seat, own }, world.clock.nowMs()), frame, to: othersOf(seat) }
}

/**
 * Says that this side leaves, and destroys its keys. What was written stays where it was put; only the keeper's next
 * commit makes the thread one without it.
 * @throws ChartsealError `team/not-in`
 */
export function leaveTeam(member: TeamMember, world: TeamWorld): TeamSending<TeamMember> {
  const body = { mediaType: leaveType, content: new Uint8Array() }
  const { frame, to, seat } = sealForTeam(member, body, world)
  return { seat: { ...seat, ...withoutKeys, phase: 'left', path: null }, frame, to }
}

export function othersOf(seat: TeamSeat): readonly TeamPerson[] {
  const self = selfOf(seat)
  return peopleOf(seat).filter(one => one !== self)
}

function sealMessage(seat: Team, newest: TeamEpoch, body: TeamBody, world: TeamWorld): Uint8Array {
  const self = selfOf(seat)
  if (self === null) throw teamError('team/not-in', { phase: seat.phase })
  const { id, own } = seat
  const salt = world.random.bytes(saltBytes)
  const { epoch, commitHash } = newest
  const sequence = own.sequence + 1n
  const front = messageFront({
    id,
    epoch,
    leaf: self.leaf,
    sequence,
    previousHash: own.hash,
    commitHash,
    salt,
  })
  using key = messageKeyOf(newest.key, id, self.leaf, salt)
  const plaintext = encodeSentBody({ ...body, sentAtMs: world.clock.nowMs() })
  try {
    return signFrame('message', front, sealAt(key, sequence, plaintext, front), seat.signingKey)
  } finally {
    plaintext.fill(0)
  }
}

function requireBody({ mediaType, content, fileName = '' }: TeamBody): void {
  const sizeBytes = content.length
  if (sizeBytes > maxTeamContentBytes)
    throw teamError('team/too-large', { sizeBytes, limitBytes: maxTeamContentBytes })
  if (mediaType === '' || encodeUtf8(mediaType).length > maxTypeBytes)
    throw teamError('team/bad-text', { field: 'mediaType' })
  if (encodeUtf8(fileName).length > maxFileNameBytes) throw teamError('team/bad-text', { field: 'fileName' })
}
