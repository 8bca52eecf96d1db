import { platform } from '#platform'
import { tagBytes } from '../aead.js'
import { concat } from '../bytes.js'
import { coreError } from '../errors.js'
import type { AeadKey } from '../keys.js'
import type { Random } from '../ports.js'
import { systemRandom } from '../system.js'
import { deriveKeys, type MessageKeys, openKeys } from './keys.js'
import {
  chunkBytes,
  chunkNonce,
  headerBytes,
  plaintextSizeBytes,
  saltBytes,
  sealedChunkBytes,
  sealedSizeBytes,
} from './layout.js'

/** Seals a value in memory; `context` (may be empty) is authenticated and not in the result. */
export function sealBytes(
  key: AeadKey,
  plaintext: Uint8Array,
  context: Uint8Array,
  random: Random = systemRandom,
): Uint8Array {
  const salt = random.bytes(saltBytes)
  const keys = deriveKeys(key, salt, context)
  try {
    return sealChunks(keys, concat(salt, keys.commitment), plaintext)
  } finally {
    keys.wipe()
  }
}

function sealChunks(keys: MessageKeys, header: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(sealedSizeBytes(plaintext.length))
  sealed.set(header)
  const gcm = platform.syncGcm(keys.key)
  const chunks = Math.floor(plaintext.length / chunkBytes) + 1
  for (let chunk = 0; chunk < chunks; chunk++) {
    const part = plaintext.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes)
    const at = headerBytes + chunk * sealedChunkBytes
    const nonce = chunkNonce(keys.baseNonce, chunk)
    gcm.seal(nonce, part, sealed.subarray(at, at + part.length + tagBytes))
  }
  return sealed
}

/**
 * Opens a whole message in memory: everything or nothing.
 * @throws ChartsealError `chunked/truncated` or `chunked/too-long` for a length that no message has;
 * `open/failed` for a wrong key, another context, or a message that was changed
 */
export function openBytes(key: AeadKey, sealed: Uint8Array, context: Uint8Array): Uint8Array {
  const plaintext = new Uint8Array(plaintextSizeBytes(sealed.length))
  const keys = openKeys(key, sealed.subarray(0, headerBytes), context)
  try {
    openChunks(keys, sealed.subarray(headerBytes), plaintext)
    return plaintext
  } finally {
    keys.wipe()
  }
}

function openChunks(keys: MessageKeys, body: Uint8Array, plaintext: Uint8Array): void {
  const gcm = platform.syncGcm(keys.key)
  for (let chunk = 0; chunk * sealedChunkBytes < body.length; chunk++) {
    const part = body.subarray(chunk * sealedChunkBytes, (chunk + 1) * sealedChunkBytes)
    const output = plaintext.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes)
    if (!gcm.open(chunkNonce(keys.baseNonce, chunk), part, output)) {
      plaintext.fill(0)
      throw coreError('open/failed', {})
    }
  }
}
