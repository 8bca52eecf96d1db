import { cborHeadAt } from '@chartseal/core/cbor'

const byteString = 2
const textString = 3
const list = 4
const map = 5

/**
 * How many bytes the first item in `bytes` has (RFC 8949 3), which may be more than are there; `null` when its
 * beginning does not say.
 */
export function cborSize(bytes: Uint8Array): number | null {
  let at = 0
  for (let items = 1; items > 0; items--) {
    const head = cborHeadAt(bytes, at)
    if (head === null) return null
    at = head.end
    if (head.major === byteString || head.major === textString) at += head.argument
    if (head.major === list) items += head.argument
    if (head.major === map) items += 2 * head.argument
    // Each item has a byte or more.
    if (at > bytes.length) return items === 1 ? at : null
    if (items > bytes.length) return null
  }
  return at
}
