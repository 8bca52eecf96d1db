/** A commit as a member takes it. */
import { openAt } from '@chartseal/core/aead'
import { equal } from '@chartseal/core/bytes'
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { ChartsealError } from '@chartseal/core/errors'
import { type AeadKey, SecretBytes } from '@chartseal/core/keys'
import { MemberPath } from '../tree/member-path.js'
import { changedEvent, hashOf, type NextEpoch, newestOf, withEpoch, withoutKeys } from './epochs.js'
import { teamError } from './errors.js'
import type { CommitFrame } from './frame.js'
import { changeKeyOf, teamEpochKey, treeIdOf } from './keys.js'
import { parseChange, type TeamChange } from './payloads.js'
import { keeperLeaf, personBySigning } from './people.js'
import type { TeamEpoch, TeamMember, TeamStep, TeamWorld } from './types.js'

/**
 * The keeper's signature was checked. A commit that is refused changes nothing.
 * @throws ChartsealError `team/forked`, `team/bad-commit`, `team/malformed`, `conference/…`, `open/failed`
 */
export function applyCommit(seat: TeamMember, frame: CommitFrame, world: TeamWorld): TeamStep<TeamMember> {
  const newest = newestOf(seat)
  if (!equal(frame.previousHash, newest.commitHash)) {
    const name = newest.people.find(({ leaf }) => leaf === keeperLeaf)?.name ?? ''
    throw teamError('team/forked', { name, what: 'changes of the thread' })
  }
  const moved = moveTo(seat, frame)
  if (moved === null) {
    const out = { ...seat, ...withoutKeys, phase: 'removed', path: null } as const
    return { seat: out, events: [{ kind: 'removed', atEpoch: frame.epoch }] }
  }
  const change = openChange(seat, frame, moved.key)
  requireNext(seat, newest, change, moved.leaf)
  const { title, people, removed, atMs } = change
  const next: NextEpoch = {
    epoch: frame.epoch,
    key: moved.key,
    commitHash: hashOf(frame.frame),
    title,
    people,
    removed,
  }
  return {
    seat: { ...seat, ...withEpoch(seat, next, world.clock.nowMs()), path: moved.path },
    events: [changedEvent(newest, next, atMs)],
  }
}

interface Moved {
  readonly key: AeadKey
  readonly path: SecretBytes
  readonly leaf: number
}

/** `null`: the commit leaves this side out. */
function moveTo({ id, path }: TeamMember, { treeCommit, epoch, salt }: CommitFrame): Moved | null {
  if (path === null) throw teamError('team/not-in', { phase: 'asked' })
  const treeId = treeIdOf(id, salt)
  const keys = MemberPath.decode(path.reveal(), treeId)
  try {
    using root = keys.apply(treeCommit, epoch)
    return { key: teamEpochKey(root, treeId, epoch), path: secretOf(keys.encode()), leaf: keys.leaf }
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'conference/left-out') return null
    throw error
  } finally {
    keys.wipe()
  }
}

/** Takes the bytes over, and wipes them. */
export function secretOf(bytes: Uint8Array): SecretBytes {
  try {
    return new SecretBytes(bytes)
  } finally {
    bytes.fill(0)
  }
}

function openChange({ id }: TeamMember, frame: CommitFrame, epochKey: AeadKey): TeamChange {
  using key = changeKeyOf(epochKey, id, frame.salt)
  return parseChange(openAt(key, 0n, frame.ciphertext, frame.front), frame.epoch)
}

/** Who went is named, who is named went, and this side is where its keys are. */
function requireNext(
  seat: TeamMember,
  before: TeamEpoch,
  { people, removed }: TeamChange,
  leaf: number,
): void {
  const self = people.find(one => one.leaf === leaf)
  if (self === undefined || !equal(self.signing, verifyingKeyOf(seat.signingKey)))
    throw teamError('team/bad-commit', { reason: 'it puts this side in another place' })
  const gone = before.people.filter(one => personBySigning(people, one.signing) === undefined)
  const isComplete =
    gone.length === removed.length &&
    gone.every(one => personBySigning(removed, one.signing)?.name === one.name)
  if (!isComplete) throw teamError('team/bad-commit', { reason: 'it does not name those who were removed' })
}
