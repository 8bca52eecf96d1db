/** The curves that records of the seed can be verified on, by the object id in the public key. */
import type { EcdsaCurve } from '@chartseal/core/ecdsa'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { ledgerError } from '../errors.js'

/** id-ecPublicKey, RFC 5480 2.1.1. */
export const ecPublicKeyOid: Uint8Array = decodeHex('2a8648ce3d0201')
/** secp256k1, SEC 2 A.2. */
export const secp256k1Oid: Uint8Array = decodeHex('2b8104000a')

const curves: ReadonlyMap<string, ECDSA> = new Map([
  [encodeHex(secp256k1Oid), secp256k1],
  ['2a8648ce3d030107', p256],
  ['2b81040022', p384],
  ['2b81040023', p521],
])

/** Those on which core verifies with what the platform has; the others, which no record of the seed uses, are noble's. */
export const platformCurves: ReadonlyMap<ECDSA, EcdsaCurve> = new Map<ECDSA, EcdsaCurve>([
  [secp256k1, 'secp256k1'],
  [p256, 'P-256'],
])

/** @throws ChartsealError `ledger/unsupported-curve` */
export function curveByOid(oid: Uint8Array): ECDSA {
  const curve = curves.get(encodeHex(oid))
  if (curve === undefined) throw ledgerError('ledger/unsupported-curve', { oid: encodeHex(oid) })
  return curve
}
