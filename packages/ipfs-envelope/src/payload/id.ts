import { requireBytes } from '@chartseal/core/arguments'
import { concat, fromBigIntBE } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'

export const packageIdBytes = 16
export const maxVersion: number = 2 ** 32 - 1

/** Which payload this is: it opens as no other one. */
export interface PayloadId {
  /** 16 random bytes, the same for all versions of one package. */
  readonly packageId: Uint8Array
  /** Of the content key, from 1: each has a key of its own. */
  readonly version: number
}

const label = encodeUtf8('chartseal/envelope/v2')

/** What the encryption of a payload authenticates: label ‖ package id (16) ‖ u32be version. */
export function payloadContext(id: PayloadId): Uint8Array {
  requirePayloadId(id)
  return concat(label, id.packageId, versionBytes(id.version))
}

export const versionBytes = (version: number): Uint8Array => fromBigIntBE(BigInt(version), 4)

/** @throws TypeError, RangeError */
export function requirePayloadId({ packageId, version }: PayloadId): void {
  requireBytes('packageId', packageId)
  if (packageId.length !== packageIdBytes) throw new RangeError('packageId must have 16 bytes')
  if (!Number.isSafeInteger(version) || version < 1 || version > maxVersion)
    throw new RangeError('version must be an integer from 1 to 2^32 - 1')
}
