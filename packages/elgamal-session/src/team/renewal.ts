/** After a loss: of a welcome, of changes, or of everything since a backup of the keeper's state. */
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import { secretOf } from './commit.js'
import { newestOf } from './epochs.js'
import { teamError } from './errors.js'
import { keyBytes, renewalStep } from './limits.js'
import { keeperLeaf } from './people.js'
import { memberOfPair, othersOf, requireNewest } from './seal.js'
import {
  committed,
  type Draft,
  draftAgain,
  freshIdentity,
  joinTree,
  newDraft,
  welcomeFor,
} from './tree-step.js'
import type { TeamAdding, TeamKeeper, TeamPerson, TeamRenewal, TeamWorld } from './types.js'

/**
 * For a member who lost the welcome, or changes behind it; also after {@link renewTeam}. The earlier welcome counts no
 * more.
 * @throws ChartsealError `team/not-invited` for a pair that is not in; `team/behind`
 */
export function welcomeAgain(keeper: TeamKeeper, pair: string, world: TeamWorld): TeamAdding {
  requireNewest(keeper)
  const known = memberOfPair(keeper, pair)
  if (known === null) throw teamError('team/not-invited', { name: 'This pair' })
  const draft = draftAgain(keeper, world)
  const agreed = world.random.bytes(keyBytes)
  using leafKey = new SecretBytes(agreed)
  draft.tree.replaceLeafKey(known.leaf, leafKey)
  const invited = keeper.invited.filter(one => one.pair !== pair)
  const seat = { ...keeper, invited, tree: secretOf(draft.tree.encode()) }
  const welcome = welcomeFor(seat, draft, known, agreed, world)
  agreed.fill(0)
  draft.tree.wipe()
  const to = othersOf(seat).filter(one => one !== known)
  return { seat, frame: keeper.commit, to, added: known, removed: [], welcome }
}

/** A member in a new tree. */
interface Moved {
  readonly person: TeamPerson
  readonly pair: string
  readonly agreed: Uint8Array
}

/**
 * After a restored backup: a tree, a place and a key of the keeper that were never used, in an epoch far above. Every
 * member is welcomed anew; what this state does not know of the time since the backup stays unknown to it.
 */
export function renewTeam(keeper: TeamKeeper, world: TeamWorld): TeamRenewal {
  const before = newestOf(keeper)
  const draft = newDraft(keeper.id, world)
  const epoch = Math.max(before.epoch, keeper.heardEpoch) + renewalStep
  const identity = freshIdentity(keeper.id, world)
  joinTree(draft, world.random.bytes(keyBytes))
  const self = before.people.filter(({ leaf }) => leaf === keeperLeaf)
  const others = before.people.filter(({ leaf }) => leaf !== keeperLeaf)
  const moved = others.map(person => movedTo(draft, keeper, person, world))
  const renewed = self.map(person => ({ ...person, signing: verifyingKeyOf(identity.signingKey) }))
  const people = [...renewed, ...moved.map(({ person }) => person)]
  const removed = self.map(({ signing, name }) => ({ signing, name, epoch, ...keeper.own }))
  const pairs = moved.map(({ person: { leaf }, pair }) => ({ leaf, pair }))
  const next = { people, removed, epoch }
  const seat = committed({ ...keeper, ...identity, pairs, heardEpoch: 0 }, draft, next, world)
  const welcomes = moved.map(one => welcomed(seat, draft, one, world))
  draft.tree.wipe()
  return { seat, welcomes }
}

function movedTo(draft: Draft, { pairs }: TeamKeeper, person: TeamPerson, { random }: TeamWorld): Moved {
  const agreed = random.bytes(keyBytes)
  const pair = pairs.find(({ leaf }) => leaf === person.leaf)?.pair ?? ''
  return { person: { ...person, leaf: joinTree(draft, Uint8Array.from(agreed)) }, pair, agreed }
}

function welcomed(
  seat: TeamKeeper,
  draft: Draft,
  { person, pair, agreed }: Moved,
  world: TeamWorld,
): TeamRenewal['welcomes'][number] {
  const welcome = welcomeFor(seat, draft, person, agreed, world)
  agreed.fill(0)
  return { pair, person, welcome }
}
