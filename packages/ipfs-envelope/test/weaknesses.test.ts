import { createCipheriv } from 'node:crypto'
import { concat } from '@chartseal/core/bytes'
import {
  getEnvelope,
  memoryBlobStore,
  openEnvelope,
  putEnvelope,
  rawAddressing,
  sealEnvelope,
} from '@chartseal/ipfs-envelope/v1'
import { describe, expect, it } from 'vitest'
import { changed, person } from './people.js'

const [alice, bob] = [await person('alice'), await person('bob')]
const text = new TextEncoder().encode('penicillin: no allergy')

describe('what version 1 cannot refuse', () => {
  it('opens a package by a stranger: the public key is all it takes (I4)', async () => {
    const forged = await sealEnvelope(text, [alice.recipient], rawAddressing)
    expect(await openEnvelope(forged.package, forged.ciphertext, alice.named, rawAddressing)).toEqual(text)
  })

  it('opens a package whose recipients were dropped or renamed by others (I3)', async () => {
    const sealed = await sealEnvelope(text, [alice.recipient, bob.recipient], rawAddressing)
    const [first] = sealed.package.encKeys
    const renamed = { recipientId: 'the hospital', wrapped: first?.wrapped ?? new Uint8Array(0) }
    const edited = changed(sealed, { encKeys: [renamed] })
    expect(await openEnvelope(edited, sealed.ciphertext, alice.nameless, rawAddressing)).toEqual(text)
  })

  it('opens other content under the same key, by a recipient who makes a new CID (I4)', async () => {
    const sealed = await sealEnvelope(text, [alice.recipient, bob.recipient], rawAddressing)
    const fileKey = (await bob.named.unwrap(sealed.package.encKeys.slice(1)))?.reveal() ?? new Uint8Array(0)
    const ciphertext = encryptGcm(fileKey, sealed.package.nonce, new TextEncoder().encode('allergic'))
    const swapped = changed(sealed, { cid: await rawAddressing.cidOf(ciphertext) })
    const opened = await openEnvelope(swapped, ciphertext, alice.named, rawAddressing)
    expect(new TextDecoder().decode(opened)).toBe('allergic')
  })

  it('opens by a wrapped key that was taken from another package (I14)', async () => {
    const old = await sealEnvelope(text, [alice.recipient], rawAddressing)
    const fileKey = (await alice.named.unwrap(old.package.encKeys))?.reveal() ?? new Uint8Array(0)
    const nonce = new Uint8Array(12).fill(5)
    const ciphertext = encryptGcm(fileKey, nonce, new TextEncoder().encode('another record'))
    const moved = { cid: await rawAddressing.cidOf(ciphertext), nonce, encKeys: old.package.encKeys }
    const opened = await openEnvelope(moved, ciphertext, alice.named, rawAddressing)
    expect(new TextDecoder().decode(opened)).toBe('another record')
  })

  it('opens every old package with the RSA key (I6)', async () => {
    const store = memoryBlobStore()
    const packages = await Promise.all([1, 2, 3].map(() => putEnvelope(store, text, [alice.recipient])))
    for (const old of packages) expect(await getEnvelope(store, old, alice.nameless)).toEqual(text)
  })
})

function encryptGcm(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}
