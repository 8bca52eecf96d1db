/** The lists of a package, one after the other. Nothing is stored here: a list is a value. */
import { equal } from '@chartseal/core/bytes'
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import type { PayloadId } from '../payload/id.js'
import type { Identity, KeyHolder, Recipient } from '../recipients/recipient.js'
import { type Bound, grantInfo, hintOf, hintsOf } from './binding.js'
import { requireContent } from './codec.js'
import { grantError } from './errors.js'
import { entriesOf, entriesUnder, type GrantEntry, groupsOf } from './groups.js'
import { allGone, type EarlierVersion, namedBefore, sealHistory } from './history.js'
import { type GrantContent, type GrantList, type GrantTerms, maxRecipients } from './list.js'
import { grantListCid, requireSuccessor } from './pin.js'
import { type Owner, signGrantList } from './sign.js'

/** A payload, where it is, and its key, which stays the caller's. */
export interface GrantedPayload extends PayloadId {
  readonly cid: string
  readonly contentKey: AeadKey
}

export interface GrantOptions {
  /** When left out: those of the list before, or no bounds in a first list. */
  readonly terms?: GrantTerms
  readonly random?: Random
}

export const noTerms: GrantTerms = { notBeforeMs: null, notAfterMs: null, purposes: [] }

/** Of the list for another version, or for the same one with all entries made anew. */
export interface AnewOptions extends GrantOptions {
  /** Keys of earlier versions that the recipients may read; the list names all others without a key. None when left out. */
  readonly history?: readonly EarlierVersion[]
  /** Earlier versions whose payloads are to be deleted once the list is published: `retireGone`. None when left out. */
  readonly gone?: readonly number[]
}

/**
 * Whether {@link firstGrants} would refuse this, before a payload is stored. @throws as it does, but for wrapping
 */
export function requireFirstGrants(
  owner: Owner,
  id: PayloadId,
  recipients: readonly Recipient[],
  { terms = noTerms }: GrantOptions = {},
): void {
  requireRecipients(recipients)
  requireContent({ ...id, ...terms, ...unmade(owner), seq: 1n, previousCid: null, history: [] })
}

/**
 * Whether {@link grantsAnew} would refuse the next version for these people, before its payload is stored.
 * @throws as it does, but for wrapping
 */
export function requireNextVersion(
  owner: Owner,
  previous: GrantList,
  recipients: readonly Recipient[],
  { terms, gone = [] }: AnewOptions = {},
): void {
  requireOwner(owner, previous)
  requireRecipients(recipients)
  const { bytes, recipientCount: _, ...content } = previous
  const version = previous.version + 1
  const history = namedBefore(previous, version, gone)
  const next = { seq: previous.seq + 1n, previousCid: grantListCid(bytes), version, history }
  requireContent({ ...content, ...terms, ...unmade(owner), ...next })
}

/** In place of what is not there before the payload is. */
const unmade = (owner: Owner): Pick<GrantContent, 'owner' | 'payloadCid' | 'recipients'> => ({
  owner: owner.verifyingKey,
  payloadCid: grantListCid(new Uint8Array(0)),
  recipients: [],
})

/**
 * The first list of a package. Whoever should grant later on, the owner first of all, is among the recipients: their
 * entry is where the content key is kept.
 * @throws ChartsealError `grants/too-many-recipients`, `grants/already-granted` for one who is named twice,
 * `grants/malformed` for terms that no list has, and what wrapping gives
 */
export async function firstGrants(
  owner: Owner,
  payload: GrantedPayload,
  recipients: readonly Recipient[],
  options: GrantOptions = {},
): Promise<GrantList> {
  const { packageId, version, cid: payloadCid, contentKey } = payload
  const bound = { owner: owner.verifyingKey, packageId, version, payloadCid }
  return signGrantList(owner, {
    ...bound,
    ...(options.terms ?? noTerms),
    seq: 1n,
    previousCid: null,
    history: [],
    recipients: groupsOf(await wrapped(bound, contentKey, recipients, options)),
  })
}

/**
 * More recipients for the same payload; everybody else's entry stays as it is. Takes no key of theirs.
 * @throws ChartsealError `grants/already-granted`, and as {@link firstGrants}
 */
export async function grantsWith(
  owner: Owner,
  previous: GrantList,
  contentKey: AeadKey,
  recipients: readonly Recipient[],
  options: GrantOptions = {},
): Promise<GrantList> {
  const entries = await wrapped(previous, contentKey, recipients, options, previous.recipientCount)
  const here = positionsWhere(recipients, recipient => matching(previous, recipient).length > 0)
  if (here.length > 0) throw grantError('grants/already-granted', { positions: here })
  return signNext(owner, previous, options, {
    recipients: groupsOf([...entriesOf(previous.recipients), ...entries]),
  })
}

/** Somebody by their public key, and its kind. */
export type GrantedTo = KeyHolder & Pick<Identity, 'kem'>

/**
 * The list without some: their entries are left out, by hint. Needs no content key, and takes none back from who has it.
 * @throws ChartsealError `grants/not-granted`, `grants/ambiguous`
 */
export async function grantsWithout(
  owner: Owner,
  previous: GrantList,
  people: readonly GrantedTo[],
  options: GrantOptions = {},
): Promise<GrantList> {
  const found = people.map(person => matching(previous, person))
  const missing = positionsWhere(found, entries => entries.length === 0)
  if (missing.length > 0) throw grantError('grants/not-granted', { positions: missing })
  const ambiguous = positionsWhere(found, entries => entries.length > 1)
  if (ambiguous.length > 0) throw grantError('grants/ambiguous', { positions: ambiguous })
  const gone = found.flat()
  const isGone = (entry: GrantEntry): boolean => gone.some(one => isSameEntry(one, entry))
  const stay = [...entriesOf(previous.recipients)].filter(entry => !isGone(entry))
  return signNext(owner, previous, options, { recipients: groupsOf(stay) })
}

/**
 * The list with all entries made anew for exactly these people, and the history of choice: for the next version of the
 * payload, under a key of its own, or for the same payload when hints cannot tell people apart. It names all versions
 * before its own.
 * @throws ChartsealError `grants/wrong-version`, and as {@link firstGrants}; RangeError for history of a version that is
 * not named, or gone
 */
export async function grantsAnew(
  owner: Owner,
  previous: GrantList,
  payload: Omit<GrantedPayload, 'packageId'>,
  recipients: readonly Recipient[],
  options: AnewOptions = {},
): Promise<GrantList> {
  const { random = systemRandom, history = [], gone = [] } = options
  const { version, cid: payloadCid, contentKey } = payload
  const bound = { owner: owner.verifyingKey, packageId: previous.packageId, version, payloadCid }
  return signNext(owner, previous, options, {
    version,
    payloadCid,
    history: sealHistory(bound, contentKey, namedBefore(previous, version, gone), history, random),
    recipients: groupsOf(await wrapped(bound, contentKey, recipients, options)),
  })
}

/** The list that nobody opens, without a key of the past: what is left of a package that is shredded. */
export async function grantsForNobody(owner: Owner, previous: GrantList): Promise<GrantList> {
  return signNext(owner, previous, {}, { recipients: [], history: allGone(previous) })
}

/** Whether a list is for nobody, with no key in it: whoever kept content keys opens nothing more by it. */
export const isForNobody = ({ recipientCount, history }: GrantList): boolean =>
  recipientCount === 0 && history.every(({ isGone }) => isGone)

async function signNext(
  owner: Owner,
  previous: GrantList,
  { terms }: GrantOptions,
  changes: Partial<GrantContent>,
): Promise<GrantList> {
  requireOwner(owner, previous)
  const { bytes, recipientCount: _, ...content } = previous
  const [seq, previousCid] = [previous.seq + 1n, grantListCid(bytes)]
  const next = await signGrantList(owner, { ...content, ...terms, ...changes, seq, previousCid })
  requireSuccessor(previous, next)
  return next
}

function requireOwner(owner: Owner, previous: GrantList): void {
  if (!equal(owner.verifyingKey, previous.owner)) throw grantError('grants/other-owner', {})
}

async function wrapped(
  bound: Bound,
  contentKey: AeadKey,
  recipients: readonly Recipient[],
  { random = systemRandom }: GrantOptions,
  alreadyThere = 0,
): Promise<readonly GrantEntry[]> {
  requireRecipients(recipients, alreadyThere)
  const info = grantInfo(bound)
  const entries: GrantEntry[] = []
  for (const [i, hint] of hintsOf(info, recipients).entries()) {
    const recipient = recipients[i]
    if (recipient === undefined) throw new Error('internal: one hint for each recipient')
    const { enc, ct } = await recipient.wrap(info, contentKey, random)
    entries.push({ kem: recipient.kem, hint, enc, ct })
  }
  return entries
}

function requireRecipients(recipients: readonly Recipient[], alreadyThere = 0): void {
  const count = alreadyThere + recipients.length
  if (count > maxRecipients) throw grantError('grants/too-many-recipients', { max: maxRecipients, count })
  refuseTwice(recipients)
}

function refuseTwice(recipients: readonly Recipient[]): void {
  const seen = new Set<string>()
  const twice = positionsWhere(recipients, ({ kem, keyHash }) => {
    const name = `${kem} ${keyHash.join()}`
    const isSecond = seen.has(name)
    seen.add(name)
    return isSecond
  })
  if (twice.length > 0) throw grantError('grants/already-granted', { positions: twice })
}

function matching(list: GrantList, holder: GrantedTo): readonly GrantEntry[] {
  return [...entriesUnder(list.recipients, holder.kem, hintOf(grantInfo(list), holder))]
}

const isSameEntry = (a: GrantEntry, b: GrantEntry): boolean =>
  a.kem === b.kem && equal(a.hint, b.hint) && equal(a.enc, b.enc) && equal(a.ct, b.ct)

function positionsWhere<Item>(items: readonly Item[], holds: (item: Item) => boolean): readonly number[] {
  return items.flatMap((item, position) => (holds(item) ? [position] : []))
}
