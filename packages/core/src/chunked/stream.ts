import { tagBytes } from '../aead.js'
import { concat } from '../bytes.js'
import type { AeadKey } from '../keys.js'
import type { Random } from '../ports.js'
import { systemRandom } from '../system.js'
import { BlockPipe, fill, type Output } from './block-pipe.js'
import { type ChunkCipher, chunkCipher } from './cipher.js'
import { deriveKeys, openKeys } from './keys.js'
import { chunkBytes, chunkedError, headerBytes, saltBytes, sealedChunkBytes } from './layout.js'

/** Bytes in pieces of any size; the pieces of the output are its own. */
export type ByteTransform = TransformStream<Uint8Array, Uint8Array>

/**
 * Seals a stream of any length; memory stays the same. The end of the input is the end of the message. A stream
 * that is given up midway keeps its derived keys until it is collected.
 */
export function sealStream(key: AeadKey, context: Uint8Array, random: Random = systemRandom): ByteTransform {
  const salt = random.bytes(saltBytes)
  const keys = deriveKeys(key, salt, context)
  const header = concat(salt, keys.commitment)
  const cipher = chunkCipher(keys)
  return pipeline(output => {
    output.enqueue(header)
    const pipe = new BlockPipe(chunkBytes, output, cipher.seal)
    return {
      write: piece => pipe.write(piece),
      finish: () => pipe.finish(cipher.seal),
      wipe: cipher.wipe,
    }
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
        return chunkCipher(openKeys(key, start.subarray(frontBytes), context))
      }),
  )
}

interface OpenBody {
  readonly cipher: ChunkCipher
  readonly pipe: BlockPipe
}

class Opener implements Stage {
  readonly #output: Output
  readonly #unlock: (start: Uint8Array) => Promise<ChunkCipher>
  readonly #start: Uint8Array
  #have = 0
  #body: OpenBody | null = null

  constructor(output: Output, startBytes: number, unlock: (start: Uint8Array) => Promise<ChunkCipher>) {
    this.#output = output
    this.#start = new Uint8Array(startBytes)
    this.#unlock = unlock
  }

  async write(piece: Uint8Array): Promise<void> {
    const taken = fill(this.#start, this.#have, piece)
    this.#have += taken
    if (this.#have < this.#start.length) return
    this.#body ??= await this.#begin()
    await this.#body.pipe.write(piece.subarray(taken))
  }

  async #begin(): Promise<OpenBody> {
    const cipher = await this.#unlock(this.#start)
    return { cipher, pipe: new BlockPipe(sealedChunkBytes, this.#output, cipher.open) }
  }

  async finish(): Promise<void> {
    if (this.#body === null) throw chunkedError('chunked/truncated', { stage: 'header' })
    const { cipher, pipe } = this.#body
    await pipe.finish((chunk, rest) => {
      if ((rest[0]?.length ?? 0) < tagBytes) throw chunkedError('chunked/truncated', { stage: 'last chunk' })
      return cipher.open(chunk, rest)
    })
  }

  wipe(): void {
    this.#body?.cipher.wipe()
  }
}

interface Stage {
  write(piece: Uint8Array): Promise<void>
  finish(): Promise<void>
  wipe(): void
}

function pipeline(begin: (output: Output) => Stage): ByteTransform {
  let stage: Stage
  const wipeAfterFailure = async (step: Promise<void>): Promise<void> => {
    try {
      await step
    } catch (error) {
      stage.wipe()
      throw error
    }
  }
  return new TransformStream<Uint8Array, Uint8Array>({
    start(output) {
      stage = begin(output)
    },
    transform: piece => wipeAfterFailure(stage.write(piece)),
    async flush() {
      await wipeAfterFailure(stage.finish())
      stage.wipe()
    },
  })
}
