/** Where a log is read from. */
import { lengthBytes, maxEntryBytes, tileWidth } from '../tiles.js'

/** The files of a log under their tlog-tiles paths; what is read is not trusted. */
export interface TileSource {
  /**
   * The file at `checkpoint`, `tile/<level>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`; `null` when there is none.
   * @throws ChartsealError `verify/unreadable`
   */
  read(path: string): Promise<Uint8Array | null>
}

/** A bundle of 256 leaves of 65,535 bytes, each behind its length: the largest file of a log. */
export const maxFileBytes: number = tileWidth * (lengthBytes + maxEntryBytes)

/** Reads what is in a map from path to file, as it is when it is asked. */
export function mapSource(files: ReadonlyMap<string, Uint8Array>): TileSource {
  return { read: async path => files.get(path) ?? null }
}
