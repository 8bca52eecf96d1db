import { equal } from '@chartseal/core/bytes'
import { plaintextSizeBytes } from '@chartseal/core/chunked'
import type { BlobStore } from '@chartseal/core/ports'
import type { GrantList } from '../grants/list.js'
import type { VerifyCapability } from './capability.js'
import { capabilityError } from './errors.js'

/** A payload that is whole: every block of it was there and hashed to its CID. */
export interface VerifiedPayload {
  readonly sealedBytes: number
}

/**
 * Reads all of a payload without opening it. Says nothing of what is in it, nor that other copies exist.
 * @throws ChartsealError as the store gives for what is missing or changed, and `chunked/truncated`, `chunked/too-long`
 * for a length that no payload has
 */
export async function verifyPayload(
  blobs: BlobStore,
  { payloadCid }: Pick<VerifyCapability, 'payloadCid'>,
): Promise<VerifiedPayload> {
  let sealedBytes = 0
  for await (const part of blobs.get(payloadCid)) sealedBytes += part.length
  plaintextSizeBytes(sealedBytes)
  return { sealedBytes }
}

/** Whether a list that was parsed is about this payload and of this owner. @throws ChartsealError `capability/other-payload` */
export function requireSamePayload(capability: VerifyCapability, list: GrantList): void {
  const isSame =
    equal(capability.owner, list.owner) &&
    equal(capability.packageId, list.packageId) &&
    capability.version === list.version &&
    capability.payloadCid === list.payloadCid
  if (!isSame) throw capabilityError('capability/other-payload', {})
}
