import { inspect } from 'node:util'
import { concat, equal, fromBigIntBE, fromBigIntLE, ownBuffer, toBigIntBE } from '@chartseal/core/bytes'
import { ChartsealError, coreError, defineErrors } from '@chartseal/core/errors'
import { isMisreadName, JsonObject } from '@chartseal/core/json'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { agree, Disagreement, NotApplicable, verdictOf } from '@chartseal/core/vectors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, propertyRuns } from './helpers.js'

it('refuses a JSON name of one escaped character, which Node 24 misreads', () => {
  for (const name of ['"', '\\', '\n', '\u0001']) {
    expect(isMisreadName(name)).toBe(true)
    expect(() => JsonObject.parse(`{"a": 1 , ${JSON.stringify(name)} :2}`)).toThrow(
      expect.objectContaining({ code: 'json/invalid' }),
    )
  }
  const sound = { '""': 1, 'x""': '{"\\"":', ':': 2, é: 3 }
  expect(JsonObject.parse(JSON.stringify(sound)).keys).toEqual(Object.keys(sound))
})

describe('errors', () => {
  it('fills the message of an error from a frozen context', () => {
    const fail = defineErrors<{ 'x/y': { have: number } }>({ 'x/y': 'have {have}' })
    const error = fail('x/y', { have: 3 })
    expect(error).toBeInstanceOf(ChartsealError)
    expect(error).toMatchObject({
      name: 'ChartsealError',
      code: 'x/y',
      message: 'have 3',
      context: { have: 3 },
    })
    expect(Object.isFrozen(error.context)).toBe(true)
    const lost = defineErrors<{ 'x/z': { parts: readonly number[] } }>({ 'x/z': 'lost: {parts}' })
    expect(lost('x/z', { parts: [2, 3] }).message).toBe('lost: 2, 3')
    type Late = { 'x/late': { atMs: number; untilSeconds: bigint } }
    const late = defineErrors<Late>({ 'x/late': '{atMs, ms} is after {untilSeconds, seconds} ({atMs})' })
    const times = (atMs: number, untilSeconds: bigint): string =>
      late('x/late', { atMs, untilSeconds }).message
    expect(times(1_790_000_000_123, 0n)).toBe(
      '2026-09-21T14:13:20Z is after 1970-01-01T00:00:00Z (1790000000123)',
    )
    expect(times(-1, (1n << 64n) - 1n)).toBe('1969-12-31T23:59:59Z is after 18446744073709551615 (-1)')
    expect(fail.codes).toEqual(['x/y'])
    expect(coreError.codes).toContain('open/failed')
  })
})

describe('bytes', () => {
  it('gives integers back in both byte orders', () => {
    const law = fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), value => {
      expect(toBigIntBE(fromBigIntBE(value, 16))).toBe(value)
      expect(fromBigIntLE(value, 16)).toEqual(fromBigIntBE(value, 16).reverse())
    })
    fc.assert(law, propertyRuns())
    expect(() => fromBigIntBE(256n, 1)).toThrow(RangeError)
    expect(() => fromBigIntLE(-1n, 1)).toThrow(RangeError)
  })

  it('compares by content and length', () => {
    expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
    expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
    expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false)
  })

  it('sees one other bit at any place of long arrays, wherever in memory they begin', () => {
    for (const [offset, length] of [
      [0, 1_024],
      [0, 1_027],
      [1, 1_030],
      [4, 2_049],
    ] as const) {
      const bytes = new Uint8Array(new ArrayBuffer(offset + length), offset)
      expect(equal(bytes, new Uint8Array(length))).toBe(true)
      for (const at of [0, 1, 511, 1_022, length - 1]) {
        const other = new Uint8Array(length)
        other[at] = 0x80
        expect([equal(bytes, other), equal(other, bytes)]).toEqual([false, false])
      }
    }
  })

  it('gives copies, never aliases', () => {
    const source = Uint8Array.of(1)
    for (const copy of [concat(source), ownBuffer(source)]) {
      copy[0] = 9
      expect(source[0]).toBe(1)
    }
  })
})

describe('secret bytes', () => {
  it('hides secret bytes from everything that prints objects', () => {
    const secret = new SecretBytes(Uint8Array.of(0xde, 0xad))
    for (const text of [
      inspect(secret),
      JSON.stringify({ secret }),
      `${secret}`,
      JSON.stringify(Object.entries(secret)),
    ]) {
      expect(text).not.toMatch(/222|173|dead/)
    }
  })

  it('owns a copy of the secret, wipes it, and refuses every later use', () => {
    const source = Uint8Array.of(1, 2)
    const secret = new SecretBytes(source)
    source.fill(0)
    const view = secret.reveal()
    expect(view).toEqual(Uint8Array.of(1, 2))
    {
      using scoped = secret
      expect(scoped.isWiped).toBe(false)
    }
    expect(view).toEqual(Uint8Array.of(0, 0))
    expect(secret.isWiped).toBe(true)
    expect(codeOf(() => secret.reveal())).toBe('key/wiped')
    expect(() => secret.wipe()).not.toThrow()
  })

  it('generates keys and wipes what it drew', () => {
    const drawn = new Uint8Array(32).fill(7)
    const key = AeadKey.generate({ bytes: () => drawn })
    expect(key.reveal()).toEqual(new Uint8Array(32).fill(7))
    expect(drawn).toEqual(new Uint8Array(32))
  })
})

describe('the system', () => {
  it('has a clock and a random source of any length', () => {
    expect(systemClock.nowMs()).toBeGreaterThan(Date.UTC(2020))
    const large = systemRandom.bytes(200_000)
    expect(new Set(large.subarray(-1000)).size).toBeGreaterThan(100)
  })
})

describe('JSON fields', () => {
  const object = new JsonObject({
    t: 'x',
    n: 5,
    big: '18446744073709551616',
    h: '00ff',
    b: 'AP8=',
    yes: true,
    o: { a: [] },
    l: [1, '2'],
    s: ['a'],
    none: null,
  })

  it('reads fields in the type they are asked for', () => {
    expect([object.text('t'), object.count('n'), object.integer('big'), object.boolean('yes')]).toEqual([
      'x',
      5,
      1n << 64n,
      true,
    ])
    expect(object.hex('h')).toEqual(object.base64('b'))
    expect(object.object('o').objects('a')).toEqual([])
    expect([object.integers('l'), object.texts('s'), object.list('l')]).toEqual([[1n, 2n], ['a'], [1, '2']])
    expect([object.has('none'), object.has('missing'), object.has('t'), object.keys.length]).toEqual([
      false,
      false,
      true,
      10,
    ])
  })

  it.each<[string, () => unknown, string]>([
    ['text', () => object.text('n'), '$.n'],
    ['boolean', () => object.boolean('n'), '$.n'],
    ['negative', () => new JsonObject({ n: -1 }).integer('n'), '$.n'],
    ['fraction', () => new JsonObject({ n: 1.5 }).integer('n'), '$.n'],
    ['leading zero', () => new JsonObject({ n: '01' }).integer('n'), '$.n'],
    ['too large to count', () => object.count('big'), '$.big'],
    ['hex', () => object.hex('t'), '$.t'],
    ['base64', () => object.base64('h2'), '$.h2'],
    ['list', () => object.list('t'), '$.t'],
    ['objects', () => object.objects('l'), '$.l[0]'],
    ['texts', () => object.texts('l'), '$.l[0]'],
    ['nested', () => object.object('o').text('z'), '$.o.z'],
    ['not JSON', () => JsonObject.parse('{'), '$'],
    ['no object', () => JsonObject.parse('[]'), '$'],
  ])('refuses by path: %s', (_, attempt, path) => {
    expect(codeOf(attempt)).toBe('json/invalid')
    expect(attempt).toThrow(expect.objectContaining({ context: expect.objectContaining({ path }) }))
  })
})

describe('vector helpers', () => {
  it('reports agreement, disagreement and verdicts', async () => {
    expect(() => agree('bytes', Uint8Array.of(1), Uint8Array.of(1))).not.toThrow()
    expect(() => agree('bytes', Uint8Array.of(1), Uint8Array.of(2))).toThrow(Disagreement)
    expect(() => agree('text', 'a', 'b')).toThrow(Disagreement)
    expect(await verdictOf(() => 1)).toBe('accept')
    expect(await verdictOf(() => Promise.reject(new NotApplicable()))).toBe('reject')
  })
})
