/** The DER of secp256k1 private keys. Results are views into `der`; the caller wipes that. */
import { equal } from '@chartseal/core/bytes'
import { DerReader, derTag } from '@chartseal/core/der'
import { ledgerError } from '../errors.js'
import { ecPublicKeyOid, secp256k1Oid } from './curves.js'

export interface PrivateKeyParts {
  /** 32 bytes, big-endian. */
  readonly scalar: Uint8Array
  /** The public point beside it, if any. */
  readonly point: Uint8Array | null
}

const curveTag = 0xa0
const pointTag = 0xa1

/** OneAsymmetricKey version 0, RFC 5958 2. @throws ChartsealError `ledger/private-key`, `der/invalid` */
export function readPkcs8(der: Uint8Array): PrivateKeyParts {
  const whole = new DerReader(der)
  const key = whole.sequence()
  whole.end()
  if (key.unsigned() !== 0n) throw refused('an unknown version')
  const algorithm = key.sequence()
  if (!equal(algorithm.read(derTag.objectId), ecPublicKeyOid)) throw refused('not an elliptic curve key')
  checkCurve(algorithm)
  const inner = key.read(derTag.octetString)
  key.end()
  return readEcPrivateKey(inner, 'optional')
}

/** A stand-alone ECPrivateKey names its curve. @throws ChartsealError `ledger/private-key`, `der/invalid` */
export function readSec1(der: Uint8Array): PrivateKeyParts {
  return readEcPrivateKey(der, 'required')
}

// SEC 1 C.4 and RFC 5915 3.
function readEcPrivateKey(der: Uint8Array, curve: 'required' | 'optional'): PrivateKeyParts {
  const whole = new DerReader(der)
  const key = whole.sequence()
  whole.end()
  if (key.unsigned() !== 1n) throw refused('an unknown version')
  const scalar = key.read(derTag.octetString)
  if (scalar.length !== 32) throw refused('the number must have 32 bytes')
  if (key.peek() === curveTag) checkCurve(new DerReader(key.read(curveTag)))
  else if (curve === 'required') throw refused('it must name its curve')
  const point = key.peek() === pointTag ? readPoint(new DerReader(key.read(pointTag))) : null
  key.end()
  return { scalar, point }
}

function checkCurve(parameters: DerReader): void {
  if (!equal(parameters.read(derTag.objectId), secp256k1Oid)) throw refused('another curve than secp256k1')
  parameters.end()
}

function readPoint(reader: DerReader): Uint8Array {
  const bits = reader.read(derTag.bitString)
  reader.end()
  if (bits[0] !== 0) throw refused('the bit string has unused bits')
  return bits.subarray(1)
}

function refused(reason: string): Error {
  return ledgerError('ledger/private-key', { reason })
}
