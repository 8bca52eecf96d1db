/** WebCrypto, which answers later: many chunks are under way at once. */
import { ownBuffer } from '../bytes.js'
import type { MessageKeys } from './keys.js'
import { chunkBytes, chunkNonce, sealedChunkBytes } from './layout.js'
import type { RunPlatform } from './platform.js'
import {
  chunksIn,
  openedRunBytes,
  part,
  type Run,
  type RunCipher,
  sealedRunBytes,
  untilWiped,
} from './runs.js'

/** About 2 MiB in work, whatever the length of the stream. */
const runBlocks = 8
const atOnce = 16

export const runPlatform: RunPlatform = { runCipher: keys => untilWiped(runCipher(keys)) }

function runCipher(keys: MessageKeys): RunCipher {
  const key = importKey(keys.key)
  const algorithm = (chunk: number): AesGcmParams => ({
    name: 'AES-GCM',
    iv: ownBuffer(chunkNonce(keys.baseNonce, chunk)),
  })
  return {
    atOnce,
    chunksFrom: () => runBlocks,
    memory: (_, blockBytes) => new Uint8Array(runBlocks * blockBytes),

    async seal(run) {
      const output = new Uint8Array(sealedRunBytes(run))
      const parts = partsOf(run, chunkBytes)
      const sealed = parts.map(async (one, i) =>
        crypto.subtle.encrypt(algorithm(run.first + i), await key, one),
      )
      for (const [i, one] of (await Promise.all(sealed)).entries())
        output.set(new Uint8Array(one), i * sealedChunkBytes)
      return output
    },

    async open(run) {
      const output = new Uint8Array(openedRunBytes(run))
      const parts = partsOf(run, sealedChunkBytes)
      const opened = parts.map(async (one, i) =>
        crypto.subtle.decrypt(algorithm(run.first + i), await key, one),
      )
      try {
        for (const [i, one] of (await Promise.all(opened)).entries())
          output.set(new Uint8Array(one), i * chunkBytes)
        return output
      } catch {
        return null
      }
    },

    wipe: keys.wipe,
  }
}

/** Copies, as the caller may use its memory again, and WebCrypto wants buffers that nobody shares. */
function partsOf(run: Run, blockBytes: number): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: chunksIn(run, blockBytes) }, (_, i) =>
    ownBuffer(part(run.bytes, i, blockBytes)),
  )
}

function importKey(key: Uint8Array): Promise<CryptoKey> {
  const copy = ownBuffer(key)
  const imported = crypto.subtle.importKey('raw', copy, 'AES-GCM', false, ['encrypt', 'decrypt'])
  // WebCrypto has taken its own copy by the time the call returns.
  copy.fill(0)
  return imported
}
