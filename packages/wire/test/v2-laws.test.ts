import { plaintextSizeBytes } from '@chartseal/core/chunked'
import { encodeCbor, encodeHex } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { codeOf, hostileText, propertyRuns } from '@chartseal/testkit'
import {
  advanceWindow,
  emptyWindow,
  formatMessage,
  inspectMessage,
  joinParts,
  judgeCounter,
  openMessage,
  parseMessage,
  sealAttachment,
  sealMessage,
  splitMessage,
} from '@chartseal/wire'
import { rewrap, seal as sealV1 } from '@chartseal/wire/v1'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binding, note, sealingKey } from './v2-helpers.js'

const { key, kid, counter } = sealingKey

const encodeBody = (contentBytes: number): Uint8Array => {
  const { mediaType: type, sentAtMs: sent } = note()
  return encodeCbor({ type, sent, content: new Uint8Array(contentBytes) })
}

describe('messages of version 2', () => {
  it('open for the same key and binding only, and hide the length in steps', async () => {
    const content = fc.uint8Array({ maxLength: 3000 })
    const law = fc.asyncProperty(content, fc.boolean(), async (bytes, named) => {
      const body = named ? { ...note(bytes), fileName: 'x.pdf' } : note(bytes)
      const message = sealMessage(sealingKey, binding, body)
      expect(openMessage(key, parseMessage(formatMessage(message)), binding)).toEqual({ kid, counter, body })
      for (const field of ['patientId', 'thread', 'sender', 'recipient'] as const) {
        expect(await codeOf(() => openMessage(key, message, { ...binding, [field]: 'other' }))).toBe(
          'open/failed',
        )
      }
    })
    await fc.assert(law, propertyRuns(30))
    const sizes = Array.from(
      { length: 150 },
      (_, i) => sealMessage(sealingKey, binding, note(new Uint8Array(i))).length,
    )
    expect(new Set(sizes).size).toBe(1)
  })

  it('buckets on request: one size, several, and multiples of the largest; readers need not know', () => {
    const padded = (contentBytes: number, bucketBytes: number | readonly number[]): number => {
      const message = sealMessage(sealingKey, binding, note(new Uint8Array(contentBytes)), undefined, {
        bucketBytes,
      })
      expect(openMessage(key, message, binding).body.content.length).toBe(contentBytes)
      return plaintextSizeBytes(message.length - 19)
    }
    const body = encodeBody(1000).length
    expect(padded(1000, body + 1)).toBe(body + 1)
    expect(padded(1001, body + 1)).toBe(2 * (body + 1))
    expect([0, 500, 5000, 9000].map(size => padded(size, [256, 4096, 8192]))).toEqual([
      256, 4096, 8192, 16_384,
    ])
    const law = fc.property(fc.nat(20_000), fc.integer({ min: 256, max: 9000 }), (size, bucket) => {
      expect(padded(size, bucket) % bucket).toBe(0)
    })
    fc.assert(law, propertyRuns(40))
  })

  it('no single-byte change of an accepted text opens to anything', async () => {
    const text = formatMessage(sealMessage(sealingKey, binding, note()))
    for (let at = 0; at < text.length; at++) {
      for (const other of ['A', 'B', '_', '=', ':', ']', ' ', '\n', 'é']) {
        if (text[at] === other) continue
        const changed = text.slice(0, at) + other + text.slice(at + 1)
        expect(await codeOf(() => openMessage(key, parseMessage(changed), binding))).toMatch(
          /^(message\/|open\/failed)/,
        )
      }
    }
    const message = parseMessage(text)
    const law = fc.asyncProperty(
      fc.nat(message.length - 1),
      fc.integer({ min: 1, max: 255 }),
      async (at, mask) => {
        const changed = message.map((byte, i) => (i === at ? byte ^ mask : byte))
        expect(await codeOf(() => openMessage(key, changed, binding))).toMatch(/^(message\/|open\/failed)/)
      },
    )
    await fc.assert(law, propertyRuns(300))
  })

  it('split for any limit and joined in any order, with copies', () => {
    const message = sealMessage(sealingKey, binding, note(new Uint8Array(9000)))
    const law = fc.property(
      fc.integer({ min: 300, max: 5000 }),
      fc.infiniteStream(fc.nat()),
      (limit, order) => {
        const texts = splitMessage(message, limit)
        expect(Math.max(...texts.map(text => text.length))).toBeLessThanOrEqual(limit)
        const shuffled = texts
          .map(text => ({ text, rank: order.next().value }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ text }) => text)
        expect(encodeHex(joinParts([...shuffled, ...shuffled.slice(0, 2)]))).toBe(encodeHex(message))
        expect(inspectMessage(texts[1] ?? '').part).toMatchObject({ index: 2, count: texts.length })
      },
    )
    fc.assert(law, propertyRuns(30))
    expect(splitMessage(message, 1_000_000)).toEqual([formatMessage(message)])
  })

  it('open whatever was accepted, for hostile names, types and bindings', () => {
    const names = fc.oneof(fc.constantFrom('\ufeff', '\ufeffa.txt'), hostileText)
    const law = fc.property(names, names, names, names, (fileName, mediaType, patientId, thread) => {
      const body = { ...note(), fileName, mediaType }
      const bound = { ...binding, patientId, thread }
      const { content, ...fields } = body
      expect(openMessage(key, sealMessage(sealingKey, bound, body), bound).body).toEqual(body)
      expect(() => sealAttachment(sealingKey, bound, { ...fields, sizeBytes: content.length })).not.toThrow()
    })
    fc.assert(law, propertyRuns(60))
  })

  it('rewrap opens version 1 and binds its patient', async () => {
    const old = new AeadKey(new Uint8Array(32).fill(3))
    const message = rewrap(old, sealV1(old, 'BP 120/80', 'PAT-12345'), sealingKey, binding, note().sentAtMs)
    expect(openMessage(key, message, binding).body).toEqual(note())
    const other = sealV1(old, 'BP 120/80', 'PAT-9')
    expect(await codeOf(() => rewrap(old, other, sealingKey, binding, 0))).toBe('wire/other-patient')
  })
})

describe('the replay window', () => {
  it('agrees with a set of all counters, 1,024 back', () => {
    const counters = fc.array(fc.oneof(fc.nat(3000), fc.nat(20)).map(BigInt), { maxLength: 80 })
    const law = fc.property(counters, list => {
      let window = emptyWindow
      const seen = new Set<bigint>()
      for (const value of list) {
        const highest = [...seen].reduce((a, b) => (a > b ? a : b), -1n)
        const expected = highest - value >= 1024n ? 'too-old' : seen.has(value) ? 'replayed' : 'fresh'
        expect(judgeCounter(window, value)).toBe(expected)
        if (expected !== 'fresh') continue
        window = advanceWindow(window, value)
        seen.add(value)
      }
    })
    fc.assert(law, propertyRuns())
    expect(() => advanceWindow(advanceWindow(emptyWindow, 1n), 1n)).toThrow(RangeError)
  })

  it('never has a next counter that 8 bytes cannot store', () => {
    expect(advanceWindow(emptyWindow, 2n ** 64n - 2n).next).toBe(2n ** 64n - 1n)
    expect(() => advanceWindow(emptyWindow, 2n ** 64n - 1n)).toThrow('counter must be below')
  })
})
