import { Buffer } from 'node:buffer'
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Ecdsa, EcdsaCurve } from './platform.js'

export const ecdsa: Ecdsa = {
  verifier(curve, point) {
    const key = publicKeyOf(curve, point)
    if (key === null) return null
    const rAndS = { key, dsaEncoding: 'ieee-p1363' } as const
    return { verifySha256: (message, signature) => verify('sha256', message, rAndS, signature) }
  },
}

/** As JWK (RFC 7518 6.2.1), which is imported faster than DER; `null` for what is not a point of the curve. */
function publicKeyOf(crv: EcdsaCurve, point: Uint8Array): KeyObject | null {
  const key = { kty: 'EC', crv, x: base64Url(point.subarray(1, 33)), y: base64Url(point.subarray(33)) }
  try {
    return createPublicKey({ format: 'jwk', key })
  } catch {
    return null
  }
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}
