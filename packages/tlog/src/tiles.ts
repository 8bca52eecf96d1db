/** Where the files of a log stand and what is in them, C2SP tlog-tiles. */
import { concat } from '@chartseal/core/bytes'
import { tlogError } from './errors.js'

/** Hashes in a full tile, and entries in a full bundle. */
export const tileWidth = 256
export const maxEntryBytes = 65_535
const hashBytes = 32

/** `tile/<level>/<index>`, with `.p/<width>` for a partial tile. @throws RangeError */
export function tilePath(level: number, index: number, width: number): string {
  if (!Number.isInteger(level) || level < 0 || level > 63)
    throw new RangeError('a level is an integer from 0 to 63')
  return `tile/${level}/${place(index, width)}`
}

/** `tile/entries/<index>`, with `.p/<width>` for a partial bundle. @throws RangeError */
export function bundlePath(index: number, width: number): string {
  return `tile/entries/${place(index, width)}`
}

// 1234067 is x001/x234/067.
function place(index: number, width: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError('an index is an integer from 0')
  if (!Number.isInteger(width) || width < 1 || width > tileWidth)
    throw new RangeError('a width is from 1 to 256')
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const path = padded.replace(/\d{3}(?=\d)/g, 'x$&/')
  return width === tileWidth ? path : `${path}.p/${width}`
}

/** Each entry after its length as u16. @throws RangeError for an entry above 65,535 bytes */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0))
  let at = 0
  for (const entry of entries) {
    if (entry.length > maxEntryBytes) throw new RangeError(`an entry has at most ${maxEntryBytes} bytes`)
    bytes[at] = entry.length >> 8
    bytes[at + 1] = entry.length & 0xff
    bytes.set(entry, at + 2)
    at += 2 + entry.length
  }
  return bytes
}

/** The entries, as views of `bytes`. @throws ChartsealError `tlog/bad-bundle` */
export function decodeBundle(bytes: Uint8Array): readonly Uint8Array[] {
  const entries: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const [high, low] = [bytes[at], bytes[at + 1]]
    if (high === undefined || low === undefined)
      throw tlogError('tlog/bad-bundle', { reason: 'it ends in a length' })
    const end = at + 2 + ((high << 8) | low)
    if (end > bytes.length) throw tlogError('tlog/bad-bundle', { reason: 'it ends in an entry' })
    entries.push(bytes.subarray(at + 2, end))
    at = end
  }
  if (entries.length === 0) throw tlogError('tlog/bad-bundle', { reason: 'it is empty' })
  if (entries.length > tileWidth)
    throw tlogError('tlog/bad-bundle', { reason: 'it has more than 256 entries' })
  return entries
}

/** @throws RangeError for a hash that has not 32 bytes */
export function encodeTile(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.some(hash => hash.length !== hashBytes)) throw new RangeError('a hash has 32 bytes')
  return concat(...hashes)
}

/** The hashes of 32 bytes, as views of `bytes`. @throws ChartsealError `tlog/bad-tile` */
export function decodeTile(bytes: Uint8Array): readonly Uint8Array[] {
  const count = bytes.length / hashBytes
  if (!Number.isInteger(count) || count < 1 || count > tileWidth) {
    throw tlogError('tlog/bad-tile', { reason: 'it has 1 to 256 hashes of 32 bytes' })
  }
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * hashBytes, (i + 1) * hashBytes))
}
