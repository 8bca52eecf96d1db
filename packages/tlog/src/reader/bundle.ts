import { ChartsealError } from '@chartseal/core/errors'
import { bundleIn, bundlePath, decodeBundle, tileIn, tileWidth } from '../tiles.js'
import type { TileSource } from './source.js'

/** The leaves of a bundle; `null` with a problem when it cannot be decoded, without one when it is not there. */
export interface ReadBundle {
  readonly leaves: readonly Uint8Array[] | null
  readonly problem: string | null
}

/** Bundle `index` of a log of `size` leaves: its own file, or the beginning of the full one. */
export async function readBundle(source: TileSource, size: number, index: number): Promise<ReadBundle> {
  const { width } = tileIn(size, 0, index)
  const own = await source.read(bundleIn(size, index))
  if (own !== null || width === tileWidth) return decoded(own)
  const full = decoded(await source.read(bundlePath(index, tileWidth)))
  return full.leaves === null ? full : { leaves: full.leaves.slice(0, width), problem: null }
}

/** What the bytes of a bundle hold. */
export function decoded(bytes: Uint8Array | null): ReadBundle {
  if (bytes === null) return { leaves: null, problem: null }
  try {
    return { leaves: decodeBundle(bytes), problem: null }
  } catch (error) {
    if (error instanceof ChartsealError) return { leaves: null, problem: error.message }
    throw error
  }
}
