import { constants, publicEncrypt } from 'node:crypto'
import { concat } from '@chartseal/core/bytes'
import { AeadKey } from '@chartseal/core/keys'
import { unixfsAddressing, unixfsBlobStore } from '@chartseal/ipfs-envelope/unixfs'
import {
  envelopeError,
  getEnvelope,
  grantAccess,
  memoryBlobStore,
  openEnvelope,
  parsePackage,
  putEnvelope,
  type Recipient,
  rawAddressing,
  revokeAccess,
  rsaIdentity,
  rsaRecipient,
  sealEnvelope,
} from '@chartseal/ipfs-envelope/v1'
import { codesRaised } from '@chartseal/testkit'
import { MemoryBlockstore } from 'blockstore-core/memory'
import { describe, expect, it } from 'vitest'
import * as keys from './hostile-keys.js'
import { changed, fakeRecipient, packageText, person, untouchable } from './people.js'

const onNode = process.env['CHARTSEAL_PLATFORM'] === 'node'
const noNodeCrypto = 'envelope/encrypted-key-unsupported'
const expectCode = codesRaised(envelopeError, onNode ? [noNodeCrypto] : [])
const [alice, bob] = [await person('alice'), await person('bob')]
const plaintext = new TextEncoder().encode('HIV: negative')
const sealed = await sealEnvelope(plaintext, [alice.recipient], rawAddressing)
const { cid, nonce, encKeys } = sealed.package

describe('package text', () => {
  it.each([
    ['another field', 'envelope/unknown-field', { owner: 'someone else' }],
    ['a nonce of 8 bytes', 'envelope/nonce-length', { nonce: 'AAAAAAAAAAA=' }],
    ['a nonce of 16 bytes', 'envelope/nonce-length', { nonce: 'AAAAAAAAAAAAAAAAAAAAAA==' }],
    ['no nonce', 'envelope/nonce-length', { nonce: '' }],
    ['a line break in base64', 'json/invalid', { nonce: 'AAAA\nAAAAAAAAAAAA' }],
    ['the URL alphabet', 'json/invalid', { nonce: 'AAAAAAAAAAAAAA-_' }],
    ['bytes after the padding', 'json/invalid', { enc_keys: { alice: 'AA==AA==' } }],
    ['set spare bits', 'json/invalid', { enc_keys: { alice: 'AB==' } }],
    ['no padding', 'json/invalid', { enc_keys: { alice: 'AA' } }],
    ['a key that is a list', 'json/invalid', { enc_keys: { alice: [1] } }],
    ['keys that are a list', 'json/invalid', { enc_keys: ['AA=='] }],
    ['a field without value', 'json/invalid', { cid: null }],
    ['nobody', 'envelope/no-recipients', { enc_keys: {} }],
    ['a CID in capitals', 'envelope/bad-cid', { cid: cid.toUpperCase() }],
    ['a CID with white space', 'envelope/bad-cid', { cid: ` ${cid}` }],
    ['a version 1 CID in base58', 'envelope/bad-cid', { cid: keys.base58Cid }],
    ['a path', 'envelope/bad-cid', { cid: `/ipfs/${cid}` }],
    ['a CID of dag-cbor', 'envelope/unsupported-cid', { cid: keys.dagCborCid }],
    ['a CID of SHA-512', 'envelope/unsupported-cid', { cid: keys.sha512Cid }],
    ['a CID that is its content', 'envelope/unsupported-cid', { cid: keys.identityCid }],
    ['a CID of half a hash', 'envelope/unsupported-cid', { cid: keys.shortCid }],
  ])('refuses a package with %s', async (_, code, fields) => {
    await expectCode(code, () => parsePackage(packageText(sealed.package, fields)))
  })

  it.each(['"nonce":"AAAAAAAAAAAAAAAA",', '"enc_keys":{},', '"c\\u0069d":"",'])(
    'refuses a package that says %s a second time',
    async repeated => {
      const text = packageText(sealed.package).replace('{', `{${repeated}`)
      await expectCode('envelope/duplicate-field', () => parsePackage(text))
    },
  )

  it('refuses one recipient twice, in another spelling', async () => {
    const text = packageText(sealed.package).replace('{"alice"', '{"al\\u0069ce":"AAAA","alice"')
    await expectCode('envelope/duplicate-field', () => parsePackage(text))
  })

  it.each(['', '[]', 'null', '{"cid":', `${packageText(sealed.package)}{}`])(
    'refuses the text %j as a package',
    async text => {
      await expectCode('json/invalid', () => parsePackage(text))
    },
  )
})

describe('recipients', () => {
  const seal = (...recipients: readonly Recipient[]) => sealEnvelope(plaintext, recipients, rawAddressing)

  it('requires recipients, each with a name that no other one has', async () => {
    await expectCode('envelope/no-recipients', () => seal())
    await expectCode('envelope/bad-recipient', () => seal(fakeRecipient('')))
    await expectCode('envelope/bad-recipient', () => seal({ ...alice.recipient, id: '\ud800' }))
    for (const id of ['"', '\\', '\n', '\u0000']) {
      await expectCode('json/invalid', () => seal({ ...alice.recipient, id }))
    }
    await expectCode('envelope/duplicate-recipient', () => seal(alice.recipient, alice.recipient))
    const again = () => grantAccess(sealed.package, alice.named, [alice.recipient])
    await expectCode('envelope/duplicate-recipient', again)
    await expectCode('envelope/no-recipients', () => grantAccess(sealed.package, alice.named, []))
  })

  it('refuses a named recipient who is not in the package before anything else', async () => {
    const renamed = changed(sealed, { encKeys: encKeys.map(key => ({ ...key, recipientId: 'mallory' })) })
    const named = { ...untouchable, recipientId: 'alice' }
    const empty = memoryBlobStore()
    const code = 'envelope/unknown-recipient'
    await expectCode(code, () => openEnvelope(renamed, sealed.ciphertext, named, rawAddressing))
    await expectCode(code, () => getEnvelope(empty, renamed, named))
    await expectCode(code, () => grantAccess(renamed, named, [bob.recipient]))
  })

  it('does not open a named recipient’s package by someone else’s entry', async () => {
    const swapped = changed(sealed, { encKeys: [{ recipientId: 'bob', wrapped: sealedKey() }] })
    const asBob = await rsaIdentity(bob.privateKeyPem, { recipientId: 'bob' })
    await expectCode('open/failed', () => openEnvelope(swapped, sealed.ciphertext, asBob, rawAddressing))
  })

  it('refuses to revoke without a key, or to add someone by it', async () => {
    const store = memoryBlobStore()
    const old = await putEnvelope(store, plaintext, [alice.recipient])
    const save = async (): Promise<void> => {}
    const revoke = (identity: typeof alice.named, keep: readonly Recipient[]) =>
      revokeAccess({ store, package: old, identity, keep, save })
    await expectCode('envelope/unknown-recipient', () => revoke(alice.named, [bob.recipient]))
    await expectCode('envelope/no-recipients', () => revoke(alice.named, []))
    await expectCode('open/failed', () => revoke(bob.nameless, [alice.recipient]))
    expect(await getEnvelope(store, old, alice.named)).toEqual(plaintext)
  })
})

describe('file keys', () => {
  const rsa = (key: Uint8Array, options: object): Uint8Array =>
    Uint8Array.from(publicEncrypt({ key: alice.publicKeyPem, oaepHash: 'sha256', ...options }, key))
  const fileKey = async (): Promise<Uint8Array> =>
    (await alice.nameless.unwrap(encKeys))?.reveal().slice() ?? new Uint8Array(0)

  it.each<[string, () => Promise<Uint8Array>]>([
    ['of another file', () => alice.recipient.wrap(new AeadKey(new Uint8Array(32)))],
    ['of 16 bytes, which would mean AES-128', async () => rsa((await fileKey()).subarray(0, 16), {})],
    ['of 33 bytes', async () => rsa(concat(await fileKey(), Uint8Array.of(0)), {})],
    ['of no bytes', async () => rsa(new Uint8Array(0), {})],
    ['under OAEP with SHA-1', async () => rsa(await fileKey(), { oaepHash: 'sha1' })],
    ['under OAEP with a label', async () => rsa(await fileKey(), { oaepLabel: Buffer.from('label') })],
    [
      'under PKCS#1 v1.5',
      async () => rsa(await fileKey(), { padding: constants.RSA_PKCS1_PADDING, oaepHash: undefined }),
    ],
    ['under the key of somebody else', async () => bob.recipient.wrap(new AeadKey(await fileKey()))],
    ['cut short', async () => sealedKey().subarray(0, -1)],
    ['with one bit changed', async () => sealedKey().map((byte, i) => (i === 9 ? byte ^ 1 : byte))],
    ['of zeros', async () => new Uint8Array(256)],
    ['of no length', async () => new Uint8Array(0)],
  ])('gives one answer for a file key %s', async (_, wrap) => {
    const envelope = changed(sealed, { encKeys: [{ recipientId: 'alice', wrapped: await wrap() }] })
    const open = () => openEnvelope(envelope, sealed.ciphertext, alice.named, rawAddressing)
    await expectCode('open/failed', open)
    await expect(open()).rejects.toMatchObject({ context: {} })
  })

  it('gives the same answer for another nonce', async () => {
    const envelope = changed(sealed, { nonce: nonce.map(byte => byte ^ 1) })
    await expectCode('open/failed', () =>
      openEnvelope(envelope, sealed.ciphertext, alice.named, rawAddressing),
    )
  })
})

describe('ciphertexts', () => {
  it.each([0, 15])('refuses a ciphertext of %i bytes, which has no room for a tag', async sizeBytes => {
    const ciphertext = sealed.ciphertext.subarray(0, sizeBytes)
    const envelope = changed(sealed, { cid: await rawAddressing.cidOf(ciphertext) })
    const code = 'envelope/ciphertext-too-short'
    await expectCode(code, () => openEnvelope(envelope, ciphertext, untouchable, rawAddressing))
  })

  it('refuses a ciphertext of another CID before a key is used', async () => {
    const other = concat(sealed.ciphertext, Uint8Array.of(0))
    for (const addressing of [rawAddressing, unixfsAddressing()]) {
      const open = () => openEnvelope(sealed.package, other, untouchable, addressing)
      await expectCode('envelope/cid-mismatch', open)
    }
  })

  it('asks for the UnixFS addressing for a UnixFS file', async () => {
    const { package: envelope, ciphertext } = await sealEnvelope(
      plaintext,
      [alice.recipient],
      unixfsAddressing('unixfs-v0-2015'),
    )
    const open = () => openEnvelope(envelope, ciphertext, untouchable, rawAddressing)
    await expectCode('envelope/unsupported-cid', open)
  })

  it('refuses blobs that are missing, too large or not a file', async () => {
    const store = unixfsBlobStore(new MemoryBlockstore(), { maxBlobBytes: 1000 })
    await expectCode('envelope/too-large-to-store', () =>
      putEnvelope(store, new Uint8Array(2000), [alice.recipient]),
    )
    const blocks = new MemoryBlockstore()
    const envelope = await putEnvelope(unixfsBlobStore(blocks), new Uint8Array(2000), [alice.recipient])
    await expectCode('envelope/blob-not-found', () => getEnvelope(store, sealed.package, alice.named))
    const narrow = unixfsBlobStore(blocks, { maxBlobBytes: 1000 })
    await expectCode('envelope/blob-too-large', () => getEnvelope(narrow, envelope, alice.named))
    const folder = await keys.storeWithFolder()
    const named = changed(sealed, { cid: folder.cid })
    await expectCode('envelope/not-a-file', () => getEnvelope(folder.store, named, alice.named))
    const lying = await keys.storeWithLyingNode()
    await expectCode('envelope/wrong-sizes', () => lying.store.range(lying.cid))
  })
})

describe('keys', () => {
  it.each(keys.badPublicKeys)('refuses %s as a recipient’s key', async (_, code, pem) => {
    await expectCode(code, () => rsaRecipient('a', pem()))
  })

  it.each(keys.badPrivateKeys)('refuses %s as an identity’s key', async (_, code, pem) => {
    await expectCode(code, () => rsaIdentity(pem()))
  })

  it('asks for the passphrase of an encrypted key, and for node:crypto', async () => {
    await expectCode('envelope/passphrase-needed', () => rsaIdentity(keys.encryptedKey()))
    const withPassphrase = () => rsaIdentity(keys.encryptedKey(), { passphrase: 'another' })
    await expectCode(onNode ? 'open/failed' : noNodeCrypto, withPassphrase)
    const passphrase = 'a'.repeat(1_025)
    await expectCode('envelope/passphrase-too-long', () => rsaIdentity(keys.encryptedKey(), { passphrase }))
  })
})

function sealedKey(): Uint8Array {
  return encKeys[0]?.wrapped ?? new Uint8Array(0)
}
