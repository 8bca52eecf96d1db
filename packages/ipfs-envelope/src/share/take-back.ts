/**
 * The ladder of taking back, over ports. Each step may be done again after a failure with the same arguments, and goes
 * on where it stopped; until the new list is published nothing is taken from anybody.
 */
import { AeadKey } from '@chartseal/core/keys'
import { isSameList } from '../grants/codec.js'
import { openHistory } from '../grants/history.js'
import type { GrantList, HistoryEntry } from '../grants/list.js'
import {
  type GrantedTo,
  grantsAnew,
  grantsForNobody,
  grantsWithout,
  isForNobody,
  requireNextVersion,
} from '../grants/next.js'
import { isGranted, unwrapFor } from '../grants/open.js'
import { grantListCid } from '../grants/pin.js'
import type { Owner } from '../grants/sign.js'
import { readPayload } from '../payload/store.js'
import type { Identity, Recipient } from '../recipients/recipient.js'
import { type AccessEntry, accessEntry } from '../revocation/entry.js'
import {
  type RevocationStatement,
  type RevocationStep,
  revocationStatement,
} from '../revocation/statements.js'
import { shareError } from './errors.js'
import type { PackagePorts, Tombstone } from './ports.js'
import { publishPayload, requireOpens, requireOwnAmong } from './publish.js'
import { latestList, refuseOther } from './share.js'

/** What was done, what it does not achieve, and what the audit log should say. */
export interface TakenBack {
  readonly list: GrantList
  readonly statement: RevocationStatement
  readonly entry: AccessEntry
}

const takenBack = (step: RevocationStep, list: GrantList): TakenBack => ({
  list,
  statement: revocationStatement(step, list),
  entry: accessEntry(step, list),
})

/** What a store that serves packages can do; the server of a clinic, a node. */
export interface Serving {
  /** Hands out neither payload nor lists from now on, durably. Again is as good as once. */
  stop(packageId: Uint8Array): Promise<void>
}

/** First step: the store stops handing out, and keeps everything. */
export async function stopServing(serving: Serving, list: GrantList): Promise<TakenBack> {
  await serving.stop(list.packageId)
  return takenBack('stop-serving', list)
}

/**
 * Second step: a list without these people, for the same payload. Whoever is not in it is passed over. Older lists are
 * kept: they may be the only way to earlier versions.
 * @param identity the owner's own, where it is at hand: it must be among those who stay
 * @throws ChartsealError `share/unknown-package`, `share/nobody-opens`, `share/owner-left-out`, `grants/ambiguous`,
 * `grants/other-owner`
 */
export async function takeBackAccess(
  ports: PackagePorts,
  owner: Owner,
  packageId: Uint8Array,
  people: readonly GrantedTo[],
  identity?: Identity,
): Promise<TakenBack> {
  const list = await latestList(ports, packageId)
  const here = people.filter(person => isGranted(list, person))
  if (here.length === 0) return takenBack('new-grants', list)
  const next = await grantsWithout(owner, list, here)
  if (next.recipientCount === 0) throw shareError('share/nobody-opens', {})
  if (identity !== undefined && !isGranted(next, identity)) throw shareError('share/owner-left-out', {})
  await ports.lists.publish(next)
  return takenBack('new-grants', next)
}

export interface ReEncryption {
  /** The list that the decision was made on; the same one when it is asked again. */
  readonly from: GrantList
  /** Exactly who may read from now on, the owner's own recipient among them. */
  readonly keep: readonly Recipient[]
  /**
   * Whether they may still read earlier versions, whose keys the others had, too. If not, the payloads of all earlier
   * versions are deleted with the one that is encrypted again.
   */
  readonly history: boolean
  /** As the old payload was, when left out or `false`. */
  readonly padded?: boolean
}

/**
 * Third step: the same record under a new key for those who stay, the old payload deleted behind a tombstone. In
 * memory that does not grow with the record. When somebody else's change came in after a failure, what is left of the
 * step is {@link retireGone} of the newest list.
 * @param identity the owner's own, which must open the new list
 * @throws ChartsealError `share/changed-meanwhile`, `share/owner-left-out`, `open/failed`, and as `readPayload`,
 * `grantsAnew` and the ports
 */
export async function reEncrypt(
  ports: PackagePorts,
  owner: Owner,
  identity: Identity,
  request: ReEncryption,
): Promise<TakenBack> {
  const newest = await latestList(ports, request.from.packageId)
  const list = isAnswerTo(request, newest)
    ? newest
    : await encryptedAgain(ports, owner, identity, request, newest)
  if (list.history.every(isGoneOrReadable)) await ports.lists.forgetBefore(list.packageId, list.seq)
  await retireGone(ports, list)
  return takenBack('re-encrypt', list)
}

/** An earlier attempt got as far as its list, and nobody did anything else. */
function isAnswerTo(request: ReEncryption, newest: GrantList): boolean {
  const { from, keep } = request
  return (
    follows(from, newest) &&
    newest.version === from.version + 1 &&
    newest.recipientCount === keep.length &&
    keep.every(recipient => isGranted(newest, recipient)) &&
    isHistoryOf(request, newest.history)
  )
}

const follows = (from: GrantList, list: GrantList): boolean => list.previousCid === grantListCid(from.bytes)

function isHistoryOf({ from, history }: ReEncryption, named: readonly HistoryEntry[]): boolean {
  const before: readonly Partial<HistoryEntry>[] = [
    ...from.history,
    { ...from, sealedKey: null, isGone: true },
  ]
  const isSame = ({ version, sealedKey, isGone }: HistoryEntry, at: number): boolean => {
    const one = before[at]
    const isReadable = history && one?.sealedKey !== null
    return (
      version === one?.version && (sealedKey !== null) === isReadable && isGone === (!history || one.isGone)
    )
  }
  return named.length === before.length && named.every(isSame)
}

// Else an older list is the only way to a payload that is kept.
const isGoneOrReadable = ({ isGone, sealedKey }: HistoryEntry): boolean => isGone || sealedKey !== null

async function encryptedAgain(
  ports: PackagePorts,
  owner: Owner,
  identity: Identity,
  { from, keep, history, padded = false }: ReEncryption,
  newest: GrantList,
): Promise<GrantList> {
  refuseOther(from, newest)
  const id = { packageId: from.packageId, version: from.version + 1 }
  const earlierVersions = history ? [] : from.history.map(({ version }) => version)
  const gone = [...earlierVersions, from.version]
  requireOwnAmong(keep, identity)
  requireNextVersion(owner, from, keep, { gone })
  using oldKey = await unwrapFor(from, identity)
  using contentKey = AeadKey.generate(ports.random)
  const earlier = history ? openHistory(from, oldKey) : []
  const record = await readPayload(ports.blobs, oldKey, from, from.payloadCid)
  const sealing = { ...record, id, contentKey, padded: () => padded || record.isPadded() }
  try {
    return await publishPayload(ports, sealing, async cid => {
      const options = { random: ports.random, history: earlier, gone }
      const next = await grantsAnew(owner, from, { ...id, cid, contentKey }, keep, options)
      await requireOpens(next, identity, contentKey)
      return next
    })
  } finally {
    for (const version of earlier) version.contentKey.wipe()
  }
}

/**
 * Deletes, behind tombstones, the payloads of the earlier versions that a list says are gone: the end of a step that
 * stopped after its list was published. Again is as good as once; needs neither owner nor keys.
 * @throws what the ports give
 */
export async function retireGone(
  ports: Pick<PackagePorts, 'blobs' | 'tombstones' | 'clock'>,
  { packageId, history }: GrantList,
  step: Tombstone['step'] = 're-encrypt',
): Promise<void> {
  for (const { version, payloadCid, isGone } of history) {
    if (isGone) await retire(ports, { packageId, version, payloadCid }, step)
  }
}

/** The tombstone first: a payload that is gone without a word looks like one that was lost. */
async function retire(
  { blobs, tombstones, clock }: Pick<PackagePorts, 'blobs' | 'tombstones' | 'clock'>,
  { packageId, version, payloadCid }: Pick<GrantList, 'packageId' | 'version' | 'payloadCid'>,
  step: Tombstone['step'],
): Promise<void> {
  await tombstones.bury({ packageId, version, payloadCid, step, atMs: clock.nowMs() })
  await blobs.delete(payloadCid)
}

/**
 * Last step: nobody is granted anything any more, older lists are removed with the wrapped keys in them, and the
 * payloads of all versions are deleted behind tombstones. Keys that somebody kept are out of reach: capabilities among
 * them, the owner's included. The list for nobody names every payload, so that a step that stopped is finished with
 * nothing but that list.
 * @param from the list that the decision was made on, or the one for nobody
 * @throws ChartsealError `share/changed-meanwhile`, `grants/other-owner`, and what the ports give
 */
export async function shred(ports: PackagePorts, owner: Owner, from: GrantList): Promise<TakenBack> {
  const newest = await latestList(ports, from.packageId)
  const list = isEmptied(from, newest) ? newest : await emptied(ports, owner, from, newest)
  await ports.lists.forgetBefore(list.packageId, list.seq)
  await retireGone(ports, list, 'shred')
  await retire(ports, list, 'shred')
  return takenBack('shred', list)
}

const isEmptied = (from: GrantList, newest: GrantList): boolean =>
  isForNobody(newest) && (isSameList(from, newest) || follows(from, newest))

async function emptied(
  ports: PackagePorts,
  owner: Owner,
  from: GrantList,
  newest: GrantList,
): Promise<GrantList> {
  refuseOther(from, newest)
  const next = await grantsForNobody(owner, from)
  await ports.lists.publish(next)
  return next
}
