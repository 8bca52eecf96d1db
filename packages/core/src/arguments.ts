/** What TypeScript refuses, refused at run time as well: the caller's mistake, with the name of the field. */

/** @throws TypeError */
export function requireBytes(field: string, value: unknown): void {
  if (!(value instanceof Uint8Array)) throw wrongType(field, 'a Uint8Array', value)
}

/** @throws TypeError */
export function requireText(field: string, value: unknown): void {
  if (typeof value !== 'string') throw wrongType(field, 'a string', value)
}

/** @throws TypeError */
export function requireBigint(field: string, value: unknown): void {
  if (typeof value !== 'bigint') throw wrongType(field, 'a bigint', value)
}

/** @throws TypeError; RangeError for a negative number */
export function requireNatural(field: string, value: bigint): void {
  requireBigint(field, value)
  if (value < 0n) throw new RangeError(`${field} must not be negative`)
}

/** @throws TypeError */
export function requireFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') throw wrongType(field, 'a function', value)
}

/** @throws TypeError */
export function requireList(field: string, value: unknown): void {
  if (!Array.isArray(value)) throw wrongType(field, 'a list', value)
}

function wrongType(field: string, expected: string, value: unknown): Error {
  return new TypeError(`${field} must be ${expected}, not ${value === null ? 'null' : typeof value}`)
}
