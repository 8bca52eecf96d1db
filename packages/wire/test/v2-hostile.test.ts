import { concat } from '@chartseal/core/bytes'
import { sealBytes } from '@chartseal/core/chunked'
import { type CborValue, encodeBase64Url, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { codeOf, codesRaised } from '@chartseal/testkit'
import {
  format,
  inspect,
  join,
  maxMessageBytes,
  messageError,
  open,
  parse,
  parsePart,
  readHeader,
  seal,
  split,
} from '@chartseal/wire'
import { seal as sealV1 } from '@chartseal/wire/v1'
import { describe, expect, it } from 'vitest'
import { binding, note, sealingKey } from './v2-helpers.js'

const expectCode = codesRaised(messageError)
const message = seal(sealingKey, binding, note(new Uint8Array(5000)))
const other = seal({ ...sealingKey, counter: 6n }, binding, note(new Uint8Array(5000)))
const text = format(message)
const withByte = (at: number, value: number): string =>
  format(message.map((byte, i) => (i === at ? value : byte)))

describe('what anyone can see has its own code, and inspect tells the same', () => {
  it.each([
    ['message/malformed', ''],
    ['message/malformed', `${text}\n`],
    ['message/malformed', text.replace('v2', 'v3')],
    ['message/malformed', `${text.slice(0, -1)}=]`],
    ['message/malformed', '[CHARTSEAL:v2:]'],
    ['message/malformed', format(message.subarray(0, 100))],
    ['message/malformed', format(message.subarray(0, 19 + 56 + 16))],
    ['message/unsupported', withByte(0, 3)],
    ['message/unsupported', withByte(1, 2)],
    ['message/unsupported', withByte(2, 1)],
    ['message/too-large', 'A'.repeat(maxMessageBytes * 2)],
  ])('%s', async (code, candidate) => {
    await expectCode(code, () => parse(candidate))
    expect(inspect(candidate)).toMatchObject({ refusal: { code }, message: null })
  })

  it('sizes are limited in bytes, too', async () => {
    await expectCode('message/too-large', () => readHeader(new Uint8Array(maxMessageBytes + 1)))
    await expectCode('message/too-large', () =>
      seal(sealingKey, binding, note(new Uint8Array(maxMessageBytes))),
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
      ['length', format(message.subarray(0, 100))],
      ['part', `[CHARTSEAL:v2:${'A'.repeat(11)}:3/2:AAAA]`],
      ['version', `[CHARTSEAL:v2:${'A'.repeat(11)}:1/2:${encodeBase64Url(new Uint8Array(30))}]`],
      ['not-bracketed', '[MEDCRYPT'],
    ] as const
    for (const [stage, candidate] of stages) expect(inspect(candidate).refusal).toMatchObject({ stage })
  })

  it('a sound one is described, in both versions', () => {
    const described = { version: 2, kid: '0102030405060708', counter: 5n, paddedBytes: 5120 }
    expect(inspect(text)).toEqual({ refusal: null, message: described, part: null })
    expect(inspect(sealV1(sealingKey.key, 'x', 'P')).message).toMatchObject({ version: 1, patientId: 'P' })
  })
})

describe('parts', () => {
  const parts = split(message, 2000)
  const foreign = split(other, 2000)

  it('each tells the bounds of the whole, and the first one the key', () => {
    const inspected = parts.map(part => inspect(part).part)
    expect(inspected[0]?.header).toEqual({ kid: '0102030405060708', counter: 5n })
    expect(inspected[1]?.header).toBeNull()
    for (const part of inspected) {
      expect(part?.messageBytes.min).toBeLessThanOrEqual(message.length)
      expect(part?.messageBytes.max).toBeGreaterThanOrEqual(message.length)
    }
    expect(inspect(`[CHARTSEAL:v2:${'A'.repeat(11)}:1/2:AAAA]`)).toMatchObject({ refusal: null })
  })

  it('missing, foreign and conflicting ones are named', async () => {
    await expectCode('message/missing-parts', () => join(parts.slice(1)))
    await expectCode('message/foreign-parts', () => join([...parts, ...foreign.slice(0, 1)]))
    const changed = (parts[1] ?? '').replace(/:[^:]{4}([^:]*)\]$/, ':AAAA$1]')
    await expectCode('message/conflicting-parts', () => join([...parts, changed]))
    await expectCode('message/wrong-set', () => join(parts.map((part, i) => (i === 1 ? changed : part))))
    expect(() => join(parts.slice(1))).toThrow(expect.objectContaining({ context: { missing: [1] } }))
  })

  it.each(['0/2', '3/2', '1/1', '01/2', '1/65', '1/02', '1/2:AA'])('refuses part %s', async place => {
    const part = `[CHARTSEAL:v2:${'A'.repeat(11)}:${place}:AAAA]`
    await expectCode('message/malformed', () => parsePart(part))
    expect(inspect(part).refusal).toMatchObject({ code: 'message/malformed' })
  })

  it('no part, unequal parts, too many parts', async () => {
    await expectCode('message/malformed', () => join([]))
    const id = 'A'.repeat(11)
    const unequal = [`[CHARTSEAL:v2:${id}:1/2:AAAA]`, `[CHARTSEAL:v2:${id}:2/2:AAAAAAAA]`]
    await expectCode('message/malformed', () => join(unequal))
    expect(() => split(message, 60)).toThrow(RangeError)
    expect(() => split(message, 33)).toThrow(RangeError)
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
    expect(open(sealingKey.key, cbor(whole), binding).body.mediaType).toBe('t')
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
    expect(await codeOf(() => open(sealingKey.key, candidate, binding))).toBe('open/failed')
  })
})

describe('misuse is loud', () => {
  it('key ids, counters and assertions of other sizes', () => {
    const wrong = [{ kid: new Uint8Array(7) }, { counter: -1n }, { counter: 1n << 64n }]
    for (const change of wrong)
      expect(() => seal({ ...sealingKey, ...change }, binding, note())).toThrow(RangeError)
    expect(() => seal(sealingKey, { ...binding, thread: 'x'.repeat(65_536) }, note())).toThrow(RangeError)
  })

  it('buckets that are none', () => {
    for (const bucketBytes of [0, 255, 300.5, [], [512, 512], [1024, 512], [256, Number.NaN]])
      expect(() => seal(sealingKey, binding, note(), undefined, { bucketBytes })).toThrow(RangeError)
  })

  it('a message is base64url without padding', () => expect(text).toContain(encodeBase64Url(message)))
})
