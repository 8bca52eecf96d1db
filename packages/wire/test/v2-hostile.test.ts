import { concat } from '@chartseal/core/bytes'
import { sealBytes } from '@chartseal/core/chunked'
import { type CborValue, encodeBase64Url, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { codeOf, codesRaised } from '@chartseal/testkit'
import {
  formatMessage,
  inspectMessage,
  joinParts,
  maxMessageBytes,
  messageError,
  openMessage,
  parseMessage,
  parsePart,
  readHeader,
  sealAttachment,
  sealMessage,
  splitMessage,
} from '@chartseal/wire'
import { seal as sealV1 } from '@chartseal/wire/v1'
import { describe, expect, it } from 'vitest'
import { binding, note, sealingKey } from './v2-helpers.js'

const expectCode = codesRaised(messageError)
const message = sealMessage(sealingKey, binding, note(new Uint8Array(5000)))
const other = sealMessage({ ...sealingKey, counter: 6n }, binding, note(new Uint8Array(5000)))
const text = formatMessage(message)
const withByte = (at: number, value: number): string =>
  formatMessage(message.map((byte, i) => (i === at ? value : byte)))

describe('what anyone can see has its own code, and inspect tells the same', () => {
  it.each([
    ['message/malformed', ''],
    ['message/malformed', `${text}\n`],
    ['message/malformed', text.replace('v2', 'v3')],
    ['message/malformed', `${text.slice(0, -1)}=]`],
    ['message/malformed', '[CHARTSEAL:v2:]'],
    ['message/malformed', formatMessage(message.subarray(0, 100))],
    ['message/malformed', formatMessage(message.subarray(0, 19 + 56 + 16))],
    ['message/unsupported', withByte(0, 3)],
    ['message/unsupported', withByte(1, 2)],
    ['message/unsupported', withByte(2, 1)],
    ['message/too-large', 'A'.repeat(maxMessageBytes * 2)],
  ])('%s', async (code, candidate) => {
    await expectCode(code, () => parseMessage(candidate))
    expect(inspectMessage(candidate)).toMatchObject({ refusal: { code }, message: null })
  })

  it('sizes are limited in bytes, too', async () => {
    await expectCode('message/too-large', () => readHeader(new Uint8Array(maxMessageBytes + 1)))
    await expectCode('message/too-large', () =>
      sealMessage(sealingKey, binding, note(new Uint8Array(maxMessageBytes))),
    )
  })

  it('inspect names the stage at which reading ends', () => {
    const stages = [
      ['size', 'A'.repeat(maxMessageBytes * 2)],
      ['frame', ''],
      ['base64', `${text.slice(0, -1)}=]`],
      ['version', withByte(0, 3)],
      ['suite', withByte(1, 2)],
      ['flags', withByte(2, 1)],
      ['length', formatMessage(message.subarray(0, 100))],
      ['part', `[CHARTSEAL:v2:${'A'.repeat(11)}:3/2:AAAA]`],
      ['version', `[CHARTSEAL:v2:${'A'.repeat(11)}:1/2:${encodeBase64Url(new Uint8Array(30))}]`],
    ] as const
    for (const [stage, candidate] of stages)
      expect(inspectMessage(candidate).refusal).toMatchObject({ stage })
  })

  it('describes a sound message, and knows version 2 only', () => {
    const described = { version: 2, kid: '0102030405060708', counter: 5n, paddedBytes: 5120 }
    expect(inspectMessage(text)).toEqual({ refusal: null, message: described, part: null })
    expect(inspectMessage(sealV1(sealingKey.key, 'x', 'P'))).toMatchObject({
      refusal: { stage: 'frame' },
      message: null,
    })
  })
})

describe('parts', () => {
  const parts = splitMessage(message, 2000)
  const foreign = splitMessage(other, 2000)

  it('each tells the bounds of the whole, and the first one the key', () => {
    const inspected = parts.map(part => inspectMessage(part).part)
    expect(inspected[0]?.header).toEqual({ kid: '0102030405060708', counter: 5n })
    expect(inspected[1]?.header).toBeNull()
    for (const part of inspected) {
      expect(part?.messageBytes.min).toBeLessThanOrEqual(message.length)
      expect(part?.messageBytes.max).toBeGreaterThanOrEqual(message.length)
    }
    expect(inspectMessage(`[CHARTSEAL:v2:${'A'.repeat(11)}:1/2:AAAA]`)).toMatchObject({ refusal: null })
  })

  it('missing, foreign and conflicting ones are named', async () => {
    await expectCode('message/missing-parts', () => joinParts(parts.slice(1)))
    await expectCode('message/foreign-parts', () => joinParts([...parts, ...foreign.slice(0, 1)]))
    const changed = (parts[1] ?? '').replace(/:[^:]{4}([^:]*)\]$/, ':AAAA$1]')
    await expectCode('message/conflicting-parts', () => joinParts([...parts, changed]))
    await expectCode('message/wrong-set', () => joinParts(parts.map((part, i) => (i === 1 ? changed : part))))
    expect(() => joinParts(parts.slice(1))).toThrow(expect.objectContaining({ context: { missing: [1] } }))
  })

  it.each(['0/2', '3/2', '1/1', '01/2', '1/65', '1/02', '1/2:AA'])('refuses part %s', async place => {
    const part = `[CHARTSEAL:v2:${'A'.repeat(11)}:${place}:AAAA]`
    await expectCode('message/malformed', () => parsePart(part))
    expect(inspectMessage(part).refusal).toMatchObject({ code: 'message/malformed' })
  })

  it('no part, unequal parts, too many parts', async () => {
    await expectCode('message/malformed', () => joinParts([]))
    const id = 'A'.repeat(11)
    const unequal = [`[CHARTSEAL:v2:${id}:1/2:AAAA]`, `[CHARTSEAL:v2:${id}:2/2:AAAAAAAA]`]
    await expectCode('message/malformed', () => joinParts(unequal))
    expect(() => splitMessage(message, 60)).toThrow(RangeError)
    const refusal = /^RangeError: maxCharacters must be at least (\d+)/
    const least = Number(refusal.exec(await codeOf(() => splitMessage(message, 20)))?.[1])
    expect(splitMessage(message, least).length).toBeLessThanOrEqual(64)
    expect(() => splitMessage(message, least - 2)).toThrow(RangeError)
    expect(() => splitMessage(message, 33)).toThrow(RangeError)
  })
})

describe('what was sealed with the key and is no body', () => {
  const head = message.slice(0, 19)
  const bound = Object.values(binding).flatMap(value => [Uint8Array.of(0, value.length), encodeUtf8(value)])
  const context = concat(encodeUtf8('chartseal/message/v2'), head, ...bound)
  const sealed = (plaintext: Uint8Array): Uint8Array =>
    concat(head, sealBytes(sealingKey.key, concat(plaintext, new Uint8Array(300)), context))
  const cbor = (value: CborValue): Uint8Array => sealed(concat(encodeCbor(value), Uint8Array.of(0x80)))
  const whole = { type: 't', content: Uint8Array.of(1), sent: 1 }

  it('opens when made by hand from the byte table', () => {
    expect(openMessage(sealingKey.key, cbor(whole), binding).body.mediaType).toBe('t')
  })

  it.each<[string, Uint8Array]>([
    ['nothing but zeros', sealed(new Uint8Array(0))],
    ['another padding', sealed(Uint8Array.of(0x81))],
    ['no CBOR', sealed(Uint8Array.of(0xff, 0x80))],
    ['no map', cbor([1])],
    ['an unknown field', cbor({ ...whole, x: 1 })],
    ['a name that is no text', cbor({ ...whole, name: 1 })],
    ['a missing field', cbor({ type: 't', sent: 1 })],
  ])('%s', async (_, candidate) => {
    expect(await codeOf(() => openMessage(sealingKey.key, candidate, binding))).toBe('open/failed')
  })
})

/** What JavaScript, or JSON, may hand over in the place of what the types ask for. */
const untyped = (value: unknown): never => value as never

describe('arguments are checked at the door', () => {
  const sealed =
    (body: object, bound: object = {}, header: object = {}) =>
    () =>
      sealMessage(
        untyped({ ...sealingKey, ...header }),
        untyped({ ...binding, ...bound }),
        untyped({ ...note(), ...body }),
      )

  it.each([
    ['content', sealed({ content: 'BP 120/80' })],
    ['content', sealed({ content: [1, 2] })],
    ['sentAtMs', sealed({ sentAtMs: undefined })],
    ['sentAtMs', sealed({ sentAtMs: '2026' })],
    ['sentAtMs', sealed({ sentAtMs: 1.5 })],
    ['mediaType', sealed({ mediaType: undefined })],
    ['mediaType', sealed({ mediaType: new Uint8Array(1) })],
    ['fileName', sealed({ fileName: null })],
    ['patientId', sealed({}, { patientId: undefined })],
    ['patientId', sealed({}, { patientId: 7 })],
    ['thread', sealed({}, { thread: undefined })],
    ['sender', sealed({}, { sender: null })],
    ['recipient', sealed({}, { recipient: new Uint8Array(1) })],
    ['counter', sealed({}, {}, { counter: 0 })],
    ['kid', sealed({}, {}, { kid: '0102030405060708' })],
  ])('names %s when it has another type', (name, attempt) => {
    expect(attempt).toThrow(TypeError)
    expect(attempt).toThrow(new RegExp(`^${name} must be`))
  })

  it('checks the fields of an attachment in the same way', () => {
    const info = { mediaType: 'a/b', sizeBytes: 1, sentAtMs: 1 }
    const attempt = (change: object) => () =>
      sealAttachment(sealingKey, binding, untyped({ ...info, ...change }))
    expect(attempt({ mediaType: 7 })).toThrow('mediaType must be a string')
    expect(attempt({ sentAtMs: '1' })).toThrow('sentAtMs must be an integer')
    expect(attempt({ sizeBytes: -1 })).toThrow('sizeBytes must be a non-negative safe integer')
    expect(attempt({ fileName: 'x'.repeat(5000) })).toThrow('must fit into 4096 bytes')
  })

  it('checks the binding when it opens, too', () => {
    expect(() => openMessage(sealingKey.key, message, untyped({ ...binding, thread: undefined }))).toThrow(
      'thread must be a string',
    )
  })

  it('refuses a lone surrogate, which UTF-8 cannot carry', async () => {
    for (const attempt of [
      sealed({ fileName: '\ud800' }),
      sealed({ mediaType: '\udc00' }),
      sealed({}, { thread: '\ud800' }),
    ])
      expect(await codeOf(attempt)).toBe('encoding/invalid')
  })
})

describe('misuse is loud', () => {
  it('key ids, counters and assertions of other sizes', () => {
    const wrong = [{ kid: new Uint8Array(7) }, { counter: -1n }, { counter: 1n << 64n }]
    for (const change of wrong)
      expect(() => sealMessage({ ...sealingKey, ...change }, binding, note())).toThrow(RangeError)
    expect(() => sealMessage(sealingKey, { ...binding, thread: 'x'.repeat(65_536) }, note())).toThrow(
      RangeError,
    )
  })

  it('refuses buckets that do not ascend or are too small', () => {
    for (const bucketBytes of [0, 255, 300.5, [], [512, 512], [1024, 512], [256, Number.NaN]])
      expect(() => sealMessage(sealingKey, binding, note(), undefined, { bucketBytes })).toThrow(RangeError)
  })

  it('a message is base64url without padding', () => expect(text).toContain(encodeBase64Url(message)))
})
