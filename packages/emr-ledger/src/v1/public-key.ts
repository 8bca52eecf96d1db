/** SubjectPublicKeyInfo (RFC 5480) of a doctor: the one form to use, and the forms that the seed reads. */
import { concat, equal } from '@chartseal/core/bytes'
import { DerReader, derTag, encodeDer } from '@chartseal/core/der'
import { ChartsealError } from '@chartseal/core/errors'
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { ledgerError } from '../errors.js'
import { curveByOid, ecPublicKeyOid, secp256k1Oid } from './curves.js'

/** A point that is on its curve, in uncompressed form (SEC 1 2.3.3). */
export interface PublicKey {
  readonly curve: ECDSA
  readonly point: Uint8Array
}

/** The 88-byte SubjectPublicKeyInfo of an uncompressed secp256k1 point of 65 bytes. */
export function encodePublicKey(point: Uint8Array): Uint8Array {
  const curve = encodeDer(
    derTag.sequence,
    encodeDer(derTag.objectId, ecPublicKeyOid),
    encodeDer(derTag.objectId, secp256k1Oid),
  )
  return encodeDer(derTag.sequence, curve, encodeDer(derTag.bitString, Uint8Array.of(0), point))
}

const strictPrefix = encodePublicKey(new Uint8Array(65)).subarray(0, 23)
const strictBytes = 88

/**
 * The one form of a secp256k1 key.
 * @throws ChartsealError `ledger/doctor-key-form`, `ledger/doctor-key`
 */
export function parseStrictPublicKey(der: Uint8Array): PublicKey {
  const uncompressed = der.length === strictBytes && der[strictPrefix.length] === 0x04
  if (!uncompressed || !equal(der.subarray(0, strictPrefix.length), strictPrefix)) {
    throw ledgerError('ledger/doctor-key-form', {})
  }
  return { curve: secp256k1, point: parsePoint(secp256k1, der.subarray(strictPrefix.length)) }
}

/**
 * What the seed reads: other curves, compressed and hybrid points, and bytes after the end.
 * @throws ChartsealError `ledger/doctor-key`, `ledger/unsupported-curve`
 */
export function parseSeedPublicKey(der: Uint8Array): PublicKey {
  const { oid, bits } = readDer(der)
  if (bits[0] !== 0) throw malformed('the bit string has unused bits')
  const curve = curveByOid(oid)
  return { curve, point: parsePoint(curve, bits.subarray(1)) }
}

function readDer(der: Uint8Array): { oid: Uint8Array; bits: Uint8Array } {
  try {
    const info = new DerReader(der).sequence()
    const algorithm = info.sequence()
    if (!equal(algorithm.read(derTag.objectId), ecPublicKeyOid)) throw malformed('not an elliptic curve key')
    const oid = algorithm.read(derTag.objectId)
    algorithm.end()
    const bits = info.read(derTag.bitString)
    info.end()
    return { oid, bits }
  } catch (error) {
    throw error instanceof ChartsealError && error.code === 'der/invalid' ? malformed('not DER') : error
  }
}

function parsePoint(curve: ECDSA, encoded: Uint8Array): Uint8Array {
  try {
    return curve.Point.fromBytes(withoutHybrid(encoded)).toBytes(false)
  } catch {
    throw malformed('not a point of the curve')
  }
}

/** X9.62 4.3.6 hybrid form: uncompressed, with the parity of y in the first byte. */
function withoutHybrid(encoded: Uint8Array): Uint8Array {
  const [first] = encoded
  if (first !== 0x06 && first !== 0x07) return encoded
  if (((encoded.at(-1) ?? 0) & 1) !== (first & 1)) throw malformed('a hybrid point with the wrong parity')
  return concat(Uint8Array.of(0x04), encoded.subarray(1))
}

function malformed(reason: string): ChartsealError {
  return ledgerError('ledger/doctor-key', { reason })
}
