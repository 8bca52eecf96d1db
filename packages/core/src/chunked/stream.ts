import { runPlatform } from '#chunk-runs'
import { tagBytes } from '../aead.js'
import { concat } from '../bytes.js'
import type { AeadKey } from '../keys.js'
import type { Random } from '../ports.js'
import { systemRandom } from '../system.js'
import { deriveKeys, openKeys } from './keys.js'
import { chunkBytes, chunkedError, headerBytes, saltBytes, sealedChunkBytes } from './layout.js'
import { type ByteTransform, pipeline, type Stage } from './pipeline.js'
import { fill, type Output, RunPipe } from './run-pipe.js'
import { openedOrThrow, type RunCipher } from './runs.js'

export type { ByteTransform } from './pipeline.js'

/**
 * Seals a stream of any length; memory stays the same. The end of the input is the end of the message. A stream
 * that is neither ended nor cancelled keeps its derived keys until it is collected.
 */
export function sealStream(key: AeadKey, context: Uint8Array, random: Random = systemRandom): ByteTransform {
  return sealing(key, context, random, body => body)
}

/** @internal Bytes in clear, the header of a message, and what `around` gives to its body. */
export function sealing(
  key: AeadKey,
  context: Uint8Array,
  random: Random,
  around: (body: Stage) => Stage,
  head: Uint8Array = new Uint8Array(0),
): ByteTransform {
  const salt = random.bytes(saltBytes)
  const keys = deriveKeys(key, salt, context)
  const start = concat(head, salt, keys.commitment)
  const cipher = runPlatform.runCipher(keys)
  return pipeline(output => {
    output.enqueue(start)
    return around(new RunPipe(chunkBytes, output, cipher, run => cipher.seal(run)))
  })
}

/**
 * Opens a stream; memory stays the same. What comes out was authenticated, but only a stream that ends without an
 * error was the whole message.
 *
 * The stream fails with `chunked/truncated` when the end is missing, `open/failed` for a wrong key, another
 * context or a chunk that was changed, moved or added.
 */
export function openStream(key: AeadKey, context: Uint8Array): ByteTransform {
  return openStreamBehind(0, () => ({ key, context }))
}

/** How a stream opens. The key stays the caller's and is used before anything else happens. */
export interface Unlocked {
  readonly key: AeadKey
  readonly context: Uint8Array
}

/**
 * Opens a stream behind `frontBytes` in clear, from which `unlock` finds key and context. Nothing vouches
 * for those bytes unless the context holds them. What `unlock` throws is what the stream fails with.
 */
export function openStreamBehind(
  frontBytes: number,
  unlock: (front: Uint8Array) => Unlocked | Promise<Unlocked>,
): ByteTransform {
  return pipeline(
    output =>
      new Opener(output, frontBytes + headerBytes, async start => {
        const { key, context } = await unlock(start.slice(0, frontBytes))
        return runPlatform.runCipher(openKeys(key, start.subarray(frontBytes), context))
      }),
  )
}

class Opener implements Stage {
  readonly #output: Output
  readonly #unlock: (start: Uint8Array) => Promise<RunCipher>
  readonly #start: Uint8Array
  #have = 0
  #body: RunPipe | null = null
  #isWiped = false

  constructor(output: Output, startBytes: number, unlock: (start: Uint8Array) => Promise<RunCipher>) {
    this.#output = output
    this.#start = new Uint8Array(startBytes)
    this.#unlock = unlock
  }

  async write(piece: Uint8Array): Promise<void> {
    const taken = fill(this.#start, this.#have, piece)
    this.#have += taken
    if (this.#have < this.#start.length) return
    this.#body ??= await this.#begin()
    await this.#body.write(piece.subarray(taken))
  }

  async #begin(): Promise<RunPipe> {
    const cipher = await this.#unlock(this.#start)
    const body = new RunPipe(sealedChunkBytes, this.#output, cipher, run => {
      if (run.isLast && run.bytes.length < tagBytes)
        throw chunkedError('chunked/truncated', { stage: 'last chunk' })
      return openedOrThrow(cipher.open(run))
    })
    if (this.#isWiped) body.wipe()
    return body
  }

  async finish(): Promise<void> {
    if (this.#body === null) throw chunkedError('chunked/truncated', { stage: 'header' })
    await this.#body.finish()
  }

  /** Before the keys are there as well: they are wiped when they come. */
  wipe(): void {
    this.#isWiped = true
    this.#body?.wipe()
  }
}
