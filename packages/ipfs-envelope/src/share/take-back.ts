/**
 * The ladder of taking back, over ports. Each step may be done again after a failure with the same arguments, and goes
 * on where it stopped; until the new list is published nothing is taken from anybody.
 */
import { AeadKey } from '@chartseal/core/keys'
import { openHistory } from '../grants/history.js'
import type { GrantList } from '../grants/list.js'
import { type GrantedTo, grantsAnew, grantsForNobody, grantsWithout } from '../grants/next.js'
import { isGranted, unwrapFor } from '../grants/open.js'
import type { Owner } from '../grants/sign.js'
import { readPayload, storePayload } from '../payload/store.js'
import type { Identity, Recipient } from '../recipients/recipient.js'
import { type AccessEntry, accessEntry } from '../revocation/entry.js'
import {
  type RevocationStatement,
  type RevocationStep,
  revocationStatement,
} from '../revocation/statements.js'
import type { PackagePorts } from './ports.js'
import { latestList, refuseOther } from './share.js'

/** What was done, what it does not achieve, and what the audit log should say. */
export interface TakenBack {
  readonly list: GrantList
  readonly statement: RevocationStatement
  readonly entry: AccessEntry
}

const takenBack = (step: RevocationStep, list: GrantList): TakenBack => ({
  list,
  statement: revocationStatement(step),
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
 * Second step: a list without these people, for the same payload. Whoever is not in it is passed over.
 * @throws ChartsealError `share/unknown-package`, `grants/ambiguous`, `grants/other-owner`
 */
export async function takeBackAccess(
  ports: PackagePorts,
  owner: Owner,
  packageId: Uint8Array,
  people: readonly GrantedTo[],
): Promise<TakenBack> {
  const list = await latestList(ports, packageId)
  const here = people.filter(person => isGranted(list, person))
  if (here.length === 0) return takenBack('new-grants', list)
  const next = await grantsWithout(owner, list, here)
  await ports.lists.publish(next)
  return takenBack('new-grants', next)
}

export interface ReEncryption {
  /** The list that the decision was made on; the same one when it is asked again. */
  readonly from: GrantList
  /** Exactly who may read from now on, the owner's own recipient among them. */
  readonly keep: readonly Recipient[]
  /** Whether they may still read earlier versions, whose keys the others had, too. */
  readonly history: boolean
  readonly padded?: boolean
}

/**
 * Third step: the same record under a new key for those who stay, the old payload deleted behind a tombstone. In
 * memory that does not grow with the record.
 * @throws ChartsealError `share/changed-meanwhile`, `open/failed`, and as `readPayload`, `grantsAnew` and the ports
 */
export async function reEncrypt(
  ports: PackagePorts,
  owner: Owner,
  identity: Identity,
  request: ReEncryption,
): Promise<TakenBack> {
  const { from } = request
  const newest = await latestList(ports, from.packageId)
  const list = isSuccessor(from, newest)
    ? newest
    : await encryptedAgain(ports, owner, identity, request, newest)
  await retire(ports, from, 're-encrypt')
  return takenBack('re-encrypt', list)
}

// An earlier attempt got as far as its list: the version that follows the one the decision was made on.
const isSuccessor = (from: GrantList, newest: GrantList): boolean => newest.version === from.version + 1

async function encryptedAgain(
  ports: PackagePorts,
  owner: Owner,
  identity: Identity,
  { from, keep, history, padded = false }: ReEncryption,
  newest: GrantList,
): Promise<GrantList> {
  refuseOther(from, newest)
  const { blobs, random } = ports
  const id = { packageId: from.packageId, version: from.version + 1 }
  using oldKey = await unwrapFor(from, identity)
  using contentKey = AeadKey.generate(random)
  const { header, content } = await readPayload(blobs, oldKey, from, from.payloadCid)
  const cid = await storePayload(blobs, contentKey, id, header, content, { padded, random })
  const earlier = history ? openHistory(from, oldKey) : []
  try {
    const next = await grantsAnew(owner, from, { ...id, cid, contentKey }, keep, { random, history: earlier })
    await ports.lists.publish(next)
    return next
  } finally {
    for (const version of earlier) version.contentKey.wipe()
  }
}

/** The tombstone first: a payload that is gone without a word looks like one that was lost. */
async function retire(
  { blobs, tombstones, clock }: PackagePorts,
  { packageId, version, payloadCid }: Pick<GrantList, 'packageId' | 'version' | 'payloadCid'>,
  step: 're-encrypt' | 'shred',
): Promise<void> {
  await tombstones.bury({ packageId, version, payloadCid, step, atMs: clock.nowMs() })
  await blobs.delete(payloadCid)
}

/**
 * Last step: nobody is granted anything any more, older lists are removed with the wrapped keys in them, and the
 * payloads of all versions are deleted behind tombstones. Keys that somebody kept are out of reach: capabilities among
 * them, the owner's included.
 * @throws ChartsealError `share/changed-meanwhile`, `grants/other-owner`, and what the ports give
 */
export async function shred(ports: PackagePorts, owner: Owner, from: GrantList): Promise<TakenBack> {
  const newest = await latestList(ports, from.packageId)
  const list = isEmptied(from, newest) ? newest : await emptied(ports, owner, from, newest)
  await ports.lists.forgetBefore(list.packageId, list.seq)
  for (const earlier of from.history) await retire(ports, { ...earlier, packageId: from.packageId }, 'shred')
  await retire(ports, from, 'shred')
  return takenBack('shred', list)
}

const isEmptied = (from: GrantList, newest: GrantList): boolean =>
  newest.recipientCount === 0 && newest.version === from.version

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
