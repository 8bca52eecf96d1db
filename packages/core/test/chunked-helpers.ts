import { concat } from '@chartseal/core/bytes'
import type { ByteTransform, RangeSource } from '@chartseal/core/chunked'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'

export const testKey: AeadKey = new AeadKey(Uint8Array.from({ length: 32 }, (_, i) => i + 1))
export const context: Uint8Array = Uint8Array.of(1, 2, 3)

/** Bytes in which no two chunks are alike. */
export function sample(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  for (let i = 0; i < sizeBytes; i++) bytes[i] = i * 31 + (i >> 8) * 17 + (i >> 14) * 101
  return bytes
}

export interface StreamResult {
  readonly bytes: Uint8Array
  /** `accepted`, or the code of the error that ended the stream. */
  readonly code: string
}

export const codeOfError = (error: unknown): string =>
  error instanceof ChartsealError ? error.code : `${error}`

/** Sends `pieces` through the stream and collects what comes out, also before an error. */
export async function through(stream: ByteTransform, pieces: readonly Uint8Array[]): Promise<StreamResult> {
  const received: Uint8Array[] = []
  const writing = writeAll(stream, pieces)
  try {
    for await (const piece of stream.readable) received.push(piece)
    await writing
    return { bytes: concat(...received), code: 'accepted' }
  } catch (error) {
    await writing.catch(() => {})
    return { bytes: concat(...received), code: codeOfError(error) }
  }
}

async function writeAll(stream: ByteTransform, pieces: readonly Uint8Array[]): Promise<void> {
  const writer = stream.writable.getWriter()
  writer.closed.catch(() => {})
  try {
    for (const piece of pieces) {
      const scratch = Uint8Array.from(piece)
      await writer.write(scratch)
      // A stream copies what it keeps.
      scratch.fill(0xee)
    }
    await writer.close()
  } finally {
    writer.releaseLock()
  }
}

/** `bytes` in pieces whose sizes repeat `sizes`. */
export function split(bytes: Uint8Array, ...sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

/** A store in memory that writes down what is read. */
export function memorySource(sealed: Uint8Array): RangeSource & { readonly reads: [number, number][] } {
  const reads: [number, number][] = []
  return {
    sizeBytes: sealed.length,
    reads,
    async read(from, to) {
      reads.push([from, to])
      return sealed.slice(from, to)
    },
  }
}
