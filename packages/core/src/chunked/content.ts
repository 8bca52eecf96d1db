/** Content whose size is known, with what its format puts before and behind it, sealed as one message. */
import type { AeadKey } from '../keys.js'
import type { Random } from '../ports.js'
import { systemRandom } from '../system.js'
import type { ByteTransform, Stage } from './pipeline.js'
import { sealing } from './stream.js'

export interface ContentFrame {
  /** In clear, before the message; empty when left out. Nothing vouches for it unless the context holds it. */
  readonly head?: Uint8Array
  /** Sealed, before the content. */
  readonly front: Uint8Array
  /** Of the content. */
  readonly sizeBytes: number
  /** Sealed, behind the content, once that has come to its end; only to be read. */
  behind(): Iterable<Uint8Array>
}

/**
 * Seals content that comes as a stream, in memory that stays the same. More or less of it than `sizeBytes` fails the
 * stream with a RangeError, and nothing of what came out is a message. Each piece was copied by the time that its write
 * resolves, so that the writer may use its memory again.
 * @throws ChartsealError `key/wiped`
 */
export function sealContent(
  key: AeadKey,
  context: Uint8Array,
  frame: ContentFrame,
  random: Random = systemRandom,
): ByteTransform {
  return sealing(key, context, random, body => new Framed(frame, body), frame.head)
}

class Framed implements Stage {
  readonly #frame: ContentFrame
  readonly #body: Stage
  #hasBegun = false
  #left: number

  constructor(frame: ContentFrame, body: Stage) {
    this.#frame = frame
    this.#body = body
    this.#left = frame.sizeBytes
  }

  async write(piece: Uint8Array): Promise<void> {
    if (piece.length > this.#left) throw this.#otherSize('more')
    this.#left -= piece.length
    await this.#begin()
    await this.#body.write(piece)
  }

  async finish(): Promise<void> {
    if (this.#left > 0) throw this.#otherSize('fewer')
    await this.#begin()
    for (const piece of this.#frame.behind()) await this.#body.write(piece)
    await this.#body.finish()
  }

  wipe(): void {
    this.#body.wipe()
  }

  async #begin(): Promise<void> {
    if (this.#hasBegun) return
    this.#hasBegun = true
    await this.#body.write(this.#frame.front)
  }

  #otherSize(found: 'more' | 'fewer'): RangeError {
    return new RangeError(`the content must have ${this.#frame.sizeBytes} bytes, and has ${found}`)
  }
}
