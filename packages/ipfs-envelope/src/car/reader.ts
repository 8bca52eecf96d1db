/** The decoder of `@ipld/car`, kept from what a hostile CAR makes it do. */
import type { RangeSource } from '@chartseal/core/chunked'
import { ChartsealError } from '@chartseal/core/errors'
import { asyncIterableReader } from '@ipld/car/decoder'
import { storeError } from '../stores/errors.js'

export type BytesReader = ReturnType<typeof asyncIterableReader>

/** A block of 2 MiB, the longest, and its CID; a header has fewer. */
const maxStepBytes = 2_097_152 + 1024

/**
 * Goes forward only, and never asks for more than a block: the decoder believes the lengths it reads, and would collect
 * gigabytes, or step back and begin again.
 */
function guardedReader(reader: BytesReader): BytesReader {
  const expectStep = (bytes: number): void => {
    if (!(bytes >= 0 && bytes <= maxStepBytes)) throw invalid('a length that no block has')
  }
  return {
    upTo: bytes => reader.upTo(bytes),
    async exactly(bytes, seek) {
      expectStep(bytes)
      return reader.exactly(bytes, seek)
    },
    seek(bytes) {
      expectStep(bytes)
      reader.seek(bytes)
    },
    get pos() {
      return reader.pos
    },
  }
}

export function streamReader(pieces: AsyncIterable<Uint8Array>): BytesReader {
  return guardedReader(asyncIterableReader(marked(pieces)))
}

/** What failed is where the CAR comes from, and not the CAR. */
class SourceFailure extends Error {
  constructor(cause: unknown) {
    super('the source failed', { cause })
  }
}

async function* marked(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces
  } catch (error) {
    throw new SourceFailure(error)
  }
}

const windowBytes = 16_384

/** Reads where it is asked to and nothing between. */
export function sourceReader(source: RangeSource): BytesReader {
  let pos = 0
  let window = { from: 0, bytes: new Uint8Array(0) }
  const upTo = async (count: number): Promise<Uint8Array> => {
    const end = Math.min(pos + count, source.sizeBytes)
    if (pos >= end) return new Uint8Array(0)
    if (pos < window.from || end > window.from + window.bytes.length) {
      const to = Math.min(Math.max(end, pos + windowBytes), source.sizeBytes)
      window = { from: pos, bytes: Uint8Array.from(await readFrom(source, pos, to)) }
    }
    return window.bytes.subarray(pos - window.from, end - window.from)
  }
  return guardedReader({
    upTo,
    async exactly(count, seek = false) {
      const bytes = await upTo(count)
      if (bytes.length < count) throw new Error('Unexpected end of data')
      if (seek) pos += count
      return bytes
    },
    seek(count) {
      pos += count
    },
    get pos() {
      return pos
    },
  })
}

async function readFrom(source: RangeSource, from: number, to: number): Promise<Uint8Array> {
  try {
    return await source.read(from, to)
  } catch (error) {
    throw new SourceFailure(error)
  }
}

/** The decoder throws errors of any kind. @throws ChartsealError `car/invalid` */
export async function decoding<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SourceFailure) throw error.cause
    if (error instanceof ChartsealError) throw error
    // Its words are fixed ones, without content.
    throw invalid(error instanceof Error ? error.message : 'it cannot be read')
  }
}

export const invalid = (reason: string): Error => storeError('car/invalid', { reason })
