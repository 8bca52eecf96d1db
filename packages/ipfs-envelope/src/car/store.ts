import type { RangeSource } from '@chartseal/core/chunked'
import { parseCid } from '../cid/parse.js'
import type { BlobReader, BlockReader } from '../stores/port.js'
import { type BlobReaderOptions, blobReader } from '../unixfs/store.js'
import { decodeCar, type PlacedBlock } from './decode.js'
import { invalid, sourceReader } from './reader.js'

/** A CAR that is read where it lies. */
export interface OpenCar extends BlobReader {
  readonly roots: readonly string[]
  readonly blocks: BlockReader
}

/**
 * Opens a CAR of version 1, in a file or in memory, without reading its blocks: only where they are. Each is checked when
 * it is read.
 * @throws ChartsealError `car/invalid`, `envelope/unsupported-cid`, and what the source throws
 */
export async function openCar(source: RangeSource, options: BlobReaderOptions = {}): Promise<OpenCar> {
  const car = await decodeCar(sourceReader(source))
  const places = new Map<string, PlacedBlock>()
  for await (const place of car.places()) {
    if (place.offset + place.sizeBytes > source.sizeBytes) throw invalid('it ends within a block')
    places.set(place.cid.toString(), place)
  }
  const blocks: BlockReader = {
    async get(cid) {
      const place = places.get(parseCid(cid).toString())
      if (place === undefined) return null
      return source.read(place.offset, place.offset + place.sizeBytes)
    },
    has: async cid => places.has(parseCid(cid).toString()),
  }
  return { ...blobReader(blocks, options), blocks, roots: car.roots.map(root => root.toString()) }
}

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array): RangeSource {
  return { sizeBytes: bytes.length, read: async (from, to) => bytes.slice(from, to) }
}
