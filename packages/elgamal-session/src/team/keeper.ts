/** The keeper's steps: who is in the thread. */
import { equal } from '@chartseal/core/bytes'
import { isVerifyingKey, SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import { formerOf, newestOf } from './epochs.js'
import { teamError } from './errors.js'
import { idBytes, keyBytes, maxTeamPeople, requireBox, requireName, requireTitle } from './limits.js'
import { keeperLeaf, personBySigning } from './people.js'
import { welcomeAgain } from './renewal.js'
import { memberOfPair, othersOf, requireNewest } from './seal.js'
import { committed, draftOf, freshIdentity, joinTree, newDraft, welcomeFor } from './tree-step.js'
import type {
  InvitedPerson,
  TeamAdding,
  TeamAnswer,
  TeamInvitation,
  TeamKeeper,
  TeamPerson,
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
  const draft = newDraft(id, world)
  const identity = freshIdentity(id, world)
  joinTree(draft, random.bytes(keyBytes))
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
    claims: [],
  }
  const seat = committed(empty, draft, { people: [self], removed: [], epoch: 1 }, world)
  draft.tree.wipe()
  return seat
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
  if (known !== null && equal(known.signing, answer.signing)) return welcomeAgain(keeper, pair, world)
  const invited = keeper.invited.find(one => one.pair === pair)
  if (invited === undefined) throw teamError('team/not-invited', { name: known?.name ?? 'This pair' })
  requireNewKey(keeper, answer.signing)
  return added(keeper, { known, invited, answer }, world)
}

/** Whose place is given up, who comes, and with which key. */
interface Coming {
  readonly known: TeamPerson | null
  readonly invited: InvitedPerson
  readonly answer: TeamAnswer
}

function added(keeper: TeamKeeper, { known, invited, answer }: Coming, world: TeamWorld): TeamAdding {
  const { pair, name, role } = invited
  const box = requireBox(answer.box)
  const draft = draftOf(keeper, world)
  const agreed = world.random.bytes(keyBytes)
  try {
    if (known !== null) draft.tree.leave(known.leaf)
    const leaf = joinTree(draft, Uint8Array.from(agreed))
    const person = { leaf, name, role, signing: answer.signing, box }
    const staying = newestOf(keeper).people.filter(one => one !== known)
    const epoch = nextEpochOf(keeper)
    const removed = known === null ? [] : [formerOf(keeper, known, epoch)]
    const next = { people: inOrder([...staying, person]), removed, epoch }
    const seat = committed(withPair(keeper, leaf, pair), draft, next, world)
    const welcome = welcomeFor(seat, draft, person, agreed, world)
    const to = othersOf(seat).filter(one => one !== person)
    return { seat, frame: seat.commit, to, added: person, removed, welcome }
  } finally {
    agreed.fill(0)
    draft.tree.wipe()
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
  const draft = draftOf(keeper, world)
  draft.tree.leave(person.leaf)
  const epoch = nextEpochOf(keeper)
  const removed = [formerOf(keeper, person, epoch)]
  const staying = people.filter(one => one !== person)
  const seat = committed(withoutPair(keeper, person.leaf), draft, { people: staying, removed, epoch }, world)
  draft.tree.wipe()
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
  const next = people.map(one => (one === person ? changed : one))
  const draft = draftOf(keeper, world)
  const seat = committed(keeper, draft, { people: next, removed: [], epoch: nextEpochOf(keeper) }, world)
  draft.tree.wipe()
  return { seat, frame: seat.commit, to: othersOf(seat) }
}

const nextEpochOf = (keeper: TeamKeeper): number => newestOf(keeper).epoch + 1

const inOrder = (people: readonly TeamPerson[]): readonly TeamPerson[] =>
  people.toSorted((one, other) => one.leaf - other.leaf)

/** An invitation of theirs that is open brings nobody back. */
function withoutPair(keeper: TeamKeeper, leaf: number): TeamKeeper {
  const gone = keeper.pairs.find(one => one.leaf === leaf)?.pair
  const pairs = keeper.pairs.filter(one => one.leaf !== leaf)
  return { ...keeper, pairs, invited: keeper.invited.filter(({ pair }) => pair !== gone) }
}

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
