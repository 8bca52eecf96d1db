/** What the CBOR of every part has in common. */
import type { CborFields } from '@chartseal/core/cbor'
import { ChartsealError, coreError } from '@chartseal/core/errors'

export const hashBytes = 32
export const maxUint32: number = 2 ** 32 - 1

/** What `read` gives; what CBOR or UTF-8 refuses becomes an error of the part, which `refuse` makes of the reason. */
export function readStrictly<Value>(read: () => Value, refuse: (reason: string) => Error): Value {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ChartsealError) || !/^(cbor|encoding)\//.test(error.code)) throw error
    throw refuse(error.message)
  }
}

/** A text that is one of these. @throws ChartsealError `cbor/invalid` */
export function oneOf<Text extends string>(fields: CborFields, name: string, known: readonly Text[]): Text {
  const text = fields.text(name)
  const found = known.find(one => one === text)
  if (found === undefined) throw fieldError(name, `one of ${known.join(', ')}`)
  return found
}

/** An integer from 1 to 2^64 - 1. @throws ChartsealError `cbor/invalid` */
export function positive(fields: CborFields, name: string): bigint {
  const value = fields.integer(name)
  if (value === 0n) throw fieldError(name, 'at least 1')
  return value
}

/** Two byte strings of one length, in the order of their bytes. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Whether each is above the one before it, so that none is there twice. */
export function isRising(values: readonly Uint8Array[]): boolean {
  return values.every((value, i) => {
    const before = values[i - 1]
    return before === undefined || compareBytes(before, value) < 0
  })
}

export function fieldError(field: string, expected: string): Error {
  return coreError('cbor/invalid', { field, expected })
}
