/** Of the two twins of an ES256K signature, the one that the ledger takes. */
import { concat, fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'

/** Order of secp256k1, SEC 2 2.4.1. */
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const scalarBytes = 32

/** Whether s of r ‖ s is above half of the order of secp256k1; false where there are not 64 bytes. */
export function hasHighS(signature: Uint8Array): boolean {
  return signature.length === 2 * scalarBytes && toBigIntBE(signature.subarray(scalarBytes)) > order / 2n
}

/** A fresh copy with the low s; what is no signature is copied as it is. */
export function lowS(signature: Uint8Array): Uint8Array {
  if (!hasHighS(signature)) return Uint8Array.from(signature)
  const s = toBigIntBE(signature.subarray(scalarBytes))
  if (s >= order) return Uint8Array.from(signature)
  return concat(signature.subarray(0, scalarBytes), fromBigIntBE(order - s, scalarBytes))
}
