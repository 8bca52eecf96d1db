import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

const outputBytes = 32
const noSalt = new Uint8Array(0)

/** HKDF-SHA256 (RFC 5869), extract and expand; info = label ‖ parts. The caller wipes the 32 bytes. */
export function hkdf32(
  ikm: Uint8Array,
  label: string,
  parts: readonly Uint8Array[] = [],
  salt: Uint8Array = noSalt,
): Uint8Array {
  return hkdf(sha256, ikm, salt, concat(encodeUtf8(label), ...parts), outputBytes)
}
