import { concat } from '@chartseal/core/bytes'
import {
  openBytes,
  openRange,
  openStream,
  plaintextSizeBytes,
  sealBytes,
  sealedSizeBytes,
  sealStream,
} from '@chartseal/core/chunked'
import { systemRandom } from '@chartseal/core/system'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { context, memorySource, sample, split, testKey, through } from './chunked-helpers.js'
import { codeOf, propertyRuns } from './helpers.js'

const chunk = 16_384
// Sizes at and around the borders of chunks.
const size = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -2, max: 2 }))
  .map(([chunks, off]) => Math.max(0, chunks * chunk + off))
const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 50_000 }), fc.constantFrom(16_384, 16_400, 56)), {
  minLength: 1,
  maxLength: 6,
})
const fixedSalt = { bytes: (length: number): Uint8Array => new Uint8Array(length).fill(5) }

describe('laws of chunked encryption', () => {
  it('gives the bytes of one shot for any split of a stream, both ways', async () => {
    const law = fc.asyncProperty(size, sizes, sizes, async (length, cutPlain, cutSealed) => {
      const plaintext = sample(length)
      const sealed = sealBytes(testKey, plaintext, context, fixedSalt)
      const streamed = await through(sealStream(testKey, context, fixedSalt), split(plaintext, ...cutPlain))
      expect(Buffer.compare(streamed.bytes, sealed)).toBe(0)
      const opened = await through(openStream(testKey, context), split(sealed, ...cutSealed))
      expect(opened.code).toBe('accepted')
      expect(Buffer.compare(opened.bytes, plaintext)).toBe(0)
      expect(Buffer.compare(openBytes(testKey, sealed, context), plaintext)).toBe(0)
    })
    await fc.assert(law, propertyRuns(40))
  })

  it('gives the same bytes when they come one by one', async () => {
    const plaintext = sample(chunk + 100)
    const streamed = await through(sealStream(testKey, context, fixedSalt), split(plaintext, 1))
    expect(Buffer.compare(streamed.bytes, sealBytes(testKey, plaintext, context, fixedSalt))).toBe(0)
    const opened = await through(openStream(testKey, context), split(streamed.bytes, 1))
    expect(Buffer.compare(opened.bytes, plaintext)).toBe(0)
  })

  it('keeps the order when many chunks are in work at once', async () => {
    const plaintext = sample(200 * chunk + 9)
    const sealed = await through(sealStream(testKey, context, fixedSalt), split(plaintext, 3_000_000, 20_000))
    const opened = await through(openStream(testKey, context), split(sealed.bytes, 2_500_000, 70_000, 3))
    expect(Buffer.compare(opened.bytes, plaintext)).toBe(0)
  })

  it('opens every range as the slice of the plaintext, reading only the chunks that it touches', async () => {
    const plaintext = sample(3 * chunk + 77)
    const sealed = sealBytes(testKey, plaintext, context)
    const index = fc.oneof(fc.nat(plaintext.length), fc.constantFrom(0, chunk, 2 * chunk, 3 * chunk))
    const law = fc.asyncProperty(index, index, async (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)]
      const source = memorySource(sealed)
      const opened = await openRange(testKey, source, context, from, to)
      expect(Buffer.compare(opened.plaintext, plaintext.subarray(from, to))).toBe(0)
      expect(opened.sizeBytes).toBe(to > 3 * chunk && to > from ? plaintext.length : null)
      const touched = from === to ? 0 : Math.floor((to - 1) / chunk) - Math.floor(from / chunk) + 1
      const read = source.reads.slice(1).reduce((sum, [start, end]) => sum + end - start, 0)
      expect(read).toBeLessThanOrEqual(touched * (chunk + 16))
    })
    await fc.assert(law, propertyRuns(60))
  })

  it('converts sizes both ways, and refuses every other size', () => {
    const law = fc.property(
      fc.oneof(
        size,
        fc.maxSafeNat().map(n => n % 2 ** 51),
      ),
      length => {
        expect(plaintextSizeBytes(sealedSizeBytes(length))).toBe(length)
      },
    )
    fc.assert(law, propertyRuns())
    const valid = new Set(Array.from({ length: 2 * chunk + 3 }, (_, length) => sealedSizeBytes(length)))
    for (let sealed = 0; sealed < 56 + 2 * (chunk + 16) + 16; sealed++) {
      expect(codeOf(() => plaintextSizeBytes(sealed)) === 'accepted').toBe(valid.has(sealed))
    }
  })
})

describe('nothing else opens', () => {
  const plaintext = sample(2 * chunk + 40)
  const sealed = sealBytes(testKey, plaintext, context)
  const chunks = [sealed.subarray(0, 56), ...split(sealed.subarray(56), chunk + 16)]
  const part = (i: number): Uint8Array => chunks[i] ?? new Uint8Array(0)

  const refused = async (changed: Uint8Array): Promise<void> => {
    expect(codeOf(() => openBytes(testKey, changed, context))).toMatch(/^(chunked\/truncated|open\/failed)$/)
    const streamed = await through(openStream(testKey, context), split(changed, 20_000))
    expect(streamed.code).toMatch(/^(chunked\/truncated|open\/failed)$/)
  }

  it('refuses a changed byte', async () => {
    const law = fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const changed = Uint8Array.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ mask
      return refused(changed)
    })
    await fc.assert(law, propertyRuns(60))
  })

  it('refuses a shorter and a longer message', async () => {
    const law = fc.asyncProperty(fc.nat(sealed.length - 1), length => refused(sealed.subarray(0, length)))
    await fc.assert(law, propertyRuns(60))
    for (const length of [0, 24, 56, 57, 72, 56 + chunk + 16, 56 + 2 * (chunk + 16)])
      await refused(sealed.subarray(0, length))
    for (const length of [1, 16, 100, chunk + 16]) await refused(concat(sealed, systemRandom.bytes(length)))
  })

  it('refuses chunks that were swapped, repeated, left out or appended', async () => {
    await refused(concat(part(0), part(2), part(1), part(3)))
    await refused(concat(part(0), part(1), part(1), part(3)))
    await refused(concat(part(0), part(1), part(2), part(2), part(3)))
    await refused(concat(part(0), part(1), part(3)))
    await refused(concat(part(0), part(3)))
    await refused(concat(sealed, part(3)))
  })

  it('refuses another key and another context', async () => {
    for (const other of [new Uint8Array(0), Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3, 0)]) {
      expect(codeOf(() => openBytes(testKey, sealed, other))).toBe('open/failed')
      expect((await through(openStream(testKey, other), [sealed])).code).toBe('open/failed')
    }
  })

  it('gives no two messages the same salt', () => {
    const salts = Array.from({ length: 500 }, () =>
      sealBytes(testKey, new Uint8Array(1), context).slice(0, 24).join(),
    )
    expect(new Set(salts).size).toBe(500)
  })
})
