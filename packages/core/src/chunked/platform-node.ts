/**
 * OpenSSL at once, which is faster than a thread pool for every 16 KiB. Behind the first 32 MiB a second thread takes
 * runs as well: its memory is shared, so that it works where they are.
 */
import { createSecretKey } from 'node:crypto'
import { gcmOf } from '../platform-node.js'
import type { MessageKeys } from './keys.js'
import { sealedChunkBytes } from './layout.js'
import type { RunPlatform } from './platform.js'
import {
  inPlace,
  openedRunBytes,
  openRun,
  type Run,
  type RunCipher,
  sealedRunBytes,
  sealRun,
  untilWiped,
} from './runs.js'
import { type RunKind, secondThread } from './second-thread-node.js'

const shortRunChunks = 8
const longRunChunks = 32
/** Starting a thread takes as long as sealing some ten MiB. */
const secondThreadFrom = 2 * 1024

export const runPlatform: RunPlatform = { runCipher: keys => untilWiped(runCipher(keys)) }

const chunksFrom = (first: number): number => (first < secondThreadFrom ? shortRunChunks : longRunChunks)

function runCipher(keys: MessageKeys): RunCipher {
  const { baseNonce } = keys
  const key = createSecretKey(keys.key)
  const gcm = gcmOf(key)
  const elsewhere = (kind: RunKind, run: Run): Promise<boolean> | null =>
    run.bytes.buffer instanceof ArrayBuffer
      ? null
      : (secondThread()?.work({ kind, key, baseNonce, run }) ?? null)
  return {
    atOnce: 5,

    chunksFrom,

    memory(first, blockBytes) {
      const sizeBytes = chunksFrom(first) * blockBytes
      if (first < secondThreadFrom) return new Uint8Array(sizeBytes)
      return new Uint8Array(new SharedArrayBuffer(chunksFrom(first) * sealedChunkBytes), 0, sizeBytes)
    },

    seal(run) {
      const sealed = elsewhere('seal', run)
      if (sealed !== null) return sealed.then(() => inPlace(run, sealedRunBytes(run)).slice())
      const output = new Uint8Array(sealedRunBytes(run))
      sealRun(gcm, baseNonce, run, output)
      return output
    },

    open(run) {
      const opened = elsewhere('open', run)
      if (opened !== null)
        return opened.then(isWhole => (isWhole ? inPlace(run, openedRunBytes(run)).slice() : null))
      const output = new Uint8Array(openedRunBytes(run))
      return openRun(gcm, baseNonce, run, output) ? output : null
    },

    wipe: keys.wipe,
  }
}
