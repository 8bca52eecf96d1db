import { concat, equal, fromBigIntBE, fromBigIntLE, toBigIntBE } from '@chartseal/core/bytes'
import { decodeHex } from '@chartseal/core/encoding'
import type { Engine, NonceHit } from '@chartseal/core/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { engines, pattern, referenceSha256, seedVectors } from './engine-helpers.js'
import { propertyRuns } from './helpers.js'

const two256 = 1n << 256n
const easiest = new Uint8Array(32).fill(0xff)

/** The target of a difficulty, difficulty 1 included. */
function targetOf(difficulty: bigint): Uint8Array {
  return difficulty === 1n ? easiest : fromBigIntBE(two256 / difficulty, 32)
}

const hashOf = (prefix: Uint8Array, nonce: bigint) => referenceSha256(prefix, fromBigIntLE(nonce, 8))

/** One nonce after the other, each hashed from the start. */
function naiveSearch(prefix: Uint8Array, target: Uint8Array, from: bigint, count: number): NonceHit | null {
  for (let i = 0; i < count; i++) {
    const nonce = from + BigInt(i)
    const hash = hashOf(prefix, nonce)
    if (toBigIntBE(hash) <= toBigIntBE(target)) return { nonce, hash }
  }
  return null
}

// Under coverage JavaScript hashes about a hundred times slower than WebAssembly; these stay seconds.
const mostNonces = (engine: Engine): bigint => (engine.name === 'js' ? 20_000n : 1_000_000n)

/** The lowest hash of a range and its nonce. */
function lowestHash(prefix: Uint8Array, from: bigint, count: number): NonceHit {
  const hashes = Array.from({ length: count }, (_, i) => {
    const nonce = from + BigInt(i)
    return { nonce, hash: hashOf(prefix, nonce) }
  })
  return hashes.reduce((best, next) => (toBigIntBE(next.hash) < toBigIntBE(best.hash) ? next : best))
}

describe.each(engines)('nonce search, $label', ({ engine }) => {
  it('finds the nonce of the notebook and of the mined blocks, and no lower one', () => {
    const file = seedVectors('emr-blocks')
    const records = file.objects('records')
    for (const block of file.objects('cases')) {
      if (block.integer('first_satisfying_nonce') > mostNonces(engine)) continue
      const txids = block
        .integers('record_indexes')
        .map(i => records[Number(i)]?.hex('txid') ?? new Uint8Array())
      const prefix = concat(
        block.hex('previous'),
        block.hex('miner'),
        ...txids,
        fromBigIntLE(block.integer('timestamp'), 8),
        fromBigIntLE(block.integer('difficulty'), 16),
      )
      const search = { prefix, target: targetOf(block.integer('difficulty')), from: 0n, count: 1_000_000 }
      const found = engine.searchNonce(search)
      expect(found?.nonce).toBe(block.integer('first_satisfying_nonce'))
      if (block.text('should') === 'accept') expect(found?.hash).toEqual(block.hex('block_id'))
    }
  })

  it('finds the second nonce of the notebook when it starts after the first', () => {
    const prefix = concat(
      new Uint8Array(32),
      decodeHex('0123456789abcdef0123456789abcdef01234567'),
      fromBigIntLE(1_711_213_303n, 8),
      fromBigIntLE(100_000n, 16),
    )
    const target = targetOf(100_000n)
    const from = engine.name === 'js' ? 300_000n : 5688n
    expect(engine.searchNonce({ prefix, target, from, count: 400_000 })?.nonce).toBe(315_132n)
  })

  it('has an inclusive target: the lowest hash of a range is found, one below it is not', () => {
    for (let length = 0; length <= 200; length++) {
      const prefix = pattern(length)
      const from = BigInt(length) * 1_000_003n
      const { nonce, hash } = lowestHash(prefix, from, 24)
      const found = engine.searchNonce({ prefix, target: hash, from, count: 24 })
      expect(found).toEqual({ nonce, hash })
      const below = fromBigIntBE(toBigIntBE(hash) - 1n, 32)
      expect(engine.searchNonce({ prefix, target: below, from, count: 24 })).toBeNull()
    }
  })

  it('gives the lowest nonce, as a naive search does, for any prefix and range', () => {
    const anyPrefix = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 0, max: 26 }).map(records => pattern(76 + 32 * records, records)),
    )
    const start = fc.oneof(
      fc.bigInt({ min: 0n, max: (1n << 64n) - 100n }),
      fc.constantFrom((1n << 32n) - 37n, (1n << 33n) - 1n, (1n << 63n) - 50n, (1n << 64n) - 100n, 200n),
    )
    fc.assert(
      fc.property(
        anyPrefix,
        start,
        fc.integer({ min: 0, max: 100 }),
        fc.nat(60),
        (prefix, from, count, odds) => {
          const target = targetOf(BigInt(odds + 1))
          const expected = naiveSearch(prefix, target, from, count)
          expect(engine.searchNonce({ prefix, target, from, count })).toEqual(expected)
        },
      ),
      propertyRuns(200, 60),
    )
  })

  it('goes on across 2^32, where the high word of the nonce changes', () => {
    for (const length of [76, 108, 5, 57, 62]) {
      const prefix = pattern(length)
      const from = (1n << 32n) - 20n
      const { nonce, hash } = lowestHash(prefix, 1n << 32n, 60)
      const target = lowestHash(prefix, from, 80).nonce === nonce ? hash : lowestHash(prefix, from, 80).hash
      const expected = naiveSearch(prefix, target, from, 80)
      expect(engine.searchNonce({ prefix, target, from, count: 80 })).toEqual(expected)
      expect(engine.searchNonce({ prefix, target: hash, from: 1n << 32n, count: 60 })?.nonce).toBe(nonce)
    }
  })

  it('goes on from slice to slice', () => {
    const prefix = pattern(76)
    const hard = new Uint8Array(32)
    expect(
      engine.searchNonce({ prefix, target: hard, from: (1n << 32n) - 70_000n, count: 140_000 }),
    ).toBeNull()
    const target = hashOf(prefix, 70_000n)
    const from = 70_000n - 66_000n
    const found = engine.searchNonce({ prefix, target, from, count: 66_001 })
    expect(found).toEqual(naiveSearch(prefix, target, from, 66_001))
  })

  it('tries the last nonce there is', () => {
    const last = (1n << 64n) - 1n
    const prefix = pattern(108)
    expect(engine.searchNonce({ prefix, target: easiest, from: last, count: 1 })?.nonce).toBe(last)
    expect(engine.searchNonce({ prefix, target: hashOf(prefix, last), from: last, count: 1 })?.nonce).toBe(
      last,
    )
    expect(engine.searchNonce({ prefix, target: easiest, from: 1n << 64n, count: 0 })).toBeNull()
  })

  it('takes the first nonce at difficulty 1, and finds none at 2^128 - 1 in a small range', () => {
    for (const length of [76, 108]) {
      const prefix = pattern(length)
      expect(engine.searchNonce({ prefix, target: targetOf(1n), from: 9n, count: 5 })?.nonce).toBe(9n)
      const target = targetOf((1n << 128n) - 1n)
      expect(engine.searchNonce({ prefix, target, from: 0n, count: 20_000 })).toBeNull()
      expect(engine.searchNonce({ prefix, target: easiest, from: 0n, count: 0 })).toBeNull()
    }
  })

  it('returns a hash of its own and changes neither prefix nor target', () => {
    const prefix = pattern(76)
    const target = easiest.slice()
    const first = engine.searchNonce({ prefix, target, from: 0n, count: 1 })
    const kept = first?.hash.slice()
    engine.searchNonce({ prefix: pattern(76, 2), target, from: 0n, count: 1 })
    expect(first?.hash).toEqual(kept)
    expect(equal(prefix, pattern(76)) && equal(target, easiest)).toBe(true)
  })
})
