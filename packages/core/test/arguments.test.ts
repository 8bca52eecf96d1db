import {
  requireBigint,
  requireBytes,
  requireFunction,
  requireList,
  requireNatural,
  requireText,
} from '@chartseal/core/arguments'
import { describe, expect, it } from 'vitest'

const checks = [
  [requireBytes, 'a Uint8Array', new Uint8Array(1)],
  [requireText, 'a string', ''],
  [requireBigint, 'a bigint', -1n],
  [requireFunction, 'a function', () => undefined],
  [requireList, 'a list', []],
] as const

describe('the type of an argument', () => {
  it.each(checks)('%o takes %s', (check, _, right) => {
    expect(() => check('field', right)).not.toThrow()
  })

  it.each(checks)(
    '%o refuses what is not %s, by the name of its field, and shows nothing of it',
    (check, expected, right) => {
      for (const value of [null, undefined, { secret: 'x' }, 7, ...checks.map(([, , other]) => other)]) {
        if (value === right) continue
        const found = value === null ? 'null' : typeof value
        expect(() => check('field', value)).toThrow(new TypeError(`field must be ${expected}, not ${found}`))
      }
    },
  )

  it('natural is a bigint from 0 on', () => {
    requireNatural('height', 0n)
    expect(() => requireNatural('height', -1n)).toThrow(new RangeError('height must not be negative'))
    expect(() => requireNatural('height', JSON.parse('1'))).toThrow(TypeError)
  })
})
