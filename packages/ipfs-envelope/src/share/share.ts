/** A record becomes a package, and more people may read it: over ports, so that each step may be done again. */
import { coreError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import { isSameList, parseGrantList } from '../grants/codec.js'
import { type EarlierVersion, openHistory } from '../grants/history.js'
import type { GrantList, GrantTerms } from '../grants/list.js'
import {
  firstGrants,
  grantsAnew,
  grantsWith,
  requireFirstGrants,
  requireNextVersion,
} from '../grants/next.js'
import { isGranted, type OpenGrantOptions, openGrant, unwrapFor } from '../grants/open.js'
import type { Owner } from '../grants/sign.js'
import type { RecordHeader } from '../payload/header.js'
import { packageIdBytes } from '../payload/id.js'
import type { PayloadOptions } from '../payload/size.js'
import { type ReadPayload, readPayload } from '../payload/store.js'
import type { Identity, Recipient } from '../recipients/recipient.js'
import { shareError } from './errors.js'
import type { PackagePorts } from './ports.js'
import { publishPayload, requireOpens, requireOwnAmong } from './publish.js'

export interface ShareRequest extends PayloadOptions {
  readonly header: RecordHeader
  readonly content: Uint8Array | AsyncIterable<Uint8Array>
  /** The owner's own recipient among them, or nobody can grant later on. */
  readonly recipients: readonly Recipient[]
  /** The owner's own, where it is at hand: the list is tried with it before it is published. */
  readonly identity?: Identity
  readonly terms?: GrantTerms
}

/**
 * Seals a record, stores its payload and publishes the first list of a new package. What no list can say is refused before
 * the payload is stored. When it fails, nothing is shared, but for a list whose publication failed after it was durable:
 * ask for another package then.
 * @throws ChartsealError `share/nobody-opens`, `share/owner-left-out`, as `storePayload` and `firstGrants`, and what the
 * ports give
 */
export async function shareRecord(
  ports: PackagePorts,
  owner: Owner,
  request: ShareRequest,
): Promise<GrantList> {
  const { random } = ports
  const { recipients, identity, terms } = request
  const id = { packageId: random.bytes(packageIdBytes), version: 1 }
  const options = terms === undefined ? { random } : { random, terms }
  if (recipients.length === 0) throw shareError('share/nobody-opens', {})
  if (identity !== undefined) requireOwnAmong(recipients, identity)
  requireFirstGrants(owner, id, recipients, options)
  using contentKey = AeadKey.generate(random)
  return await publishPayload(ports, { ...request, id, contentKey }, async cid => {
    const list = await firstGrants(owner, { ...id, cid, contentKey }, recipients, options)
    if (identity !== undefined) await requireOpens(list, identity, contentKey)
    return list
  })
}

/** The newest list of a package. @throws ChartsealError `share/unknown-package`, `grants/…` */
export async function latestList(
  { lists }: Pick<PackagePorts, 'lists'>,
  packageId: Uint8Array,
): Promise<GrantList> {
  const bytes = await lists.latest(packageId)
  if (bytes === null) throw shareError('share/unknown-package', {})
  return parseGrantList(bytes)
}

/**
 * Grants access to more people. Whoever has it already, by `isGranted`, is passed over, so that it may be asked again
 * after a failure; the list is the newest one when nobody is left.
 * @throws ChartsealError `share/unknown-package`, `open/failed` unless `identity`, the owner's, is among the recipients,
 * and as `grantsWith`
 */
export async function grantAccess(
  ports: PackagePorts,
  owner: Owner,
  identity: Identity,
  packageId: Uint8Array,
  recipients: readonly Recipient[],
): Promise<GrantList> {
  const list = await latestList(ports, packageId)
  const fresh = recipients.filter(recipient => !isGranted(list, recipient))
  if (fresh.length === 0) return list
  using contentKey = await unwrapFor(list, identity)
  const next = await grantsWith(owner, list, contentKey, fresh, ports)
  await ports.lists.publish(next)
  return next
}

export interface VersionRequest extends Omit<ShareRequest, 'identity' | 'terms'> {
  /** Whether newcomers may read the versions before, too. */
  readonly history: boolean
}

/**
 * Publishes another content of the record under a key of its own, beside the one before. Once it is published, the same
 * request is refused.
 * @param identity the owner's own, which must open the new list
 * @throws ChartsealError `share/changed-meanwhile`, `share/owner-left-out`, and as {@link grantAccess} and `grantsAnew`
 */
export async function publishVersion(
  ports: PackagePorts,
  owner: Owner,
  identity: Identity,
  from: GrantList,
  request: VersionRequest,
): Promise<GrantList> {
  refuseOther(from, await latestList(ports, from.packageId))
  const { random } = ports
  const { recipients } = request
  const id = { packageId: from.packageId, version: from.version + 1 }
  requireOwnAmong(recipients, identity)
  requireNextVersion(owner, from, recipients)
  using contentKey = AeadKey.generate(random)
  const earlier = request.history ? await versionsBefore(from, identity) : []
  try {
    return await publishPayload(ports, { ...request, id, contentKey }, async cid => {
      const payload = { ...id, cid, contentKey }
      const next = await grantsAnew(owner, from, payload, recipients, { random, history: earlier })
      await requireOpens(next, identity, contentKey)
      return next
    })
  } finally {
    for (const version of earlier) version.contentKey.wipe()
  }
}

/** What was decided on one list is not done to another. @throws ChartsealError `share/changed-meanwhile` */
export function refuseOther(from: GrantList, newest: GrantList): void {
  if (!isSameList(from, newest))
    throw shareError('share/changed-meanwhile', { seq: from.seq, newestSeq: newest.seq })
}

/** The version of a list and those of its history; the caller wipes the keys. @throws ChartsealError `open/failed` */
async function versionsBefore(list: GrantList, identity: Identity): Promise<readonly EarlierVersion[]> {
  const contentKey = await unwrapFor(list, identity)
  const { version, payloadCid } = list
  return [...openHistory(list, contentKey), { version, payloadCid, contentKey }]
}

/**
 * Reads a record as one of its recipients. `version` is one of the history, or the list's own.
 * @throws ChartsealError as `openGrant` and `readPayload`; `open/failed` also for a version that the list gives no key for
 */
export async function readRecord(
  { blobs }: Pick<PackagePorts, 'blobs'>,
  list: GrantList,
  identity: Identity,
  options: OpenGrantOptions & { readonly version?: number },
): Promise<ReadPayload> {
  using contentKey = await openGrant(list, identity, options)
  const { packageId, version } = list
  const wanted = options.version ?? version
  if (wanted === version) return await readPayload(blobs, contentKey, { packageId, version }, list.payloadCid)
  const history = openHistory(list, contentKey)
  try {
    const earlier = history.find(one => one.version === wanted)
    if (earlier === undefined) throw coreError('open/failed', {})
    return await readPayload(blobs, earlier.contentKey, { packageId, version: wanted }, earlier.payloadCid)
  } finally {
    for (const one of history) one.contentKey.wipe()
  }
}
