/** Parts of what has an entity tag (RFC 9110 13 and 14). */

export interface ByteRange {
  readonly start: number
  /** Behind the last byte. */
  readonly end: number
}

/**
 * What a header `Range` asks for of so many bytes: `null` for all of it, as for every form but one range of bytes; `none` where no
 * byte is in it.
 */
export function rangeOf(header: string | null, sizeBytes: number): ByteRange | 'none' | null {
  const [whole, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (whole === undefined || (first === '' && last === '')) return null
  if (first === '') return suffix(Number(last), sizeBytes)
  const [start, end] = [Number(first), last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes)]
  if (last !== '' && Number(last) < start) return null
  return start < sizeBytes ? { start, end } : 'none'
}

function suffix(length: number, sizeBytes: number): ByteRange | 'none' {
  return length === 0 ? 'none' : { start: Math.max(0, sizeBytes - length), end: sizeBytes }
}

/** Whether who asks has it already. */
export function hasTag(ifNoneMatch: string | null, tag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map(one => one.trim().replace(/^W\//, ''))
  return tags.includes(tag) || tags.includes('*')
}
