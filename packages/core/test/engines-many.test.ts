import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { engines, pattern, referenceSha256 } from './engine-helpers.js'
import { propertyRuns } from './helpers.js'

describe.each(engines)('sha256Many, $label', ({ engine }) => {
  const check = (messages: readonly Uint8Array[]): void => {
    expect(engine.sha256Many(messages)).toEqual(messages.map(message => referenceSha256(message)))
  }

  it('gives each message its own digest, for any number of them', () => {
    for (let count = 0; count <= 13; count++) check(Array.from({ length: count }, (_, i) => pattern(84, i)))
  })

  it('agrees for every length from 0 to 200, in lanes of one length and of different ones', () => {
    for (let length = 0; length <= 200; length++) check([0, 1, 2, 3].map(lane => pattern(length, lane)))
    check(Array.from({ length: 201 }, (_, length) => pattern(length, length)))
    check(Array.from({ length: 50 }, (_, i) => pattern((i * 7919) % 3_000, i)))
  })

  it('agrees where messages are too long for a lane, alone and among short ones', () => {
    for (const length of [16_374, 16_375, 16_376, 65_536, 70_000]) {
      check([pattern(length)])
      check([pattern(3), pattern(length, 2), pattern(5), pattern(length, 4), pattern(200), pattern(0)])
    }
  })

  it('agrees for any messages, again and again, and gives them back in their order', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
    fc.assert(fc.property(messages, check), propertyRuns(100, 40))
  })

  it('goes well with everything else that the engine does', () => {
    const open = engine.createSha256().update(pattern(70))
    const search = { prefix: pattern(76), target: new Uint8Array(32).fill(15), from: 0n, count: 400 }
    const hit = engine.searchNonce(search)
    check([pattern(100), pattern(200), pattern(300)])
    expect(engine.searchNonce(search)).toEqual(hit)
    expect(engine.sha256(pattern(99))).toEqual(referenceSha256(pattern(99)))
    expect(open.digest()).toEqual(referenceSha256(pattern(70)))
  })

  it('returns bytes of its own, leaves messages alone, and reads views and the same bytes twice', () => {
    const whole = pattern(200)
    const views = [whole.subarray(1, 90), whole.subarray(50, 139), whole, whole]
    const kept = whole.slice()
    const digests = engine.sha256Many(views)
    const copies = digests.map(digest => digest.slice())
    expect(new Set(digests.map(digest => digest.buffer)).size).toBe(4)
    for (const digest of digests) expect(digest.buffer.byteLength).toBe(32)
    check([pattern(1), pattern(2)])
    expect(digests).toEqual(copies)
    expect(whole).toEqual(kept)
    expect(digests).toEqual(views.map(view => referenceSha256(view)))
  })
})

describe.each(engines)('hmacMany, $label', ({ engine }) => {
  const reference = (key: Uint8Array, message: Uint8Array): Uint8Array =>
    new Uint8Array(createHmac('sha256', key).update(message).digest())
  const check = (count: number, sizeBytes: number, seed: number): void => {
    const [keys, messages] = [pattern(32 * count, seed), pattern(sizeBytes * count, seed + 1)]
    const expected = Array.from({ length: count }, (_, i) =>
      reference(keys.slice(32 * i, 32 * (i + 1)), messages.slice(sizeBytes * i, sizeBytes * (i + 1))),
    )
    const kept = messages.slice()
    engine.hmacMany(keys, messages)
    expect(Buffer.compare(keys, Buffer.concat(expected))).toBe(0)
    expect(messages).toEqual(kept)
  }

  it('puts the tag of each message in the place of its key, for any number of them and every length', () => {
    for (let sizeBytes = 0; sizeBytes <= 55; sizeBytes++) check(7, sizeBytes, sizeBytes)
    for (let count = 0; count <= 13; count++) check(count, 52, count)
  })

  it('agrees where there are more than one call of the module takes', () => {
    for (const count of [1_023, 1_024, 1_025, 2_050]) check(count, 55, count)
  })

  it('works on a view, and leaves what is around it alone', () => {
    const surroundings = pattern(32 * 5 + 20)
    const [before, after] = [surroundings.slice(0, 11), surroundings.slice(11 + 32 * 5)]
    const key = surroundings.slice(11, 43)
    engine.hmacMany(surroundings.subarray(11, 11 + 32 * 5), pattern(5 * 31, 3))
    expect(surroundings.slice(11, 43)).toEqual(reference(key, pattern(31, 3)))
    expect(surroundings.slice(0, 11)).toEqual(before)
    expect(surroundings.slice(11 + 32 * 5)).toEqual(after)
  })

  it('goes well with everything else that the engine does', () => {
    const open = engine.createSha256().update(pattern(70))
    const search = { prefix: pattern(76), target: new Uint8Array(32).fill(15), from: 0n, count: 400 }
    const hit = engine.searchNonce(search)
    check(6, 40, 9)
    expect(engine.searchNonce(search)).toEqual(hit)
    check(3, 31, 10)
    expect(engine.sha256Many([pattern(5), pattern(6)])).toEqual(
      [5, 6].map(size => referenceSha256(pattern(size))),
    )
    expect(open.digest()).toEqual(referenceSha256(pattern(70)))
  })

  it('refuses lengths that do not fit, and changes nothing then', () => {
    const refused: readonly (readonly [number, number])[] = [
      [31, 10],
      [64, 111],
      [64, 112],
      [32, 56],
      [0, 1],
    ]
    for (const [keyBytes, messageBytes] of refused) {
      const keys = pattern(keyBytes)
      expect(() => engine.hmacMany(keys, pattern(messageBytes))).toThrow(RangeError)
      expect(keys).toEqual(pattern(keyBytes))
    }
    const text: Uint8Array = JSON.parse('"text"')
    expect(() => engine.hmacMany(text, pattern(10))).toThrow(TypeError)
    expect(() => engine.hmacMany(pattern(32), text)).toThrow(TypeError)
  })
})
