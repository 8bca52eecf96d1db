import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { decodePem, encodePem } from '@chartseal/core/der'
import { AeadKey } from '@chartseal/core/keys'
import { generateRsaKeyPair, rsaIdentity, rsaRecipient } from '@chartseal/ipfs-envelope/v1'
import { codeOf, runsOf } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import { person } from './people.js'

const platform = process.env['CHARTSEAL_PLATFORM']
const fileKey = new AeadKey(new Uint8Array(32).fill(3))

/** A test of one platform only. */
function on(only: 'node' | 'web', title: string, test: () => Promise<void>): void {
  if (only === platform) it(title, test)
}

/** Whether what is wrapped for one PEM unwraps with the other. */
async function matches(publicKeyPem: string, privateKeyPem: string, passphrase?: string): Promise<boolean> {
  const recipient = await rsaRecipient('a', publicKeyPem)
  const identity = await rsaIdentity(privateKeyPem, passphrase === undefined ? {} : { passphrase })
  const unwrapped = await identity.unwrap([{ recipientId: 'a', wrapped: await recipient.wrap(fileKey) }])
  return unwrapped !== null && Buffer.compare(unwrapped.reveal(), fileKey.reveal()) === 0
}

describe('RSA keys in PEM', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2056 })
  const pem = (key: KeyObject, type: 'spki' | 'pkcs1' | 'pkcs8'): string =>
    key
      .export({ format: 'pem', type: type === 'spki' && key.type === 'private' ? 'pkcs8' : type } as never)
      .toString()

  it.each([
    ['spki', 'pkcs8'],
    ['spki', 'pkcs1'],
    ['pkcs1', 'pkcs8'],
    ['pkcs1', 'pkcs1'],
  ] as const)('reads a public key in %s and its private key in %s', async (publicType, privateType) => {
    expect(await matches(pem(publicKey, publicType), pem(privateKey, privateType))).toBe(true)
  })

  it('reads PEM with CRLF and without a last line break', async () => {
    const spki = pem(publicKey, 'spki').trim()
    expect(await matches(spki.replaceAll('\n', '\r\n'), pem(privateKey, 'pkcs8').trim())).toBe(true)
  })

  it('generates keys of 3072 bits in PKCS#8 and SPKI', async () => {
    const pair = await generateRsaKeyPair()
    expect(createPrivateKey(pair.privateKeyPem).asymmetricKeyDetails?.modulusLength).toBe(3072)
    expect(await matches(pair.publicKeyPem, pair.privateKeyPem)).toBe(true)
  })

  it('generates keys in the size that was asked for', async () => {
    const { privateKeyPem } = await generateRsaKeyPair({ bits: 2048 })
    expect(createPrivateKey(privateKeyPem).asymmetricKeyDetails?.modulusLength).toBe(2048)
  })

  it('refuses an empty passphrase, another size or a field of another type before a key is made', async () => {
    await expect(generateRsaKeyPair({ bits: 2048, passphrase: '' })).rejects.toThrow(RangeError)
    for (const options of [{ bits: 1024 }, { bits: 2056 }, { bits: '2048' }]) {
      await expect(Reflect.apply(generateRsaKeyPair, null, [options])).rejects.toThrow(RangeError)
    }
    const numeric = Reflect.apply(generateRsaKeyPair, null, [{ passphrase: 1234 }])
    await expect(numeric).rejects.toThrow(/passphrase must be a string/)
  })
})

describe('the limit of a passphrase', () => {
  const code = 'envelope/passphrase-too-long'
  const tooLong = ['a'.repeat(1_025), 'é'.repeat(513), 'e\u0301'.repeat(513), 'x'.repeat(100_000)]
  const longest = ['e\u0301'.repeat(512), 'é'.repeat(512), 'a'.repeat(1_024)].slice(0, runsOf(3, 1))
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

  it('refuses a passphrase that is too long before a key is made', async () => {
    const generate = vi.spyOn(crypto.subtle, 'generateKey')
    for (const passphrase of tooLong) {
      expect(await codeOf(() => generateRsaKeyPair({ bits: 2048, passphrase }))).toBe(code)
    }
    expect(generate).not.toHaveBeenCalled()
    generate.mockRestore()
  })

  it('reports a passphrase that is too long when a key is read, and does not call it wrong', async () => {
    const options = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'secret' } as const
    const pem = privateKey.export(options).toString()
    for (const passphrase of tooLong) {
      await expect(rsaIdentity(pem, { passphrase })).rejects.toMatchObject({
        code,
        context: { maxBytes: 1_024 },
        message: expect.stringContaining('1024 bytes'),
      })
    }
  })

  on('node', 'opens a key under the longest passphrase it is written under', async () => {
    for (const passphrase of longest) {
      const pair = await generateRsaKeyPair({ bits: 2048, passphrase })
      expect(await matches(pair.publicKeyPem, pair.privateKeyPem, passphrase)).toBe(true)
    }
  })
})

describe('the spelling of a passphrase', () => {
  const nfc = 'seven quiet H\u00e9rons k\u00f6ln'
  const nfd = nfc.normalize('NFD')

  on('node', 'writes a key under NFC with plain spaces, whichever form was typed', async () => {
    for (const passphrase of [nfd.replaceAll(' ', '\u00a0'), nfc, nfd].slice(0, runsOf(3, 1))) {
      const pair = await generateRsaKeyPair({ bits: 2048, passphrase })
      expect(createPrivateKey({ key: pair.privateKeyPem, passphrase: nfc }).type).toBe('private')
      for (const typed of [nfc, nfd]) {
        expect(await matches(pair.publicKeyPem, pair.privateKeyPem, typed)).toBe(true)
      }
      expect(await codeOf(() => rsaIdentity(pair.privateKeyPem, { passphrase: `${nfc}.` }))).toBe(
        'open/failed',
      )
    }
  })

  on('node', 'opens keys that other tools wrote under other forms', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const spki = publicKey.export({ format: 'pem', type: 'spki' }).toString()
    for (const [written, typed] of [
      [nfd, nfd],
      [nfc, nfd],
      ['a\u00a0b', 'a\u00a0b'],
      ['NUL\u0000inside', 'NUL\u0000inside'],
    ] as const) {
      const options = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: written } as const
      expect(await matches(spki, privateKey.export(options).toString(), typed)).toBe(true)
    }
  })

  it('refuses a passphrase that UTF-8 cannot carry', async () => {
    const lone = () => generateRsaKeyPair({ bits: 2048, passphrase: 'a\ud800' })
    expect(await codeOf(lone)).toBe('encoding/invalid')
  })
})

describe('private keys under a passphrase', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const spki = publicKey.export({ format: 'pem', type: 'spki' }).toString()
  const encrypted = privateKey
    .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'päss' })
    .toString()

  on('node', 'reads encrypted keys as OpenSSL writes them', async () => {
    expect(await matches(spki, encrypted, 'päss')).toBe(true)
    expect(await codeOf(() => matches(spki, encrypted, 'pass'))).toBe('open/failed')
    const cut = encodePem('ENCRYPTED PRIVATE KEY', decodePem(encrypted).der.slice(0, 80))
    expect(await codeOf(() => matches(spki, cut, 'päss'))).toBe('open/failed')
  })

  on('node', 'writes encrypted keys as OpenSSL reads them, hardened 600,000 times', async () => {
    const pair = await generateRsaKeyPair({ bits: 2048, passphrase: 'päss' })
    const { label, der } = decodePem(pair.privateKeyPem)
    expect(label).toBe('ENCRYPTED PRIVATE KEY')
    expect(Buffer.from(der).includes(Buffer.from('02030927c0', 'hex'))).toBe(true)
    expect(createPrivateKey({ key: pair.privateKeyPem, passphrase: 'päss' }).asymmetricKeyType).toBe('rsa')
    expect(await matches(pair.publicKeyPem, pair.privateKeyPem, 'päss')).toBe(true)
  })

  on('web', 'refuses encrypted keys by name where there is no node:crypto', async () => {
    const code = 'envelope/encrypted-key-unsupported'
    expect(await codeOf(() => matches(spki, encrypted, 'päss'))).toBe(code)
    expect(await codeOf(() => generateRsaKeyPair({ bits: 2048, passphrase: 'päss' }))).toBe(code)
  })

  it('asks for the passphrase of an encrypted key', async () => {
    expect(await codeOf(() => rsaIdentity(encrypted))).toBe('envelope/passphrase-needed')
  })
})

describe('identities', () => {
  it('finds its entry among those of others, broken ones and long ones', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')]
    const wrapped = await alice.recipient.wrap(fileKey)
    const entries = [
      await bob.recipient.wrap(fileKey),
      new Uint8Array(0),
      new Uint8Array(256),
      new Uint8Array(512),
      wrapped.slice(1),
      wrapped,
    ].map((bytes, i) => ({ recipientId: `${i}`, wrapped: bytes }))
    expect((await alice.nameless.unwrap(entries))?.reveal()).toEqual(fileKey.reveal())
    expect(await alice.nameless.unwrap(entries.slice(0, -1))).toBe(null)
    expect(await alice.nameless.unwrap([])).toBe(null)
  })
})
