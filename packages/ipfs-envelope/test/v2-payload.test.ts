import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openBytes, type RangeSource, sealBytes } from '@chartseal/core/chunked'
import { encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import type { BlobStore } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import {
  memoryBlobStore,
  openPayload,
  openPayloadBytes,
  openPayloadReader,
  type PayloadId,
  payloadError,
  type RecordHeader,
  readPayload,
  sealedPayloadBytes,
  sealPayload,
  sealPayloadBytes,
  storePayload,
} from '@chartseal/ipfs-envelope'
import { codeOf, codesRaised, patience, propertyRuns, scriptedRandom, sharedFolder } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { header, joined, pattern } from './v2-people.js'

const expectCode = codesRaised(payloadError)
const key = AeadKey.generate(systemRandom)
const id: PayloadId = { packageId: systemRandom.bytes(16), version: 3 }
const context = Buffer.concat([encodeUtf8('chartseal/envelope/v2'), id.packageId, Uint8Array.of(0, 0, 0, 3)])
const chunk = 16_384
const sizes = [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 100_000]

async function* pieces(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.slice(at, at + sizeBytes)
}

const stream = (bytes: Uint8Array): ReadableStream<Uint8Array> => new Blob([Uint8Array.from(bytes)]).stream()
const all = async (readable: ReadableStream<Uint8Array>): Promise<Uint8Array> =>
  new Uint8Array(await new Response(readable).arrayBuffer())

function sourceOf(bytes: Uint8Array): RangeSource & { readonly reads: [number, number][] } {
  const reads: [number, number][] = []
  return {
    sizeBytes: bytes.length,
    reads,
    async read(from, to) {
      reads.push([from, to])
      return bytes.slice(from, to)
    },
  }
}

describe('a payload', () => {
  it.each(sizes)(
    'opens as it was sealed, %i bytes, in memory and as a stream, padded and not',
    async size => {
      const content = pattern(size)
      for (const padded of [false, true]) {
        const salt = systemRandom.bytes(24)
        const sealed = sealPayloadBytes(key, id, header(size), content, { padded }, scriptedRandom(salt))
        expect(sealed.length).toBe(sealedPayloadBytes(header(size), { padded }))
        expect(openPayloadBytes(key, id, sealed)).toEqual({ header: header(size), content })
        const sealing = sealPayload(key, id, header(size), { padded }, scriptedRandom(salt))
        expect(await all(stream(content).pipeThrough(sealing))).toEqual(sealed)
        const opening = openPayload(key, id)
        expect(() => opening.opened()).toThrow(TypeError)
        expect(await all(stream(sealed).pipeThrough(opening.stream))).toEqual(content)
        expect(opening.opened()).toEqual(header(size))
      }
    },
  )

  it('is one chunk of header, and content in whole chunks behind it', () => {
    const content = pattern(chunk + 7)
    const fields = header(content.length, { labels: ['s|R'] })
    const plaintext = openBytes(key, sealPayloadBytes(key, id, fields, content), context)
    const cbor = encodeCbor({
      ...{ v: 2, name: 'ct.dcm', type: 'application/dicom', size: content.length },
      ...{ created: 1_790_000_000_000, labels: ['s|R'] },
    })
    expect(new DataView(plaintext.buffer).getUint32(0)).toBe(cbor.length)
    expect(plaintext.slice(4, 4 + cbor.length)).toEqual(cbor)
    expect(plaintext.slice(4 + cbor.length, chunk).every(byte => byte === 0)).toBe(true)
    expect(plaintext.slice(chunk)).toEqual(content)
  })

  it('has a length that tells less when it is padded', () => {
    const lengths = (padded: boolean): number =>
      new Set(Array.from({ length: 500 }, (_, i) => sealedPayloadBytes(header(1_000_000 + i), { padded })))
        .size
    expect(lengths(false)).toBe(500)
    expect(lengths(true)).toBe(1)
  })

  it('takes a header of several chunks', async () => {
    const labels = Array.from({ length: 64 }, (_, i) => `${i}`.padEnd(256, 'x'))
    const fields = header(5, { labels, name: 'n'.repeat(1024) })
    const sealed = sealPayloadBytes(key, id, fields, pattern(5))
    expect(openPayloadBytes(key, id, sealed).header).toEqual(fields)
    const reader = await openPayloadReader(key, id, sourceOf(sealed))
    expect([reader.header, await reader.read(1, 3)]).toEqual([fields, pattern(5).slice(1, 3)])
  })

  it('gives the same content however the streams are cut', async () => {
    const content = pattern(50_000)
    const blobs = memoryBlobStore()
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20_000 }), fc.boolean(), async (size, padded) => {
        const cid = await storePayload(blobs, key, id, header(content.length), pieces(content, size), {
          padded,
        })
        const read = await readPayload(blobs, key, id, cid)
        expect(read.header).toEqual(header(content.length))
        expect(await joined(read.content)).toEqual(content)
      }),
      propertyRuns(20, 5),
    )
  })

  it('reads a range from the chunks of the range and the kept beginning alone', async () => {
    const content = pattern(10 * chunk + 5)
    const sealed = sealPayloadBytes(key, id, header(content.length), content)
    const source = sourceOf(sealed)
    const reader = await openPayloadReader(key, id, source)
    source.reads.length = 0
    expect(await reader.read(3 * chunk + 1, 4 * chunk + 2)).toEqual(
      content.slice(3 * chunk + 1, 4 * chunk + 2),
    )
    const sealedChunk = chunk + 16
    expect(source.reads).toEqual([[56 + 4 * sealedChunk, 56 + 6 * sealedChunk]])
    expect(await reader.read(content.length - 3)).toEqual(content.slice(-3))
    expect(await reader.read(7, 7)).toEqual(new Uint8Array(0))
    await expect(reader.read(0, content.length + 1)).rejects.toThrow(RangeError)
    await expect(reader.read(2, 1)).rejects.toThrow(RangeError)
  })

  it.each([0, 64])('gives nothing of its front, with %i labels of 256 bytes', async count => {
    const labels = Array.from({ length: count }, (_, i) => `${i}`.padEnd(256, 'x'))
    const sealed = sealPayloadBytes(key, id, header(5, { labels }), pattern(5))
    const reader = await openPayloadReader(key, id, sourceOf(sealed))
    for (const [from, to] of [
      [-1, 0],
      [-1, undefined],
      [-chunk, 5],
      [0.5, 1],
      [Number.NaN, 1],
    ] as const)
      await expect(reader.read(from, to)).rejects.toThrow(RangeError)
  })

  it('says whether it is padded, once it has ended', async () => {
    for (const padded of [false, true]) {
      const blobs = memoryBlobStore()
      const cid = await storePayload(blobs, key, id, header(1_001), pattern(1_001), { padded })
      const read = await readPayload(blobs, key, id, cid)
      expect(() => read.isPadded()).toThrow(TypeError)
      await joined(read.content)
      expect(read.isPadded()).toBe(padded)
    }
  })

  it('gives any range of any record', async () => {
    const places = fc.tuple(fc.nat(40_000), fc.nat(40_000), fc.nat(40_000), fc.boolean())
    await fc.assert(
      fc.asyncProperty(places, async ([size, a, b, padded]) => {
        const [from, to] = [Math.min(a, b, size), Math.min(Math.max(a, b), size)]
        const content = pattern(size)
        const sealed = sealPayloadBytes(key, id, header(size), content, { padded })
        const reader = await openPayloadReader(key, id, sourceOf(sealed))
        expect(await reader.read(from, to)).toEqual(content.slice(from, to))
      }),
      propertyRuns(60, 15),
    )
  })
})

describe('a payload that is not what it should be', () => {
  const content = pattern(40_000)
  const sealed = sealPayloadBytes(key, id, header(content.length), content, { padded: true })

  it.each<[string, AeadKey, PayloadId]>([
    ['another key', AeadKey.generate(systemRandom), id],
    ['another package', key, { ...id, packageId: systemRandom.bytes(16) }],
    ['another version', key, { ...id, version: 4 }],
  ])('does not open for %s', async (_, otherKey, otherId) => {
    expect(await codeOf(() => openPayloadBytes(otherKey, otherId, sealed))).toBe('open/failed')
    expect(await codeOf(() => openPayloadReader(otherKey, otherId, sourceOf(sealed)))).toBe('open/failed')
    const opening = openPayload(otherKey, otherId)
    expect(await codeOf(() => all(stream(sealed).pipeThrough(opening.stream)))).toBe('open/failed')
  })

  it('opens nowhere when a bit is changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 1), fc.nat(7), async (at, bit) => {
        const changed = Uint8Array.from(sealed)
        changed[at] = (changed[at] ?? 0) ^ (1 << bit)
        expect(await codeOf(() => openPayloadBytes(key, id, changed))).toBe('open/failed')
      }),
      propertyRuns(50, 10),
    )
  })

  it.each([0, 55, 57, 100, chunk + 72 + 16, sealed.length - 1])(
    'does not open when it ends after %i bytes',
    async end => {
      const cut = sealed.slice(0, end)
      const refusals = ['open/failed', 'chunked/truncated', 'payload/wrong-size']
      expect(refusals).toContain(await codeOf(() => openPayloadBytes(key, id, cut)))
      expect(refusals).toContain(await codeOf(() => openPayloadReader(key, id, sourceOf(cut))))
      const opening = openPayload(key, id)
      expect(refusals).toContain(await codeOf(() => all(stream(cut).pipeThrough(opening.stream))))
    },
  )

  it('is refused when the store says another size', async () => {
    const whole = sealPayloadBytes(key, id, header(3 * chunk), pattern(3 * chunk))
    const cut = { ...sourceOf(whole), sizeBytes: whole.length - chunk - 16 }
    await expectCode('payload/wrong-size', () => openPayloadReader(key, id, cut))
  })

  const front = (length: number, ...parts: readonly Uint8Array[]): Uint8Array => {
    const bytes = new Uint8Array(chunk)
    new DataView(bytes.buffer).setUint32(0, length)
    bytes.set(Buffer.concat(parts), 4)
    return bytes
  }
  const fields = { v: 2, name: '', type: 'a/b', size: 0, created: 0, labels: [] }
  const cbor = encodeCbor(fields)
  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['less than a length', new Uint8Array(3)],
    ['a front that is cut', front(cbor.length, cbor).slice(0, 100)],
    ['a length beyond the limit', front(70_000, cbor)],
    ['a length of 2^32 - 1', front(2 ** 32 - 1, cbor)],
    ['something behind the header', front(cbor.length, cbor, Uint8Array.of(1))],
    ['no header', front(0)],
    ['a header that is a list', front(1, Uint8Array.of(0x80))],
    ['another version', front(cbor.length, encodeCbor({ ...fields, v: 3 }))],
    ['one field more', front(cbor.length + 4, encodeCbor({ ...fields, abc: 1 }))],
    ['no media type', front(cbor.length - 3, encodeCbor({ ...fields, type: '' }))],
    ['more content than it says', Buffer.concat([front(cbor.length, cbor), Uint8Array.of(1)])],
    ['zeros that are no padding', Buffer.concat([front(cbor.length, cbor), Uint8Array.of(0)])],
    ['less content than it says', front(cbor.length, encodeCbor({ ...fields, size: 1 }))],
  ])('does not open when its plaintext has %s, under the right key', async (_, plaintext) => {
    const made = sealBytes(key, plaintext, context)
    expect(await codeOf(() => openPayloadBytes(key, id, made))).toBe('open/failed')
    const opening = openPayload(key, id)
    expect(await codeOf(() => all(stream(made).pipeThrough(opening.stream)))).toBe('open/failed')
    const ranged = await codeOf(() => openPayloadReader(key, id, sourceOf(made)))
    expect(['open/failed', 'payload/wrong-size']).toContain(ranged)
  })

  it('takes no header that no payload has', () => {
    const seal = (fields: Partial<RecordHeader>): unknown => sealPayload(key, id, header(1, fields))
    expect(() => seal({ name: 'é'.repeat(513) })).toThrow(RangeError)
    expect(() => seal({ mediaType: '' })).toThrow(RangeError)
    expect(() => seal({ sizeBytes: -1 })).toThrow(RangeError)
    expect(() => seal({ createdMs: 0.5 })).toThrow(RangeError)
    expect(() => seal({ labels: Array.from({ length: 65 }, () => 'a') })).toThrow(RangeError)
    expect(() => seal({ labels: [''] })).toThrow(RangeError)
    expect(() => sealPayload(key, { ...id, version: 0 }, header(1))).toThrow(RangeError)
    expect(() => sealPayload(key, { ...id, version: 2 ** 32 }, header(1))).toThrow(RangeError)
    expect(() => sealPayload(key, { ...id, packageId: pattern(15) }, header(1))).toThrow(RangeError)
    expect(() => sealPayloadBytes(key, id, header(2), pattern(1))).toThrow(RangeError)
  })

  it.each([[4], [6]])('fails to be stored when the content has %i bytes and should have 5', async size => {
    const storing = storePayload(memoryBlobStore(), key, id, header(5), pattern(size))
    await expect(storing).rejects.toThrow(RangeError)
  })

  it('hands on why the content could not be read', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield pattern(2)
      throw new Error('disk gone')
    }
    await expect(storePayload(memoryBlobStore(), key, id, header(5), broken())).rejects.toThrow('disk gone')
  })
})

describe('reading a payload', () => {
  const content = pattern(200_000)
  const sealed = sealPayloadBytes(key, id, header(content.length), content)

  /** Gives `parts` pieces and then nothing, for ever; counts how often it was closed. */
  function stalling(parts: number): { readonly store: BlobStore; closed(): number } {
    let closed = 0
    const store: BlobStore = {
      ...memoryBlobStore(),
      async *get() {
        try {
          for (let at = 0; at < parts; at++) yield sealed.slice(at * 20_000, (at + 1) * 20_000)
          // A generator can be closed where it yields alone.
          for (;;) {
            await new Promise(resolve => setTimeout(resolve, 5))
            yield new Uint8Array(0)
          }
        } finally {
          closed++
        }
      },
    }
    return { store, closed: () => closed }
  }

  it('gives the header of a record without content', async () => {
    const blobs = memoryBlobStore()
    const cid = await storePayload(blobs, key, id, header(0), new Uint8Array(0))
    const read = await readPayload(blobs, key, id, cid)
    expect([read.header, await joined(read.content)]).toEqual([header(0), new Uint8Array(0)])
  })

  it('closes its source when the header was enough, and when the reader stops', async () => {
    const [first, second] = [stalling(11), stalling(11)]
    const unread = await readPayload(first.store, key, id, '')
    expect(unread.header).toEqual(header(content.length))
    await unread.cancel()
    for await (const _ of (await readPayload(second.store, key, id, '')).content) break
    await vi.waitFor(() => expect([first.closed(), second.closed()]).toEqual([1, 1]), patience)
  })

  it('does not wait for a source that stalls when it has failed already', async () => {
    const other = { ...id, version: 4 }
    expect(await codeOf(() => readPayload(stalling(1).store, key, other, ''))).toBe('open/failed')
  })
})

describe.skipIf(sharedFolder('data') === null)('a payload of real input (shared data)', () => {
  const folder = sharedFolder('data') ?? ''
  it.each([
    ['a CT slice', join(folder, 'dicom', 'CT_small.dcm'), 'application/dicom'],
    ['a FHIR bundle', join(folder, 'synthea', 'patient-angelic-mueller.json'), 'application/fhir+json'],
  ])('gives back %s whole, and in part', async (_, path, mediaType) => {
    const content = Uint8Array.from(readFileSync(path))
    const blobs = memoryBlobStore()
    const labels = ['http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R']
    const fields = header(content.length, { mediaType, labels })
    const cid = await storePayload(blobs, key, id, fields, content, { padded: true })
    const read = await readPayload(blobs, key, id, cid)
    expect(read.header).toEqual(fields)
    expect(Buffer.compare(await joined(read.content), content)).toBe(0)
    const reader = await openPayloadReader(key, id, sourceOf(await joined(blobs.get(cid))))
    expect(await reader.read(128, 132)).toEqual(content.slice(128, 132))
  })
})
