/** How somebody comes into a thread: the invitation, the answer and the welcome. */
import { equal } from '@chartseal/core/bytes'
import { isVerifyingKey, SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import { MemberPath } from '../tree/member-path.js'
import { chainOf } from './chain.js'
import { secretOf } from './commit.js'
import { changedEvent, type NextEpoch, settled, withEpoch, withoutKeys } from './epochs.js'
import { teamError } from './errors.js'
import { chainStartOf, teamEpochKey, treeIdOf } from './keys.js'
import { idBytes, requireBox, requireTitle } from './limits.js'
import { parseTeamWelcome, type TeamWelcome } from './payloads.js'
import { memberStep } from './receive.js'
import type {
  SenderChain,
  TeamAnswer,
  TeamInvitation,
  TeamMember,
  TeamSeat,
  TeamStep,
  TeamWorld,
} from './types.js'
import { drained } from './waiting.js'

/**
 * A member who has a key for this thread, and waits for the welcome.
 * @throws ChartsealError `team/malformed`, `team/bad-text` for what no keeper writes
 */
export function takeTeamInvitation(
  { id, title, keeperKey }: TeamInvitation,
  { random }: Pick<TeamWorld, 'random'>,
): TeamMember {
  if (id.length !== idBytes || !isVerifyingKey(keeperKey))
    throw teamError('team/malformed', { what: 'invitation', reason: 'its id or its key is none' })
  const signingKey = SigningKey.generate(random)
  const own = { sequence: 0n, hash: chainStartOf(id, verifyingKeyOf(signingKey)) }
  const pinned = {
    id: Uint8Array.from(id),
    title: requireTitle(title),
    keeperKey: Uint8Array.from(keeperKey),
  }
  return { kind: 'member', phase: 'asked', ...pinned, signingKey, own, path: null, ...withoutKeys }
}

/** The same each time. @param box where copies go; empty without one @throws ChartsealError `team/bad-text` */
export function teamAnswerOf({ id, signingKey }: TeamSeat, box = ''): TeamAnswer {
  return { id, signing: verifyingKeyOf(signingKey), box: requireBox(box) }
}

/**
 * Takes the keys of the thread; also those of a later epoch, when changes were lost or the keeper began anew. The
 * caller wipes the bytes.
 * @throws ChartsealError `team/malformed`, `team/other-thread`, `team/not-in`, `team/bad-welcome`, `conference/bad-path`
 */
export function takeTeamWelcome(
  member: TeamMember,
  bytes: Uint8Array,
  world: TeamWorld,
): TeamStep<TeamMember> {
  const welcome = parseTeamWelcome(bytes)
  const { path, leafKey } = welcome
  try {
    requireFitting(member, welcome)
    const step = withWelcome(member, welcome, world)
    const next = drained(step, (seat, frame) => memberStep(seat, frame, world))
    return { seat: settled(next.seat, world.clock.nowMs()), events: next.events }
  } finally {
    leafKey.fill(0)
    path.fill(0)
  }
}

const refuse = (reason: string): Error => teamError('team/bad-welcome', { reason })

function requireFitting(
  { id, phase, epochs }: TeamMember,
  { id: theirs, epoch, commitHash }: TeamWelcome,
): void {
  if (!equal(id, theirs)) throw teamError('team/other-thread', {})
  if (phase === 'left' || phase === 'removed') throw teamError('team/not-in', { phase })
  const newest = epochs[0]
  if (newest === undefined || epoch > newest.epoch) return
  if (epoch < newest.epoch) throw refuse('it is older than what is here')
  if (!equal(commitHash, newest.commitHash)) throw refuse('it is of another history')
}

function withWelcome(member: TeamMember, welcome: TeamWelcome, world: TeamWorld): TeamStep<TeamMember> {
  const { epoch, atMs, title, people, removed, commitHash } = welcome
  const path = pathOf(member, welcome)
  const [newest] = member.epochs
  if (newest?.epoch === epoch) return { seat: { ...member, path: path.bytes }, events: [{ kind: 'known' }] }
  const next: NextEpoch = { epoch, key: path.key, commitHash, title, people, removed }
  const kept = withEpoch(member, next, world.clock.nowMs())
  // Who was in before is to have everything: what is missing is said.
  const begins = member.phase === 'asked' ? { sinceEpoch: epoch, chains: chainsFrom(member, welcome) } : {}
  const seat: TeamMember = { ...member, ...kept, ...begins, phase: 'in', path: path.bytes }
  return { seat, events: [changedEvent(newest, next, atMs)] }
}

function pathOf(
  { id, signingKey }: TeamMember,
  { path, leafKey, epoch, people, salt }: TeamWelcome,
): { readonly key: ReturnType<typeof teamEpochKey>; readonly bytes: SecretBytes } {
  using agreed = new SecretBytes(leafKey)
  const treeId = treeIdOf(id, salt)
  const keys = MemberPath.fromPath(path, agreed, treeId)
  try {
    const self = people.find(({ leaf }) => leaf === keys.leaf)
    if (self === undefined || !equal(self.signing, verifyingKeyOf(signingKey)))
      throw refuse('it is for another device')
    if (keys.epoch !== epoch) throw refuse('its keys are of another epoch')
    using root = keys.rootKey()
    return { key: teamEpochKey(root, treeId, epoch), bytes: secretOf(keys.encode()) }
  } finally {
    keys.wipe()
  }
}

/** Of everybody else who is there, also of who had written nothing that the keeper knew of. */
function chainsFrom({ id, signingKey }: TeamMember, { people, places }: TeamWelcome): readonly SenderChain[] {
  const chains = places.map(place => ({ ...place, epoch: 0, gaps: [] }))
  const own = verifyingKeyOf(signingKey)
  return people
    .filter(({ signing }) => !equal(signing, own))
    .map(({ signing }) => ({ ...chainOf({ id, chains }, signing), epoch: 0 }))
}
