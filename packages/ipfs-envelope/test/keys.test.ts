import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { decodePem, encodePem } from '@chartseal/core/der'
import { AeadKey } from '@chartseal/core/keys'
import { generateRsaKeyPair, rsaIdentity, rsaRecipient } from '@chartseal/ipfs-envelope/v1'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
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
  ] as const)('public %s fits private %s', async (publicType, privateType) => {
    expect(await matches(pem(publicKey, publicType), pem(privateKey, privateType))).toBe(true)
  })

  it('are read with CRLF and without a last line break', async () => {
    const spki = pem(publicKey, 'spki').trim()
    expect(await matches(spki.replaceAll('\n', '\r\n'), pem(privateKey, 'pkcs8').trim())).toBe(true)
  })

  it('are generated: 3072 bits, PKCS#8 and SPKI', async () => {
    const pair = await generateRsaKeyPair()
    expect(createPrivateKey(pair.privateKeyPem).asymmetricKeyDetails?.modulusLength).toBe(3072)
    expect(await matches(pair.publicKeyPem, pair.privateKeyPem)).toBe(true)
  })

  it('are generated in the size that was asked for', async () => {
    const { privateKeyPem } = await generateRsaKeyPair({ bits: 2048 })
    expect(createPrivateKey(privateKeyPem).asymmetricKeyDetails?.modulusLength).toBe(2048)
  })

  it('refuse an empty passphrase', async () => {
    await expect(generateRsaKeyPair({ bits: 2048, passphrase: '' })).rejects.toThrow(RangeError)
  })
})

describe('private keys under a passphrase', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const spki = publicKey.export({ format: 'pem', type: 'spki' }).toString()
  const encrypted = privateKey
    .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'päss' })
    .toString()

  on('node', 'are read as OpenSSL writes them', async () => {
    expect(await matches(spki, encrypted, 'päss')).toBe(true)
    expect(await codeOf(() => matches(spki, encrypted, 'pass'))).toBe('open/failed')
    const cut = encodePem('ENCRYPTED PRIVATE KEY', decodePem(encrypted).der.slice(0, 80))
    expect(await codeOf(() => matches(spki, cut, 'päss'))).toBe('open/failed')
  })

  on('node', 'are written as OpenSSL reads them, hardened 600,000 times', async () => {
    const pair = await generateRsaKeyPair({ bits: 2048, passphrase: 'päss' })
    const { label, der } = decodePem(pair.privateKeyPem)
    expect(label).toBe('ENCRYPTED PRIVATE KEY')
    expect(Buffer.from(der).includes(Buffer.from('02030927c0', 'hex'))).toBe(true)
    expect(createPrivateKey({ key: pair.privateKeyPem, passphrase: 'päss' }).asymmetricKeyType).toBe('rsa')
    expect(await matches(pair.publicKeyPem, pair.privateKeyPem, 'päss')).toBe(true)
  })

  on('web', 'are refused by name where there is no node:crypto', async () => {
    const code = 'envelope/encrypted-key-unsupported'
    expect(await codeOf(() => matches(spki, encrypted, 'päss'))).toBe(code)
    expect(await codeOf(() => generateRsaKeyPair({ bits: 2048, passphrase: 'päss' }))).toBe(code)
  })

  it('without the passphrase are refused by name', async () => {
    expect(await codeOf(() => rsaIdentity(encrypted))).toBe('envelope/passphrase-needed')
  })
})

describe('identities', () => {
  it('find their entry among those of others, broken ones and long ones', async () => {
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
