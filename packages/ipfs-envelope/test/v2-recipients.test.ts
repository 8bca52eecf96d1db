import { generateKeyPairSync } from 'node:crypto'
import { concat } from '@chartseal/core/bytes'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  formatIdentityKey,
  formatRecipient,
  generateIdentityKey,
  hpkeIdentity,
  hpkeRecipient,
  type Identity,
  identityOf,
  parseIdentityKey,
  parseRecipient,
  type Recipient,
  recipientError,
  recipientOf,
  rsaOaepIdentity,
} from '@chartseal/ipfs-envelope'
import { generateRsaKeyPair } from '@chartseal/ipfs-envelope/v1'
import { codeOf, codesRaised, propertyRuns } from '@chartseal/testkit'
import { bech32m } from '@scure/base'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { person, rsaPerson } from './v2-people.js'

const expectCode = codesRaised(recipientError)
const onNode = process.env['CHARTSEAL_PLATFORM'] === 'node'
const key = AeadKey.generate(systemRandom)
const info = new TextEncoder().encode('info')
const rsa = await rsaPerson()
const people = [
  ['x25519', person()],
  ['xwing', person('xwing')],
  ['rsa-oaep', rsa],
] as const

const wrap = (recipient: Recipient): ReturnType<Recipient['wrap']> => recipient.wrap(info, key, systemRandom)
async function unwrapped(identity: Identity, ...rest: Parameters<Identity['unwrap']>): Promise<unknown> {
  const opened = await identity.unwrap(...rest)
  return opened === null ? null : Uint8Array.from(opened.reveal())
}

describe.each(people)('a recipient with a key of %s', (_, { recipient, identity }) => {
  it('is found by its identity: one hash, one kind', () => {
    expect([identity.kem, identity.keyHash]).toEqual([recipient.kem, recipient.keyHash])
  })

  it('gets a key that opens under the same info only, and for nobody else', async () => {
    const entry = await wrap(recipient)
    expect(await unwrapped(identity, info, entry)).toEqual(key.reveal())
    expect(await unwrapped(identity, new Uint8Array(3), entry)).toBe(null)
    for (const [, other] of people) {
      if (other.recipient === recipient) continue
      expect(await unwrapped(other.identity, info, entry)).toBe(null)
    }
  })

  it('gets nothing from an entry that was changed or cut', async () => {
    const { enc, ct } = await wrap(recipient)
    const changed = Uint8Array.from(ct, (byte, i) => (i === 20 ? byte ^ 1 : byte))
    for (const entry of [
      { enc, ct: changed },
      { enc, ct: ct.slice(1) },
      { enc: enc.slice(1), ct: ct.slice(1) },
      { enc: concat(enc, Uint8Array.of(0)), ct },
      { enc: new Uint8Array(enc.length), ct },
    ])
      if (entry.ct !== ct || enc.length > 0 || entry.enc.length > 0)
        expect(await unwrapped(identity, info, entry)).toBe(null)
  })

  it('is one text, and the text is it', async () => {
    const text = formatRecipient(recipient)
    const again = await parseRecipient(text)
    expect(text).toMatch(/^csrec1[a-z0-9]+$/)
    expect(formatRecipient(again)).toBe(text)
    expect([again.kem, again.keyHash, again.publicKey]).toEqual([
      ...[recipient.kem, recipient.keyHash],
      recipient.publicKey,
    ])
    expect(await unwrapped(identity, info, await wrap(again))).toEqual(key.reveal())
  })
})

describe('texts of identities', () => {
  it.each(['x25519', 'xwing'] as const)('give back the key, %s', async kem => {
    const made = generateIdentityKey(kem)
    const text = formatIdentityKey(made)
    expect(text).toMatch(/^csid1[a-z0-9]+$/)
    const again = parseIdentityKey(text)
    expect(formatIdentityKey(again)).toBe(text)
    expect(again.secret.reveal()).toEqual(made.secret.reveal())
    expect(await unwrapped(identityOf(again), info, await wrap(recipientOf(made)))).toEqual(key.reveal())
  })

  it('use nothing that was wiped', async () => {
    const made = generateIdentityKey('x25519')
    const identity = identityOf(made)
    const entry = await wrap(recipientOf(made))
    made.secret.wipe()
    expect(await codeOf(() => identity.unwrap(info, entry))).toBe('key/wiped')
    expect(await codeOf(() => formatIdentityKey(made))).toBe('key/wiped')
  })
})

describe('texts that are refused', () => {
  const spell = (prefix: string, bytes: Uint8Array): string =>
    bech32m.encode(prefix, bech32m.toWords(bytes), false)
  const text = formatRecipient(person().recipient)
  const spki = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    format: 'der',
    type: 'spki',
  })

  it.each<[string, string, string?]>([
    ['nothing', ''],
    ['another word', 'hello'],
    ['capital letters', text.toUpperCase()],
    ['a space in front', ` ${text}`],
    ['one letter changed', text.replace(/.$/, last => (last === 'q' ? 'p' : 'q'))],
    ['one letter less', text.slice(0, -1)],
    ['another prefix', spell('csrex', new Uint8Array(33).fill(1))],
    ['no key', spell('csrec', new Uint8Array(0))],
    ['kind 0', spell('csrec', new Uint8Array(33))],
    ['kind 4', spell('csrec', new Uint8Array(33).fill(4))],
    ['a key of 31 bytes', spell('csrec', new Uint8Array(32).fill(1))],
    ['X-Wing with 32 bytes', spell('csrec', new Uint8Array(33).fill(2))],
    ['RSA that is not DER', spell('csrec', new Uint8Array(33).fill(3)), 'der/invalid'],
    [
      'RSA with a byte behind it',
      spell('csrec', concat(Uint8Array.of(3), spki, Uint8Array.of(0))),
      'der/invalid',
    ],
    ['too many letters', spell('csrec', new Uint8Array(3_000).fill(3))],
  ])('are no recipient: %s', async (_, bad, code = 'recipient/bad-text') => {
    if (code === 'recipient/bad-text') await expectCode(code, () => parseRecipient(bad))
    else expect(await codeOf(() => parseRecipient(bad))).toBe(code)
  })

  const identity = formatIdentityKey(generateIdentityKey('x25519'))
  it.each<[string, string]>([
    ['a recipient', text],
    ['capital letters', identity.toUpperCase()],
    ['one letter changed', identity.replace(/.$/, last => (last === 'q' ? 'p' : 'q'))],
    ['RSA', spell('csid', new Uint8Array(33).fill(3))],
    ['a key of 31 bytes', spell('csid', new Uint8Array(32).fill(1))],
    ['no key', spell('csid', new Uint8Array(0))],
  ])('are no identity, and are not repeated in the error: %s', async (_, bad) => {
    await expectCode('recipient/bad-identity-text', () => parseIdentityKey(bad))
    expect(() => parseIdentityKey(bad)).not.toThrow(bad)
  })

  it('are answered by a code, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.uint8Array({ maxLength: 80 }), async (letters, bytes) => {
        for (const bad of [letters, `csrec1${letters}`, spell('csrec', bytes), spell('csid', bytes)]) {
          const codes = [await codeOf(() => parseRecipient(bad)), await codeOf(() => parseIdentityKey(bad))]
          for (const code of codes) expect(code).toMatch(/^(accepted|recipient\/|der\/|envelope\/)/)
        }
      }),
      propertyRuns(100, 30),
    )
  })

  it('are public keys that agree on zero: nothing is wrapped for them', async () => {
    const zero = hpkeRecipient('x25519', new Uint8Array(32))
    expect(await codeOf(() => wrap(zero))).toBe('key/small-order')
    expect(() => hpkeRecipient('x25519', new Uint8Array(31))).toThrow(RangeError)
    expect(() => hpkeIdentity('xwing', key)).not.toThrow()
  })
})

describe('RSA identities', () => {
  it('read keys under a passphrase, on Node', async () => {
    if (!onNode) {
      const made = (): Promise<unknown> => generateRsaKeyPair({ bits: 2048, passphrase: 'a b' })
      expect(await codeOf(made)).toBe('envelope/encrypted-key-unsupported')
      return
    }
    const { publicKeyPem, privateKeyPem } = await generateRsaKeyPair({ bits: 2048, passphrase: 'a b' })
    const { rsaOaepRecipient } = await import('@chartseal/ipfs-envelope')
    const identity = await rsaOaepIdentity(privateKeyPem, { passphrase: 'a b' })
    const entry = await wrap(await rsaOaepRecipient(publicKeyPem))
    expect(await unwrapped(identity, info, entry)).toEqual(key.reveal())
    expect(await codeOf(() => rsaOaepIdentity(privateKeyPem))).toBe('envelope/passphrase-needed')
    expect(await codeOf(() => rsaOaepIdentity(privateKeyPem, { passphrase: 'c' }))).toBe('open/failed')
  })

  it('take no key that is not 32 bytes', async () => {
    const publicKey = await crypto.subtle.importKey(
      'spki',
      Uint8Array.from(rsa.recipient.publicKey),
      { name: 'RSA-OAEP', hash: 'SHA-256' },
      false,
      ['encrypt'],
    )
    const algorithm = { name: 'RSA-OAEP', label: Uint8Array.from(info) }
    const ct = new Uint8Array(await crypto.subtle.encrypt(algorithm, publicKey, new Uint8Array(31)))
    expect(await unwrapped(rsa.identity, info, { enc: new Uint8Array(0), ct })).toBe(null)
  })
})
