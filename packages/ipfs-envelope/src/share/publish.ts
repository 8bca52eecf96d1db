/** A payload and the list that names it: both, or as far as possible neither. */
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import { isSameList, parseGrantList } from '../grants/codec.js'
import type { GrantList } from '../grants/list.js'
import { unwrapFor } from '../grants/open.js'
import type { RecordHeader } from '../payload/header.js'
import type { PayloadId } from '../payload/id.js'
import type { PayloadOptions } from '../payload/size.js'
import { storePayload } from '../payload/store.js'
import type { Identity, KeyHolder, Recipient } from '../recipients/recipient.js'
import { shareError } from './errors.js'
import type { PackagePorts } from './ports.js'

export interface Sealing extends PayloadOptions {
  readonly id: PayloadId
  readonly contentKey: AeadKey
  readonly header: RecordHeader
  readonly content: Uint8Array | AsyncIterable<Uint8Array>
}

/**
 * Stores the payload, makes its list and publishes that. A payload that no list can name any more is deleted, unless the
 * store refuses; one whose list may have been published is kept.
 * @throws as `storePayload`, `make` and the ports
 */
export async function publishPayload(
  ports: PackagePorts,
  { id, contentKey, header, content, padded = false }: Sealing,
  make: (cid: string) => Promise<GrantList>,
): Promise<GrantList> {
  const { blobs, random } = ports
  const cid = await storePayload(blobs, contentKey, id, header, content, { padded, random })
  const discard = (): Promise<void> => blobs.delete(cid).catch(() => undefined)
  const list = await make(cid).catch(async (error: unknown) => {
    await discard()
    throw error
  })
  try {
    await ports.lists.publish(list)
  } catch (error) {
    if (await isTooLate(ports, list)) await discard()
    throw error
  }
  return list
}

/** Whether another list has the number of this one. */
async function isTooLate({ lists }: PackagePorts, list: GrantList): Promise<boolean> {
  try {
    const bytes = await lists.latest(list.packageId)
    if (bytes === null) return false
    const newest = parseGrantList(bytes)
    return newest.seq === list.seq && !isSameList(newest, list)
  } catch {
    return false
  }
}

/** Before anything is done: the owner is among those who shall open it. @throws ChartsealError `share/owner-left-out` */
export function requireOwnAmong(recipients: readonly Recipient[], identity: Identity): void {
  const isOwn = ({ kem, keyHash }: KeyHolder & Pick<Identity, 'kem'>): boolean =>
    kem === identity.kem && equal(keyHash, identity.keyHash)
  if (!recipients.some(isOwn)) throw shareError('share/owner-left-out', {})
}

/** Before it is published: the list gives the owner the key that the payload has. @throws ChartsealError `share/owner-left-out` */
export async function requireOpens(list: GrantList, identity: Identity, contentKey: AeadKey): Promise<void> {
  using found = await unwrapFor(list, identity).catch((error: unknown) => {
    const isClosed = error instanceof ChartsealError && error.code === 'open/failed'
    throw isClosed ? shareError('share/owner-left-out', {}) : error
  })
  if (!equal(found.reveal(), contentKey.reveal())) throw shareError('share/owner-left-out', {})
}
