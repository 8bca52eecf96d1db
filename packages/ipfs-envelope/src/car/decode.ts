import { createDecoder } from '@ipld/car/decoder'
import type { CID } from 'multiformats/cid'
import { expectSupported } from '../cid/parse.js'
import { type BytesReader, decoding, invalid } from './reader.js'

/** Where a block is in the CAR. */
export interface PlacedBlock {
  readonly cid: CID
  readonly offset: number
  readonly sizeBytes: number
}

export interface DecodedCar {
  readonly roots: readonly CID[]
  /** In the order of the CAR; not checked. */
  blocks(): AsyncGenerator<{ readonly cid: CID; readonly block: Uint8Array }>
  /** The same without their bytes, which are not read. */
  places(): AsyncGenerator<PlacedBlock>
}

/**
 * A CAR of version 1 with at least one root.
 * @throws ChartsealError `car/invalid`, `envelope/unsupported-cid`; reading the blocks throws them too
 */
export async function decodeCar(reader: BytesReader): Promise<DecodedCar> {
  const decoder = createDecoder(reader)
  const { version, roots } = await decoding(() => decoder.header())
  if (version !== 1) throw invalid(`only version 1 is read, not ${version}`)
  if (roots.length === 0) throw invalid('it has no root')
  roots.forEach(expectSupported)
  return {
    roots,
    async *blocks() {
      for await (const { cid, bytes } of each(decoder.blocks())) {
        expectSupported(cid)
        yield { cid, block: bytes }
      }
    },
    async *places() {
      for await (const { cid, blockOffset, blockLength } of each(decoder.blocksIndex())) {
        expectSupported(cid)
        yield { cid, offset: blockOffset, sizeBytes: blockLength }
      }
    },
  }
}

async function* each<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  for (;;) {
    const { done, value } = await decoding(() => items.next())
    if (done === true) return
    yield value
  }
}
