/** Proof that whoever dispenses has the slip: docs/spec/ledger-v2.md, "Held by the slip". */
import { concat, fromBigIntLE } from '@chartseal/core/bytes'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { hmacSha256 } from '@chartseal/core/hkdf'
import type { DispenseClaims } from './claims.js'
import { hashBytes } from './fields.js'
import { verifySignature } from './member.js'

/** What a proof is about: it fits no other giving out, prescription or dispenser. */
export type Dispensing = Pick<
  DispenseClaims,
  'ledger' | 'prescription' | 'previous' | 'signer' | 'quantity' | 'salt'
>

const proofDomain = encodeUtf8('chartseal/ledger/v2/slip\0')
const keyLabel = encodeUtf8('slip\0')

/**
 * What `slip` of a prescription is: the Ed25519 public key whose secret is HMAC-SHA-256(rs, "slip" ‖ 0x00), 32 bytes.
 * @param rs 32 bytes
 * @throws RangeError for another length
 */
export function slipKeyOf(rs: Uint8Array): Uint8Array {
  using key = secretOf(rs)
  return verifyingKeyOf(key)
}

/** What `proof` of a dispensing is, 64 bytes. @param rs of the slip. @throws RangeError unless rs has 32 bytes */
export function proveSlip(rs: Uint8Array, dispensing: Dispensing): Uint8Array {
  using key = secretOf(rs)
  return sign(key, provenBytesOf(dispensing))
}

/** Whether whoever dispensed had the slip; judged by ZIP-215, as all signatures. */
export function hasSlip(slip: Uint8Array, dispensing: Dispensing, proof: Uint8Array): boolean {
  return verifySignature({ algorithm: 'Ed25519', publicKey: slip }, provenBytesOf(dispensing), proof)
}

function secretOf(rs: Uint8Array): SigningKey {
  if (rs.length !== hashBytes) throw new RangeError(`rs must have ${hashBytes} bytes`)
  const secret = hmacSha256(rs, keyLabel)
  try {
    return new SigningKey(secret)
  } finally {
    secret.fill(0)
  }
}

function provenBytesOf({ ledger, prescription, previous, signer, quantity, salt }: Dispensing): Uint8Array {
  return concat(proofDomain, ledger, prescription, previous, signer, fromBigIntLE(BigInt(quantity), 4), salt)
}
