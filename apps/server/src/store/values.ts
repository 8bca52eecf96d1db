/** What may be bound to a statement: only what both engines keep as it is. */

export type Bindable = null | number | string | Uint8Array

/**
 * Refuses what an engine would keep as something else without a word: a fraction or an integer above 2^53, a date, an
 * object, `undefined`, text that is cut at NUL or is no UTF-8.
 */
export function bindable(value: unknown): Bindable {
  if (value === null || value instanceof Uint8Array) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  if (typeof value === 'string' && !value.includes('\0') && value.isWellFormed()) return value
  throw new TypeError(`a stored value must be text, bytes or an integer below 2^53, not ${kindOf(value)}`)
}

function kindOf(value: unknown): string {
  if (typeof value === 'string') return 'text with NUL or half of a character'
  if (typeof value === 'number') return 'another number'
  return value instanceof Date ? 'a date' : typeof value
}

/** An integer that an engine gave as text. */
export function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError('a stored integer must be below 2^53')
  return value
}

/** Bytes of a row, in memory of their own: PostgreSQL's client gives parts of what it received. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

/** Printable ASCII without the space, 1 to 128 characters. */
export function checkId(id: string): string {
  if (!/^[\x21-\x7e]{1,128}$/.test(id))
    throw new TypeError('an id must be 1 to 128 printable ASCII characters')
  return id
}

const maxPage = 500

export function checkLimit(limit: number): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > maxPage) {
    throw new RangeError(`limit must be from 1 to ${maxPage}`)
  }
  return limit
}
