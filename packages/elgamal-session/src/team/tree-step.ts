/** What every step of the keeper does: a commit over the tree, and what a newcomer is given. */
import { sealAt } from '@chartseal/core/aead'
import { equal } from '@chartseal/core/bytes'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { KeyTree } from '../tree/key-tree.js'
import { secretOf } from './commit.js'
import { hashOf, newestOf, settled, withEpoch } from './epochs.js'
import { commitFront, parseTeamFrame, signFrame } from './frame.js'
import { chainStartOf, changeKeyOf, teamEpochKey, treeIdOf } from './keys.js'
import { hashBytes, saltBytes } from './limits.js'
import { encodeChange, encodeTeamWelcome } from './payloads.js'
import { personBySigning } from './people.js'
import type { FormerPerson, NamedPlace, TeamKeeper, TeamPerson, TeamWorld } from './types.js'

/** A tree on its way to the next commit, and the salt that this commit has. The caller wipes the tree. */
export interface Draft {
  readonly tree: KeyTree
  readonly salt: Uint8Array
}

/** The tree of this state. */
export function draftOf({ id, tree }: TeamKeeper, { random }: TeamWorld): Draft {
  const salt = random.bytes(saltBytes)
  return { salt, tree: KeyTree.decode(tree.reveal(), { conferenceId: treeIdOf(id, salt), random }) }
}

/** A tree with nobody in it. */
export function newDraft(id: Uint8Array, { random }: TeamWorld): Draft {
  const salt = random.bytes(saltBytes)
  return { salt, tree: new KeyTree({ conferenceId: treeIdOf(id, salt), random }) }
}

/** The tree as the newest commit left it. */
export function draftAgain({ id, tree, commit }: TeamKeeper, { random }: TeamWorld): Draft {
  const salt = Uint8Array.from(parseTeamFrame(commit).salt)
  return { salt, tree: KeyTree.decode(tree.reveal(), { conferenceId: treeIdOf(id, salt), random }) }
}

/** Takes the bytes over, and wipes them. */
export function joinTree({ tree }: Draft, bytes: Uint8Array): number {
  using leafKey = secretOf(bytes)
  return tree.join(leafKey)
}

/** A key of the keeper that has written nothing. */
export function freshIdentity(id: Uint8Array, { random }: TeamWorld): Pick<TeamKeeper, 'signingKey' | 'own'> {
  const signingKey = SigningKey.generate(random)
  return { signingKey, own: { sequence: 0n, hash: chainStartOf(id, verifyingKeyOf(signingKey)) } }
}

export interface NextPeople {
  readonly people: readonly TeamPerson[]
  readonly removed: readonly FormerPerson[]
  readonly epoch: number
}

/** The state behind a commit, and the commit in it. */
export function committed(
  keeper: TeamKeeper,
  { tree, salt }: Draft,
  { people, removed, epoch }: NextPeople,
  world: TeamWorld,
): TeamKeeper {
  const { id, title, commitKey, epochs } = keeper
  const { commit: treeCommit, rootKey } = tree.commit(epoch)
  const key = teamEpochKey(rootKey, treeIdOf(id, salt), epoch)
  rootKey.wipe()
  const previousHash = epochs[0]?.commitHash ?? new Uint8Array(hashBytes)
  const front = commitFront({ id, epoch, previousHash, salt, treeCommit })
  using changeKey = changeKeyOf(key, id, salt)
  const atMs = world.clock.nowMs()
  const plaintext = encodeChange({ atMs, title, people, removed })
  const commit = signFrame('commit', front, sealAt(changeKey, 0n, plaintext, front), commitKey)
  plaintext.fill(0)
  const next = { epoch, key, commitHash: hashOf(commit), title, people, removed }
  const places = placesOf(keeper, people)
  const kept = withEpoch(keeper, next, atMs)
  return settled({ ...keeper, ...kept, tree: secretOf(tree.encode()), commit, places }, atMs)
}

/** Secret: for this member alone. */
export function welcomeFor(
  seat: TeamKeeper,
  { tree, salt }: Draft,
  { leaf, signing }: TeamPerson,
  leafKey: Uint8Array,
  { clock }: TeamWorld,
): Uint8Array {
  const { id, title } = seat
  const { epoch, commitHash, people } = newestOf(seat)
  const removed = seat.former.filter(one => one.epoch === epoch)
  const places = seat.places.filter(one => !equal(one.signing, signing))
  const path = tree.pathOf(leaf)
  try {
    const about = { id, epoch, commitHash, salt, atMs: clock.nowMs(), title, people, removed, places }
    return encodeTeamWelcome({ ...about, leafKey, path })
  } finally {
    path.fill(0)
  }
}

/** Of those who are in and have written. */
function placesOf(
  { chains, signingKey, own }: TeamKeeper,
  people: readonly TeamPerson[],
): readonly NamedPlace[] {
  const all = [...chains, { signing: verifyingKeyOf(signingKey), ...own }]
  return all
    .filter(one => one.sequence > 0n && personBySigning(people, one.signing) !== undefined)
    .map(({ signing, sequence, hash }) => ({ signing, sequence, hash }))
}
