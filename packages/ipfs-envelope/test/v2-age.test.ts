import {
  ageError,
  ageRecipientOf,
  ageStatement,
  exportAge,
  exportAgeStream,
  generateAgeIdentity,
  importAge,
  importAgeStream,
} from '@chartseal/ipfs-envelope/age'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { Decrypter, Encrypter } from 'age-encryption'
import { describe, expect, it } from 'vitest'
import { pattern } from './v2-people.js'

const expectCode = codesRaised(ageError)
const plain = await generateAgeIdentity()
const hybrid = await generateAgeIdentity({ hybrid: true })
const [toPlain, toHybrid] = [await ageRecipientOf(plain), await ageRecipientOf(hybrid)]
const content = pattern(200_000)
const stream = (bytes: Uint8Array): ReadableStream<Uint8Array> => new Blob([Uint8Array.from(bytes)]).stream()
const all = async (readable: ReadableStream<Uint8Array>): Promise<Uint8Array> =>
  new Uint8Array(await new Response(readable).arrayBuffer())

describe('a file of age', () => {
  it.each([
    ['X25519', plain, toPlain],
    ['hybrid', hybrid, toHybrid],
  ])('opens as it was made, in memory and as a stream: %s', async (_, identity, recipient) => {
    const file = await exportAge(content, [recipient])
    expect(await importAge(file, [identity])).toEqual(content)
    const streamed = await all(await exportAgeStream(stream(content), [recipient]))
    expect(await all(await importAgeStream(stream(streamed), [identity]))).toEqual(content)
    expect(await importAge(streamed, [await generateAgeIdentity(), identity])).toEqual(content)
  })

  it('is that of the library alone, both ways', async () => {
    const encrypter = new Encrypter()
    encrypter.addRecipient(toPlain)
    expect(await importAge(await encrypter.encrypt(content), [plain])).toEqual(content)
    const decrypter = new Decrypter()
    decrypter.addIdentity(plain)
    expect(await decrypter.decrypt(await exportAge(content, [toPlain]))).toEqual(content)
  })

  it('does not open for others, nor when it was changed or cut', async () => {
    const file = await exportAge(content, [toPlain])
    const changed = Uint8Array.from(file, (byte, i) => (i === 150_000 ? byte ^ 1 : byte))
    for (const bad of [changed, file.slice(0, -1), file.slice(0, 70_000), new Uint8Array(0), pattern(500)]) {
      expect(await codeOf(() => importAge(bad, [plain]))).toBe('open/failed')
      expect(await codeOf(async () => all(await importAgeStream(stream(bad), [plain])))).toBe('open/failed')
    }
    expect(await codeOf(() => importAge(file, [hybrid]))).toBe('open/failed')
    expect(await codeOf(() => importAge(file, []))).toBe('open/failed')
  })

  it('is not made for hybrid and X25519 recipients together, which the library does without a word', async () => {
    const mixed = new Encrypter()
    for (const recipient of [toPlain, toHybrid]) mixed.addRecipient(recipient)
    expect((await mixed.encrypt(content)).length).toBeGreaterThan(content.length)
    for (const both of [
      [toPlain, toHybrid],
      [toHybrid, toPlain],
    ]) {
      await expectCode('age/mixed-recipients', () => exportAge(content, both))
      await expectCode('age/mixed-recipients', () => exportAgeStream(stream(content), both))
    }
  })

  it('is not made for nobody, nor for what is no recipient', async () => {
    await expect(exportAge(content, [])).rejects.toThrow(RangeError)
    for (const bad of [
      '',
      'age1',
      plain,
      toPlain.toUpperCase(),
      `${toPlain.slice(0, -1)}${toPlain.endsWith('q') ? 'p' : 'q'}`,
      'age1tag1qqqq',
      ` ${toPlain}`,
    ])
      await expectCode('age/bad-recipient', () => exportAge(content, [bad]))
  })

  it('takes no identity that is none, and does not repeat it', async () => {
    const file = await exportAge(content, [toPlain])
    for (const bad of [
      '',
      toPlain,
      plain.toLowerCase(),
      `${plain.slice(0, -1)}${plain.endsWith('Q') ? 'P' : 'Q'}`,
    ]) {
      await expectCode('age/bad-identity', () => importAge(file, [bad]))
      await expectCode('age/bad-identity', () => ageRecipientOf(bad))
    }
    await expect(importAge(file, [plain, 'AGE-SECRET-KEY-1SECRET'])).rejects.not.toThrow('1SECRET')
  })

  it('stops to be read when the reader gives up', async () => {
    const file = await exportAge(content, [toPlain])
    const opened = await importAgeStream(stream(file), [plain])
    await opened.cancel()
    expect(await opened.getReader().read()).toEqual({ done: true, value: undefined })
  })

  it('says what it lacks', () => {
    const codes = ageStatement.lacks.map(({ code }) => code)
    expect(codes).toEqual(expect.arrayContaining(['no-revocation', 'no-grants', 'no-audit']))
  })
})
