/// <reference lib="esnext.disposable" preserve="true" />
/** A doctor's secp256k1 key: PKCS#8 (RFC 5958) and SEC 1 C.4 "EC PRIVATE KEY", in PEM. */

import { requireText } from '@chartseal/core/arguments'
import { concat } from '@chartseal/core/bytes'
import { decodePem, derTag, encodeDer, encodePem } from '@chartseal/core/der'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { ledgerError } from '../errors.js'
import { ecPublicKeyOid, secp256k1Oid } from './curves.js'
import { readPkcs8, readSec1 } from './private-key.js'
import { encodePublicKey } from './public-key.js'
import { hashKey } from './record.js'

const scalarBytes = 32

export class DoctorKey {
  readonly #secret: SecretBytes
  readonly #publicKey: Uint8Array

  private constructor(scalar: Uint8Array) {
    this.#secret = new SecretBytes(scalar)
    this.#publicKey = encodePublicKey(secp256k1.getPublicKey(scalar, false))
  }

  static generate(random: Random = systemRandom): DoctorKey {
    for (;;) {
      const scalar = random.bytes(scalarBytes)
      try {
        if (secp256k1.utils.isValidSecretKey(scalar)) return new DoctorKey(scalar)
      } finally {
        scalar.fill(0)
      }
    }
  }

  /**
   * Reads an unencrypted PEM of either form; a public key inside must be the one of the private key.
   * @throws ChartsealError `ledger/private-key`, `der/invalid`, `encoding/invalid`
   */
  static parse(pem: string): DoctorKey {
    requireText('pem', pem)
    const { label, der } = decodePem(pem)
    try {
      return DoctorKey.fromScalar(scalarOf(label, der))
    } finally {
      der.fill(0)
    }
  }

  private static fromScalar({ scalar, point }: { scalar: Uint8Array; point: Uint8Array | null }): DoctorKey {
    if (!secp256k1.utils.isValidSecretKey(scalar)) throw refused('the number is out of range')
    const key = new DoctorKey(scalar)
    if (point !== null && !samePoint(point, key)) throw refused('the public key inside is another one')
    return key
  }

  /** DER SubjectPublicKeyInfo, 88 bytes; a fresh copy. */
  get publicKey(): Uint8Array {
    return Uint8Array.from(this.#publicKey)
  }

  /** SHA-1 of the public key, 20 bytes. */
  get doctorHash(): Uint8Array {
    return hashKey(this.#publicKey)
  }

  /** Low-s ECDSA with the nonce of RFC 6979, in DER. @throws ChartsealError `key/wiped` */
  signDigest(digest: Uint8Array): Uint8Array {
    return secp256k1.sign(digest, this.#secret.reveal(), { prehash: false, lowS: true, format: 'der' })
  }

  /** Unencrypted PKCS#8 PEM: the private key in clear. @throws ChartsealError `key/wiped` */
  toPem(): string {
    const point = this.#publicKey.subarray(-65)
    const inner = encodeDer(
      derTag.sequence,
      encodeDer(derTag.integer, Uint8Array.of(1)),
      encodeDer(derTag.octetString, this.#secret.reveal()),
      encodeDer(0xa1, encodeDer(derTag.bitString, Uint8Array.of(0), point)),
    )
    const algorithm = concat(
      encodeDer(derTag.objectId, ecPublicKeyOid),
      encodeDer(derTag.objectId, secp256k1Oid),
    )
    const der = encodeDer(
      derTag.sequence,
      encodeDer(derTag.integer, Uint8Array.of(0)),
      encodeDer(derTag.sequence, algorithm),
      encodeDer(derTag.octetString, inner),
    )
    return encodePem('PRIVATE KEY', der)
  }

  wipe(): void {
    this.#secret.wipe()
  }

  [Symbol.dispose](): void {
    this.wipe()
  }
}

function scalarOf(label: string, der: Uint8Array): { scalar: Uint8Array; point: Uint8Array | null } {
  if (label === 'PRIVATE KEY') return readPkcs8(der)
  if (label === 'EC PRIVATE KEY') return readSec1(der)
  throw refused(label === 'ENCRYPTED PRIVATE KEY' ? 'it is encrypted' : 'not a private key')
}

function samePoint(point: Uint8Array, key: DoctorKey): boolean {
  try {
    const uncompressed = secp256k1.Point.fromBytes(point).toBytes(false)
    return uncompressed.every((byte, i) => byte === key.publicKey[23 + i])
  } catch {
    return false
  }
}

function refused(reason: string): Error {
  return ledgerError('ledger/private-key', { reason })
}
