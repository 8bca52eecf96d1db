import { concat } from '@chartseal/core/bytes'
import { type ByteTransform, openBytes, sealBytes } from '@chartseal/core/chunked'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import {
  type AttachmentInfo,
  type Body,
  type Header,
  maxAttachmentBytes,
  openAttachment,
  openMessage,
  readFront,
  sealAttachment,
  sealMessage,
} from '@chartseal/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binding, note, sealingKey } from './v2-helpers.js'

const { key, kid, counter } = sealingKey
const fixedSalt = { bytes: (length: number): Uint8Array => new Uint8Array(length).fill(9) }
const infoOf = ({ content, ...fields }: Body): AttachmentInfo => ({ ...fields, sizeBytes: content.length })

/** What came out, also before an error. */
async function through(
  stream: ByteTransform,
  bytes: Uint8Array,
  ...sizes: readonly number[]
): Promise<{ bytes: Uint8Array; code: string }> {
  const received: Uint8Array[] = []
  const writing = writeAll(stream, bytes, sizes)
  try {
    for await (const piece of stream.readable) received.push(Uint8Array.from(piece))
    await writing
    return { bytes: concat(...received), code: 'accepted' }
  } catch (error) {
    await writing.catch(() => undefined)
    return { bytes: concat(...received), code: error instanceof ChartsealError ? error.code : `${error}` }
  }
}

async function writeAll(stream: ByteTransform, bytes: Uint8Array, sizes: readonly number[]): Promise<void> {
  const writer = stream.writable.getWriter()
  writer.closed.catch(() => undefined)
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? bytes.length
    const scratch = bytes.slice(at, at + size)
    await writer.write(scratch)
    // A stream copies what it keeps.
    scratch.fill(0xee)
    at += size
  }
  await writer.close()
}

describe('an attachment is a message, sealed and opened as a stream', () => {
  const sizes = fc.array(fc.integer({ min: 200, max: 40_000 }), { minLength: 1, maxLength: 4 })
  const bytes = fc.oneof(fc.nat(70_000), fc.constantFrom(0, 23, 24, 255, 256, 65_535, 65_536)).map(length => {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = i * 31 + (i >> 8) * 17
    return bytes
  })
  const name = fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }), { nil: undefined })

  it('any pieces give the bytes of one shot, and content and fields come back', async () => {
    const law = fc.asyncProperty(bytes, name, sizes, sizes, async (content, fileName, cut, recut) => {
      const body: Body = fileName === undefined ? note(content) : { ...note(content), fileName }
      const message = sealMessage(sealingKey, binding, body, fixedSalt)
      const sealing = sealAttachment(sealingKey, binding, infoOf(body), fixedSalt)
      const sealed = await through(sealing, content, ...cut)
      expect(Buffer.compare(sealed.bytes, message)).toBe(0)
      expect(openMessage(key, sealed.bytes, binding).body).toEqual(body)

      const opening = openAttachment(() => ({ key, binding }))
      const opened = await through(opening.stream, message, ...recut)
      expect(opened.code).toBe('accepted')
      expect(Buffer.compare(opened.bytes, content)).toBe(0)
      expect(opening.opened()).toEqual({ kid, counter, ...infoOf(body) })
    })
    await fc.assert(law, propertyRuns(30, 8))
  })

  it('the header names the key, which may come later', async () => {
    const message = sealMessage(sealingKey, binding, note())
    const asked: Header[] = []
    const opening = openAttachment(async header => {
      asked.push(header)
      await new Promise(resolve => setImmediate(resolve))
      return { key, binding }
    })
    expect((await through(opening.stream, message, 1)).code).toBe('accepted')
    expect(asked).toEqual([{ kid, counter }])
    expect(readFront(message.subarray(0, 19))).toEqual({ kid, counter })
  })
})

describe('nothing else opens', () => {
  const body = { ...note(new Uint8Array(40_000).fill(5)), fileName: 'scan.dcm' }
  const message = sealMessage(sealingKey, binding, body)
  const refused = async (changed: Uint8Array): Promise<string> => {
    const opening = openAttachment(() => ({ key, binding }))
    const { code } = await through(opening.stream, changed, 20_000)
    expect(() => opening.opened()).toThrow(TypeError)
    return code
  }

  it('no changed byte, no missing end and nothing behind it', async () => {
    const mask = fc.integer({ min: 1, max: 255 })
    const law = fc.asyncProperty(fc.nat(message.length - 1), mask, async (at, bits) => {
      const changed = message.map((byte, i) => (i === at ? byte ^ bits : byte))
      expect(await refused(changed)).toMatch(/^(message\/unsupported|open\/failed)$/)
    })
    await fc.assert(law, propertyRuns(60, 20))
    const cut = fc.asyncProperty(fc.nat(message.length - 1), async length => {
      expect(await refused(message.subarray(0, length))).toMatch(/^(chunked\/truncated|open\/failed)$/)
    })
    await fc.assert(cut, propertyRuns(60, 20))
    expect(await refused(concat(message, new Uint8Array(20_000)))).toBe('open/failed')
  })

  it('no other patient, thread, sender or recipient, and no other key', async () => {
    for (const field of ['patientId', 'thread', 'sender', 'recipient'] as const) {
      const { stream } = openAttachment(() => ({ key, binding: { ...binding, [field]: 'other' } }))
      expect((await through(stream, message)).code).toBe('open/failed')
    }
    const { stream } = openAttachment(() => ({ key: new AeadKey(new Uint8Array(32)), binding }))
    expect((await through(stream, message)).code).toBe('open/failed')
  })

  it('what the finder of keys refuses, the stream fails with', async () => {
    const { stream } = openAttachment(() => {
      throw new ChartsealError('keyring/no-such-key', 'none', {})
    })
    expect((await through(stream, message)).code).toBe('keyring/no-such-key')
  })
})

describe('what was sealed with the key and is no body', () => {
  const head = sealMessage(sealingKey, binding, note()).slice(0, 19)
  const bound = Object.values(binding).flatMap(value => [Uint8Array.of(0, value.length), encodeUtf8(value)])
  const context = concat(encodeUtf8('chartseal/message/v2'), head, ...bound)
  const plaintext = openBytes(
    key,
    sealMessage(sealingKey, binding, note(new Uint8Array(3))).subarray(19),
    context,
  )
  const opened = (padded: Uint8Array): Promise<{ code: string }> =>
    through(openAttachment(() => ({ key, binding })).stream, concat(head, sealBytes(key, padded, context)))
  const contentAt = plaintext.indexOf(0x80)
  const withByte = (at: number, byte: number): Uint8Array =>
    plaintext.map((old, i) => (i === at ? byte : old))

  it('the untouched one opens, with more zeros, too', async () => {
    expect((await opened(plaintext)).code).toBe('accepted')
    expect((await opened(concat(plaintext, new Uint8Array(50_000)))).code).toBe('accepted')
  })

  it.each<[string, Uint8Array]>([
    ['no padding', plaintext.subarray(0, contentAt)],
    ['another mark', withByte(contentAt, 0x81)],
    ['something behind the mark', withByte(plaintext.length - 1, 1)],
    ['a front that does not end', new Uint8Array(9000).fill(0x78)],
    ['no map', withByte(0, 0x83)],
    ['one field more than there are', withByte(0, 0xa4)],
    ['an indefinite length', withByte(1, 0x7f)],
    [
      'a longer head than needed',
      concat(
        plaintext.subarray(0, contentAt - 4),
        Uint8Array.of(0x58, 3, 0, 0, 0, 0x80),
        new Uint8Array(300),
      ),
    ],
  ])('%s', async (_, padded) => {
    expect((await opened(padded)).code).toMatch(/^(open\/failed|message\/malformed)$/)
    expect(
      await codeOf(() => openMessage(key, concat(head, sealBytes(key, padded, context)), binding)),
    ).toMatch(/^(open\/failed|message\/malformed)$/)
  })

  it('a content above the limit, by its first bytes', async () => {
    const front = concat(plaintext.subarray(0, contentAt - 4), Uint8Array.of(0x5b, 0, 0, 0, 9, 0, 0, 0, 0))
    expect((await opened(concat(front, new Uint8Array(300)))).code).toBe('message/too-large')
    const absurd = concat(plaintext.subarray(0, contentAt - 4), new Uint8Array(9).fill(0xff).fill(0x5b, 0, 1))
    expect((await opened(concat(absurd, new Uint8Array(300)))).code).toBe('open/failed')
  })
})

describe('the caller’s mistakes', () => {
  const attachment = (sizeBytes: number): ByteTransform =>
    sealAttachment(sealingKey, binding, { ...infoOf(note()), sizeBytes })

  it('more or less content than named fails the stream', async () => {
    expect((await through(attachment(10), new Uint8Array(11))).code).toMatch(/^RangeError: .* has more$/)
    expect((await through(attachment(10), new Uint8Array(9))).code).toMatch(/^RangeError: .* has fewer$/)
  })

  it('sizes that are none, fields that are too long, and what is too large', async () => {
    for (const size of [-1, 0.5, Number.NaN]) expect(() => attachment(size)).toThrow(RangeError)
    const info = { ...infoOf(note()), fileName: 'x'.repeat(5000) }
    expect(() => sealAttachment(sealingKey, binding, info)).toThrow(RangeError)
    expect(await codeOf(() => attachment(maxAttachmentBytes))).toBe('message/too-large')
    expect(attachment(5 * 2 ** 30).readable).toBeInstanceOf(ReadableStream)
  })
})
