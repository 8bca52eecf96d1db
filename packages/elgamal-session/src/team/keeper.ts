/** The keeper's steps: who is in the thread. */
import { sealAt } from '@chartseal/core/aead'
import { equal } from '@chartseal/core/bytes'
import { isVerifyingKey, SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import { KeyTree } from '../tree/key-tree.js'
import { secretOf } from './commit.js'
import { formerOf, hashOf, newestOf, settled, withEpoch } from './epochs.js'
import { teamError } from './errors.js'
import { commitFront, signFrame } from './frame.js'
import { chainStartOf, changeKeyOf, teamEpochKey } from './keys.js'
import {
  hashBytes,
  idBytes,
  keyBytes,
  maxTeamPeople,
  renewalStep,
  requireBox,
  requireName,
  requireTitle,
  saltBytes,
} from './limits.js'
import { encodeChange, encodeTeamWelcome } from './payloads.js'
import { keeperLeaf, personBySigning } from './people.js'
import { othersOf, requireNewest } from './seal.js'
import type {
  FormerPerson,
  InvitedPerson,
  NamedPlace,
  TeamAdding,
  TeamAnswer,
  TeamInvitation,
  TeamKeeper,
  TeamPerson,
  TeamRenewal,
  TeamRole,
  TeamSending,
  TeamWorld,
} from './types.js'

export interface CreateTeamOptions {
  readonly title: string
  /** What the others see of the keeper. */
  readonly name: string
  readonly role?: TeamRole
  /** The keeper's mailbox; empty without one. */
  readonly box?: string
}

/** A thread with its keeper alone in it. @throws ChartsealError `team/bad-text` */
export function createTeam(options: CreateTeamOptions, world: TeamWorld): TeamKeeper {
  const { title, name, role = 'clinician', box = '' } = options
  const { random } = world
  const [id, commitKey] = [random.bytes(idBytes), SigningKey.generate(random)]
  const tree = new KeyTree({ conferenceId: id, random })
  const identity = freshIdentity(id, world)
  joinTree(tree, random.bytes(keyBytes))
  const signing = verifyingKeyOf(identity.signingKey)
  const self = { leaf: keeperLeaf, name: requireName(name), role, signing, box: requireBox(box) }
  const empty: TeamKeeper = {
    kind: 'keeper',
    id,
    title: requireTitle(title),
    phase: 'in',
    keeperKey: verifyingKeyOf(commitKey),
    ...identity,
    sinceEpoch: 1,
    epochs: [],
    chains: [],
    former: [],
    waiting: [],
    commitKey,
    tree: new SecretBytes(new Uint8Array()),
    invited: [],
    pairs: [],
    commit: new Uint8Array(),
    places: [],
    heardEpoch: 0,
  }
  return committed(empty, tree, { people: [self], removed: [], epoch: 1 }, world)
}

export interface InviteToTeamOptions {
  /** For a member whose device is gone, or whose state is an old copy: the old key counts no more once they are added. */
  readonly again?: boolean
}

/**
 * The invitation of one pair; the same each time.
 * @throws ChartsealError `team/is-in`, `team/too-many`, `team/bad-text`, `team/behind`
 */
export function inviteToTeam(
  keeper: TeamKeeper,
  { pair, name, role }: InvitedPerson,
  { again = false }: InviteToTeamOptions = {},
): { readonly seat: TeamKeeper; readonly invitation: TeamInvitation; readonly name: string } {
  requireNewest(keeper)
  const { id, title, keeperKey, invited } = keeper
  const known = memberOfPair(keeper, pair)
  if (known !== null && !again) throw teamError('team/is-in', { name: known.name })
  const others = invited.filter(one => one.pair !== pair)
  if (newestOf(keeper).people.length + others.length >= maxTeamPeople)
    throw teamError('team/too-many', { limit: maxTeamPeople })
  const free = known?.name ?? freeName(keeper, pair, requireName(name))
  const seat = { ...keeper, invited: [...others, { pair, name: free, role }] }
  return { seat, invitation: { id, title, keeperKey }, name: free }
}

/**
 * Takes the answer of a pair: they are in from the commit on. The same answer again gives a welcome once more, and the
 * newest commit. Store the seat, then send the commit to the others and the welcome to the newcomer.
 * @throws ChartsealError `team/other-answer`, `team/not-invited`, `team/key-taken`, `team/malformed`, `team/behind`
 */
export function addToTeam(
  keeper: TeamKeeper,
  pair: string,
  answer: TeamAnswer,
  world: TeamWorld,
): TeamAdding {
  requireNewest(keeper)
  if (!equal(answer.id, keeper.id)) throw teamError('team/other-answer', {})
  const known = memberOfPair(keeper, pair)
  if (known !== null && equal(known.signing, answer.signing)) return welcomedAgain(keeper, known, world)
  const invited = keeper.invited.find(one => one.pair === pair)
  if (invited === undefined) throw teamError('team/not-invited', { name: known?.name ?? 'This pair' })
  requireNewKey(keeper, answer.signing)
  const tree = treeOf(keeper, world)
  const agreed = world.random.bytes(keyBytes)
  try {
    if (known !== null) tree.leave(known.leaf)
    const leaf = joinTree(tree, Uint8Array.from(agreed))
    const { name, role } = invited
    const added = { leaf, name, role, signing: answer.signing, box: requireBox(answer.box) }
    const staying = newestOf(keeper).people.filter(one => one !== known)
    const removed = known === null ? [] : [formerOf(keeper, known, nextEpochOf(keeper))]
    const next = { people: inOrder([...staying, added]), removed, epoch: nextEpochOf(keeper) }
    const seat = committed(withPair(keeper, leaf, pair), tree, next, world, false)
    const welcome = welcomeFor(seat, tree, added, agreed, removed, world)
    tree.wipe()
    const to = othersOf(seat).filter(one => one !== added)
    return { seat: settled(seat, world.clock.nowMs()), frame: seat.commit, to, added, removed, welcome }
  } finally {
    agreed.fill(0)
  }
}

/**
 * They cannot read what is written from the commit on. It goes to them as well, so that they learn of it.
 * @throws ChartsealError `team/unknown-person` also for the keeper; `team/behind`
 */
export function removeFromTeam(
  keeper: TeamKeeper,
  signing: Uint8Array,
  world: TeamWorld,
): TeamSending<TeamKeeper> {
  requireNewest(keeper)
  const { people } = newestOf(keeper)
  const person = memberOf(keeper, signing)
  const tree = treeOf(keeper, world)
  tree.leave(person.leaf)
  const epoch = nextEpochOf(keeper)
  const removed = [formerOf(keeper, person, epoch)]
  const staying = people.filter(one => one !== person)
  const pairs = keeper.pairs.filter(({ leaf }) => leaf !== person.leaf)
  const seat = committed({ ...keeper, pairs }, tree, { people: staying, removed, epoch }, world)
  return { seat, frame: seat.commit, to: [...othersOf(seat), person] }
}

/**
 * Somebody, or the keeper, has another name or mailbox; all keys above are fresh ones.
 * @throws ChartsealError `team/unknown-person`, `team/bad-text`, `team/behind`
 */
export function updateInTeam(
  keeper: TeamKeeper,
  signing: Uint8Array,
  { name, box }: { readonly name?: string; readonly box?: string },
  world: TeamWorld,
): TeamSending<TeamKeeper> {
  requireNewest(keeper)
  const { people } = newestOf(keeper)
  const person = personBySigning(people, signing)
  if (person === undefined) throw teamError('team/unknown-person', { name: name ?? 'The member' })
  const pair = keeper.pairs.find(({ leaf }) => leaf === person.leaf)?.pair ?? ''
  const free = name === undefined ? person.name : freeName(keeper, pair, requireName(name), person)
  const changed = { ...person, name: free, box: requireBox(box ?? person.box) }
  const next = { people: people.map(one => (one === person ? changed : one)), removed: [] }
  const seat = committed(keeper, treeOf(keeper, world), { ...next, epoch: nextEpochOf(keeper) }, world)
  return { seat, frame: seat.commit, to: othersOf(seat) }
}

/**
 * After a restored backup: a tree, a place and a key of the keeper that were never used, in an epoch far above. Every
 * member is welcomed anew; what this state does not know of the time since the backup stays unknown to it.
 */
export function renewTeam(keeper: TeamKeeper, world: TeamWorld): TeamRenewal {
  const before = newestOf(keeper)
  const tree = new KeyTree({ conferenceId: keeper.id, random: world.random })
  const epoch = Math.max(before.epoch, keeper.heardEpoch) + renewalStep
  const identity = freshIdentity(keeper.id, world)
  joinTree(tree, world.random.bytes(keyBytes))
  const joined = before.people.map(person => {
    if (person.leaf === keeperLeaf)
      return { person: { ...person, signing: verifyingKeyOf(identity.signingKey) }, pair: '', agreed: null }
    const agreed = world.random.bytes(keyBytes)
    const pair = keeper.pairs.find(({ leaf }) => leaf === person.leaf)?.pair ?? ''
    return { person: { ...person, leaf: joinTree(tree, Uint8Array.from(agreed)) }, pair, agreed }
  })
  const self = before.people.filter(({ leaf }) => leaf === keeperLeaf)
  const removed = self.map(({ signing, name }) => ({ signing, name, epoch, ...keeper.own }))
  const people = joined.map(({ person }) => person)
  const pairs = joined
    .filter(({ agreed }) => agreed !== null)
    .map(({ person: { leaf }, pair }) => ({ leaf, pair }))
  const renewed = { ...keeper, ...identity, pairs, heardEpoch: 0 }
  const seat = committed(renewed, tree, { people, removed, epoch }, world, false)
  const welcomes = joined.flatMap(({ person, pair, agreed }) => {
    if (agreed === null) return []
    const welcome = welcomeFor(seat, tree, person, agreed, removed, world)
    agreed.fill(0)
    return [{ pair, person, welcome }]
  })
  tree.wipe()
  return { seat, welcomes }
}

/** Which member a pair is; `null` for none. */
export function memberOfPair(keeper: TeamKeeper, pair: string): TeamPerson | null {
  const leaf = keeper.pairs.find(one => one.pair === pair)?.leaf
  return newestOf(keeper).people.find(one => one.leaf === leaf) ?? null
}

interface NextPeople {
  readonly people: readonly TeamPerson[]
  readonly removed: readonly FormerPerson[]
  readonly epoch: number
}

/** The state behind a commit, and the commit in it. The tree is wiped unless it is still needed. */
function committed(
  keeper: TeamKeeper,
  tree: KeyTree,
  { people, removed, epoch }: NextPeople,
  world: TeamWorld,
  isLast = true,
): TeamKeeper {
  const { id, title, commitKey, epochs } = keeper
  const { commit: treeCommit, rootKey } = tree.commit(epoch)
  const key = teamEpochKey(rootKey, id, epoch)
  rootKey.wipe()
  const salt = world.random.bytes(saltBytes)
  const previousHash = epochs[0]?.commitHash ?? new Uint8Array(hashBytes)
  const front = commitFront({ id, epoch, previousHash, salt, treeCommit })
  using changeKey = changeKeyOf(key, id, salt)
  const atMs = world.clock.nowMs()
  const plaintext = encodeChange({ atMs, title, people, removed })
  const commit = signFrame('commit', front, sealAt(changeKey, 0n, plaintext, front), commitKey)
  plaintext.fill(0)
  const next = { epoch, key, commitHash: hashOf(commit), title, people, removed }
  const places = placesOf(keeper, people)
  const seat = { ...keeper, ...withEpoch(keeper, next, atMs), tree: secretOf(tree.encode()), commit, places }
  if (isLast) tree.wipe()
  return settled(seat, atMs)
}

/**
 * For a member who lost the welcome, or changes behind it; also after `renewTeam`. The earlier welcome counts no more.
 * @throws ChartsealError `team/not-invited` for a pair that is not in; `team/behind`
 */
export function welcomeAgain(keeper: TeamKeeper, pair: string, world: TeamWorld): TeamAdding {
  requireNewest(keeper)
  const known = memberOfPair(keeper, pair)
  if (known === null) throw teamError('team/not-invited', { name: 'This pair' })
  return welcomedAgain(keeper, known, world)
}

function welcomedAgain(keeper: TeamKeeper, known: TeamPerson, world: TeamWorld): TeamAdding {
  const tree = treeOf(keeper, world)
  const agreed = world.random.bytes(keyBytes)
  using leafKey = new SecretBytes(agreed)
  tree.replaceLeafKey(known.leaf, leafKey)
  const pair = keeper.pairs.find(({ leaf }) => leaf === known.leaf)?.pair
  const invited = keeper.invited.filter(one => one.pair !== pair)
  const seat = { ...keeper, invited, tree: secretOf(tree.encode()) }
  const welcome = welcomeFor(seat, tree, known, agreed, [], world)
  agreed.fill(0)
  tree.wipe()
  const to = othersOf(seat).filter(one => one !== known)
  return { seat, frame: keeper.commit, to, added: known, removed: [], welcome }
}

function welcomeFor(
  seat: TeamKeeper,
  tree: KeyTree,
  { leaf, signing }: TeamPerson,
  leafKey: Uint8Array,
  removed: readonly FormerPerson[],
  { clock }: TeamWorld,
): Uint8Array {
  const { id, title } = seat
  const { epoch, commitHash, people } = newestOf(seat)
  const places = seat.places.filter(one => !equal(one.signing, signing))
  const path = tree.pathOf(leaf)
  try {
    const keys = { leafKey, path }
    const atMs = clock.nowMs()
    return encodeTeamWelcome({ id, epoch, commitHash, atMs, title, people, removed, places, ...keys })
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

const nextEpochOf = (keeper: TeamKeeper): number => newestOf(keeper).epoch + 1

const treeOf = ({ tree, id }: TeamKeeper, { random }: TeamWorld): KeyTree =>
  KeyTree.decode(tree.reveal(), { conferenceId: id, random })

/** Takes the bytes over, and wipes them. */
function joinTree(tree: KeyTree, bytes: Uint8Array): number {
  using leafKey = secretOf(bytes)
  return tree.join(leafKey)
}

function freshIdentity(id: Uint8Array, { random }: TeamWorld): Pick<TeamKeeper, 'signingKey' | 'own'> {
  const signingKey = SigningKey.generate(random)
  return { signingKey, own: { sequence: 0n, hash: chainStartOf(id, verifyingKeyOf(signingKey)) } }
}

const inOrder = (people: readonly TeamPerson[]): readonly TeamPerson[] =>
  people.toSorted((one, other) => one.leaf - other.leaf)

function withPair(keeper: TeamKeeper, leaf: number, pair: string): TeamKeeper {
  const pairs = [...keeper.pairs.filter(one => one.pair !== pair), { leaf, pair }]
  return { ...keeper, pairs, invited: keeper.invited.filter(one => one.pair !== pair) }
}

/** @throws ChartsealError `team/unknown-person` */
function memberOf(keeper: TeamKeeper, signing: Uint8Array): TeamPerson {
  const person = personBySigning(newestOf(keeper).people, signing)
  if (person === undefined || person.leaf === keeperLeaf)
    throw teamError('team/unknown-person', { name: person?.name ?? 'The member' })
  return person
}

/** @throws ChartsealError `team/key-taken`, `team/malformed` */
function requireNewKey(keeper: TeamKeeper, signing: Uint8Array): void {
  if (!isVerifyingKey(signing))
    throw teamError('team/malformed', { what: 'answer', reason: 'its key is none' })
  const taken = [...newestOf(keeper).people, ...keeper.former]
  if (personBySigning(taken, signing) !== undefined) throw teamError('team/key-taken', {})
}

/** Two people of one name are told apart by a number. */
function freeName(keeper: TeamKeeper, pair: string, name: string, self: TeamPerson | null = null): string {
  const people = newestOf(keeper).people.filter(one => one !== self)
  const invited = keeper.invited.filter(one => one.pair !== pair)
  const taken = new Set([...people, ...invited].map(one => one.name))
  if (!taken.has(name)) return name
  let number = 2
  while (taken.has(`${name} (${number})`)) number += 1
  return `${name} (${number})`
}
