/** A field of another type is the caller's mistake, and what a writer accepts, its reader opens. */
import { JsonObject } from '@chartseal/core/json'
import type { BlobStore } from '@chartseal/core/ports'
import {
  formatPackage,
  getEnvelope,
  grantAccess,
  memoryBlobStore,
  openEnvelope,
  packageFrom,
  parsePackage,
  putEnvelope,
  rawAddressing,
  revokeAccess,
  rsaIdentity,
  rsaRecipient,
  sealEnvelope,
} from '@chartseal/ipfs-envelope/v1'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { changed, fakeRecipient, person, untouchable } from './people.js'

const alice = await person('alice')
const plaintext = new TextEncoder().encode('chest CT')
const sealed = await sealEnvelope(plaintext, [alice.recipient], rawAddressing)
const store = memoryBlobStore()
const [key] = sealed.package.encKeys
const to = [alice.recipient]

const wrongPackage = (parts: object): never => ({ ...sealed.package, ...parts }) as never
const open = (envelope: never): unknown =>
  openEnvelope(envelope, sealed.ciphertext, alice.named, rawAddressing)

const cases: readonly [field: string, attempt: () => unknown][] = [
  ['plaintext', () => Reflect.apply(sealEnvelope, null, ['chest CT', to, rawAddressing])],
  ['plaintext', () => Reflect.apply(putEnvelope, null, [store, 'chest CT', to])],
  ['recipients', () => Reflect.apply(putEnvelope, null, [store, plaintext, alice.recipient])],
  ['id', () => Reflect.apply(putEnvelope, null, [store, plaintext, [{ id: 7, wrap: alice.recipient.wrap }]])],
  ['wrap', () => Reflect.apply(putEnvelope, null, [store, plaintext, [{ id: 'alice' }]])],
  [
    'wrapped',
    () => Reflect.apply(putEnvelope, null, [store, plaintext, [{ id: 'a', wrap: async () => 'AA==' }]]),
  ],
  ['addressing', () => Reflect.apply(sealEnvelope, null, [plaintext, to])],
  ['ciphertext', () => Reflect.apply(openEnvelope, null, [sealed.package, 'ab', alice.named, rawAddressing])],
  ['cid', () => open(wrongPackage({ cid: 7 }))],
  ['nonce', () => open(wrongPackage({ nonce: 'AAAA' }))],
  ['encKeys', () => open(wrongPackage({ encKeys: { alice: 'AA==' } }))],
  [
    'recipientId',
    () => grantAccess(wrongPackage({ encKeys: [{ ...key, recipientId: 7 }] }), untouchable, to),
  ],
  [
    'wrapped',
    () => getEnvelope(store, wrongPackage({ encKeys: [{ ...key, wrapped: 'AA==' }] }), untouchable),
  ],
  ['text', () => Reflect.apply(parsePackage, null, [sealed.package])],
  ['nonce', () => formatPackage(wrongPackage({ nonce: [1, 2] }))],
  ['publicKeyPem', () => Reflect.apply(rsaRecipient, null, ['alice', new Uint8Array(3)])],
  ['id', () => Reflect.apply(rsaRecipient, null, [7, alice.publicKeyPem])],
  ['privateKeyPem', () => Reflect.apply(rsaIdentity, null, [new Uint8Array(3)])],
]

describe('the door', () => {
  it.each(cases)('names the field %s', async (field, attempt) => {
    const error = await Promise.resolve()
      .then(attempt)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    expect(`${error}`).toContain(field)
  })

  it('refuses a revocation without save before anything is stored', async () => {
    const blocks = new Map<string, Uint8Array>()
    const own = memoryBlobStore(blocks)
    const old = await putEnvelope(own, plaintext, to)
    const revocation = { store: own, package: old, identity: alice.named, keep: to }
    await expect(Reflect.apply(revokeAccess, null, [revocation])).rejects.toThrow(/save must be a function/)
    expect([...blocks.keys()]).toEqual([old.cid])
  })
})

describe('a package that is written', () => {
  it.each([
    ['envelope/nonce-length', { nonce: new Uint8Array(8) }],
    ['envelope/bad-cid', { cid: 'scan.dcm' }],
    ['envelope/no-recipients', { encKeys: [] }],
    ['envelope/duplicate-recipient', { encKeys: [...sealed.package.encKeys, ...sealed.package.encKeys] }],
  ])('refuses with %s to write a package that could not be read', async (code, parts) => {
    expect(await codeOf(() => formatPackage(changed(sealed, parts)))).toBe(code)
  })

  it('writes packages that read back, whatever the recipients are called', async () => {
    const names = [
      '__proto__',
      'constructor',
      '10',
      '9',
      '\ufeffalice',
      'José',
      'José'.normalize('NFD'),
      ' ',
      'a"b',
    ]
    const { package: envelope } = await sealEnvelope(plaintext, names.map(fakeRecipient), rawAddressing)
    const read = parsePackage(formatPackage(envelope))
    const byName = new Map(read.encKeys.map(({ recipientId, wrapped }) => [recipientId, wrapped]))
    expect(byName).toEqual(new Map(envelope.encKeys.map(one => [one.recipientId, one.wrapped])))
    expect(packageFrom(new JsonObject(JSON.parse(formatPackage(envelope))))).toEqual(read)
  })

  it('refuses an address from the store that no reader takes', async () => {
    const lying: BlobStore = { ...memoryBlobStore(), put: async () => 'https://ipfs.io/ipfs/bafy' }
    expect(await codeOf(() => putEnvelope(lying, plaintext, to))).toBe('envelope/bad-cid')
  })
})
