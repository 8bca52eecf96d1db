/** Frames on a byte stream: u32 big-endian length ‖ body. */
import { concat, fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { sessionError } from '../errors.js'

const prefixBytes = 4

/** Largest body that a doctor sends, and that a patient sends. */
export const maxDoctorFrameBytes = 65_536
export const maxPatientFrameBytes = 4096

/** The body with its length in front. */
export function frameOf(body: Uint8Array): Uint8Array {
  return concat(fromBigIntBE(BigInt(body.length), prefixBytes), body)
}

/** Cuts a stream into bodies, however it was split into reads. */
export class FrameReader {
  readonly #limitBytes: number
  #chunks: Uint8Array[] = []
  #size = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /**
   * Takes the next bytes and gives every body that they complete. After an error the stream is lost.
   * @throws ChartsealError `session/frame-too-large` as soon as the length is known
   */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    this.#chunks.push(Uint8Array.from(chunk))
    this.#size += chunk.length
    const bodies: Uint8Array[] = []
    for (let body = this.#next(); body !== null; body = this.#next()) bodies.push(body)
    return bodies
  }

  #next(): Uint8Array | null {
    if (this.#size < prefixBytes) return null
    const sizeBytes = Number(toBigIntBE(this.#peek(prefixBytes)))
    if (sizeBytes > this.#limitBytes) {
      throw sessionError('session/frame-too-large', { sizeBytes, limitBytes: this.#limitBytes })
    }
    if (this.#size < prefixBytes + sizeBytes) return null
    const frame = this.#peek(prefixBytes + sizeBytes)
    this.#drop(frame.length)
    return frame.slice(prefixBytes)
  }

  /** The first bytes; joins chunks only where one alone is too short. */
  #peek(sizeBytes: number): Uint8Array {
    const [first] = this.#chunks
    if (first !== undefined && first.length >= sizeBytes) return first.subarray(0, sizeBytes)
    const whole = concat(...this.#chunks)
    this.#chunks = [whole]
    return whole.subarray(0, sizeBytes)
  }

  #drop(sizeBytes: number): void {
    const [first = new Uint8Array()] = this.#chunks
    this.#chunks[0] = first.subarray(sizeBytes)
    this.#size -= sizeBytes
  }
}
