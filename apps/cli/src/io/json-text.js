/** What answers are made of; bytes leave as lower-case hexadecimal, big integers as decimal text. */
import { encodeHex } from '@chartseal/core/encoding'
/** One line of JSON. */
export function toJsonText(value) {
  return JSON.stringify(plain(value))
}
function plain(value) {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return encodeHex(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(part => plain(part))
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [field, plain(part)]))
}
//# sourceMappingURL=json-text.js.map
