import { concat } from '@chartseal/core/bytes'
import {
  chunkedError,
  openBytes,
  openRange,
  openStream,
  openStreamBehind,
  plaintextSizeBytes,
  sealBytes,
  sealedSizeBytes,
  sealStream,
} from '@chartseal/core/chunked'
import { AeadKey } from '@chartseal/core/keys'
import { afterAll, describe, expect, it } from 'vitest'
import { codeOfError, context, memorySource, sample, split, testKey, through } from './chunked-helpers.js'
import { codeOf } from './helpers.js'

const chunk = 16_384
const plaintext = sample(2 * chunk + 5)
const sealed = sealBytes(testKey, plaintext, context)
const raised = new Set<string>()

afterAll(() => expect(chunkedError.codes.filter(code => !raised.has(code))).toEqual([]))

async function expectCode(code: string, attempt: () => unknown): Promise<void> {
  try {
    await attempt()
    expect('accepted').toBe(code)
  } catch (error) {
    expect(codeOfError(error)).toBe(code)
    raised.add(code)
  }
}

describe('the length of a message', () => {
  it('is refused before any work when no message has it', async () => {
    const never = {
      sizeBytes: 56 + chunk + 16,
      read: (): never => expect.fail('nothing may be read'),
    }
    await expectCode('chunked/truncated', () => openRange(testKey, never, context, 0))
    await expectCode('chunked/too-long', () =>
      openRange(testKey, { ...never, sizeBytes: 2 ** 38 * (chunk + 16) + 56 + 16 }, context, 0),
    )
    expect(plaintextSizeBytes(56 + (2 ** 38 - 1) * (chunk + 16) + 17)).toBe((2 ** 38 - 1) * chunk + 1)
  })

  it('refuses a stream that ends within its header', async () => {
    for (const length of [0, 1, 55]) {
      const { code } = await through(openStream(testKey, context), [sealed.subarray(0, length)])
      expect(code).toBe('chunked/truncated')
    }
  })

  it('throws a RangeError for a size that cannot be sealed', () => {
    for (const size of [-1, 1.5, Number.NaN, 2 ** 52]) expect(() => sealedSizeBytes(size)).toThrow(RangeError)
  })
})

describe('a stream that failed', () => {
  it('gives out nothing of the changed chunk, and keeps failing', async () => {
    const changed = Uint8Array.from(sealed)
    changed[56 + chunk + 16 + 3] = (changed[56 + chunk + 16 + 3] ?? 0) ^ 1
    const stream = openStream(testKey, context)
    const { bytes, code } = await through(stream, split(changed, 16_456, 16_400))
    expect(code).toBe('open/failed')
    // A stream that fails drops what nobody has read yet (Streams standard, ReadableStreamError): a slow reader may get less.
    expect([0, chunk]).toContain(bytes.length)
    expect(Buffer.compare(bytes, plaintext.subarray(0, bytes.length))).toBe(0)
    await expect(stream.writable.getWriter().write(changed)).rejects.toThrow(
      expect.objectContaining({ code }),
    )
  })

  it('reports the failure to a reader even when nothing more is written', async () => {
    const changed = Uint8Array.from(sealed)
    changed[60] = (changed[60] ?? 0) ^ 1
    const stream = openStream(testKey, context)
    const writer = stream.writable.getWriter()
    writer.closed.catch(() => {})
    writer.write(changed).catch(() => {})
    await expectCode('open/failed', () => stream.readable.getReader().read())
  })
})

describe('a stream behind bytes in clear', () => {
  const front = Uint8Array.of(7, 8, 9)

  it.each([1, 2, 60, 100_000])('opens with the key that the front names, in pieces of %i', async size => {
    const fronts: Uint8Array[] = []
    const stream = openStreamBehind(front.length, async start => {
      fronts.push(start)
      return { key: testKey, context }
    })
    const { bytes, code } = await through(stream, split(concat(front, sealed), size))
    expect({ code, fronts }).toEqual({ code: 'accepted', fronts: [front] })
    expect(Buffer.compare(bytes, plaintext)).toBe(0)
  })

  it('fails with what the caller throws, and when the front is missing', async () => {
    const refusing = openStreamBehind(3, () => Promise.reject(new RangeError('not mine')))
    expect((await through(refusing, [concat(front, sealed)])).code).toBe('RangeError: not mine')
    const unlock = (): { key: AeadKey; context: Uint8Array } => ({ key: testKey, context })
    expect((await through(openStreamBehind(3, unlock), [front])).code).toBe('chunked/truncated')
    expect((await through(openStreamBehind(2, unlock), [concat(front, sealed)])).code).toBe('open/failed')
  })
})

describe('back pressure', () => {
  it.each([
    ['sealing', (): TransformStream<Uint8Array, Uint8Array> => sealStream(testKey, context)],
    ['opening', (): TransformStream<Uint8Array, Uint8Array> => openStream(testKey, context)],
  ])('holds the writer when nobody reads: %s', async (_, make) => {
    const input = split(sealBytes(testKey, new Uint8Array(8 << 20), context), 65_536)
    const stream = make()
    const writer = stream.writable.getWriter()
    writer.closed.catch(() => {})
    let written = 0
    const writing = (async () => {
      for (const piece of input) {
        await writer.write(piece)
        written += piece.length
      }
    })()
    writing.catch(() => {})
    for (let turn = 0; turn < 200; turn++) await new Promise(resolve => setImmediate(resolve))
    expect(written).toBeLessThan(4 << 20)
    await stream.readable.cancel()
    await writing.catch(() => {})
  })
})

describe('random access to a source that is wrong', () => {
  it('refuses a range beyond the end, and a source that gives less than asked', async () => {
    const source = memorySource(sealed)
    await expectCode('chunked/truncated', () => openRange(testKey, source, context, 0, plaintext.length + 1))
    await expectCode('chunked/truncated', () => openRange(testKey, source, context, plaintext.length + 1))
    const short = { sizeBytes: sealed.length, read: async () => sealed.slice(0, 10) }
    await expectCode('chunked/truncated', () => openRange(testKey, short, context, 0, 1))
  })

  it('opens the beginning of a message that was cut, and refuses its length and its end', async () => {
    const source = memorySource(sealed.subarray(0, 56 + chunk + 16 + 20))
    const front = await openRange(testKey, source, context, 5, 10)
    expect(front).toEqual({ plaintext: plaintext.slice(5, 10), sizeBytes: null })
    await expectCode('open/failed', () => openRange(testKey, source, context, 5))
  })

  it('checks the commitment even for an empty range', async () => {
    expect(await openRange(testKey, memorySource(sealed), context, 7, 7)).toEqual({
      plaintext: new Uint8Array(0),
      sizeBytes: null,
    })
    await expectCode('open/failed', () => openRange(testKey, memorySource(sealed), sealed, 7, 7))
  })

  it('throws a RangeError for a range that ends before it begins', async () => {
    for (const [from, to] of [
      [2, 1],
      [-1, 1],
      [0.5, 1],
      [0, Number.NaN],
    ] as const) {
      await expect(openRange(testKey, memorySource(sealed), context, from, to)).rejects.toThrow(RangeError)
    }
  })
})

describe('keys', () => {
  it('refuses to seal and to open with a wiped key', () => {
    const wiped = new AeadKey(new Uint8Array(32))
    wiped.wipe()
    for (const attempt of [
      () => sealBytes(wiped, plaintext, context),
      () => openBytes(wiped, sealed, context),
      () => sealStream(wiped, context),
    ]) {
      expect(codeOf(attempt)).toBe('key/wiped')
    }
  })

  it('keeps a stream running when its input key is wiped', async () => {
    const key = new AeadKey(testKey.reveal())
    const stream = sealStream(key, context)
    key.wipe()
    const { bytes } = await through(stream, split(plaintext, 10_000))
    expect(Buffer.compare(openBytes(testKey, bytes, context), plaintext)).toBe(0)
  })
})
