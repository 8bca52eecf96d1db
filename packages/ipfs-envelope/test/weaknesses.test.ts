import { createCipheriv } from 'node:crypto'
import { concat, fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { AeadKey } from '@chartseal/core/keys'
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

  it('opens one ciphertext to two records under two keys (I9)', async () => {
    const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const
    const nonce = new Uint8Array(12)
    const ciphertext = openedByBoth(keys, nonce)
    const cid = await rawAddressing.cidOf(ciphertext)
    const encKeys = await Promise.all(
      [alice, bob].map(async ({ id, recipient }, i) => ({
        recipientId: id,
        wrapped: await recipient.wrap(new AeadKey(keys[i] ?? new Uint8Array(0))),
      })),
    )
    const open = (one: typeof alice): Promise<Uint8Array> =>
      openEnvelope({ cid, nonce, encKeys }, ciphertext, one.named, rawAddressing)
    expect(await open(alice)).not.toEqual(await open(bob))
  })
})

/**
 * One block and a tag that are right under both keys: with H the hash keys, L the length block and E the
 * encrypted counters (NIST SP 800-38D 6.4, 7.1), the block C solves
 * C·H1² + L·H1 + E1 = C·H2² + L·H2 + E2.
 */
function openedByBoth(keys: readonly [Uint8Array, Uint8Array], nonce: Uint8Array): Uint8Array {
  const lengths = 128n
  const [h1, h2] = keys.map(key => block(key, new Uint8Array(16)))
  const [e1, e2] = keys.map(key => block(key, concat(nonce, Uint8Array.of(0, 0, 0, 1))))
  if (h1 === undefined || h2 === undefined || e1 === undefined || e2 === undefined)
    throw new Error('two keys')
  const c = multiply(multiply(lengths, h1 ^ h2) ^ e1 ^ e2, invert(multiply(h1, h1) ^ multiply(h2, h2)))
  const tag = multiply(multiply(c, h1) ^ lengths, h1) ^ e1
  return concat(fromBigIntBE(c, 16), fromBigIntBE(tag, 16))
}

function block(key: Uint8Array, input: Uint8Array): bigint {
  return toBigIntBE(createCipheriv('aes-256-ecb', key, null).update(input))
}

/** In GF(2^128) with GCM's bit order (SP 800-38D 6.3). */
function multiply(x: bigint, y: bigint): bigint {
  let [product, shifted] = [0n, y]
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ (0xe1n << 120n) : shifted >> 1n
  }
  return product
}

/** x^(2^128 - 2). */
function invert(x: bigint): bigint {
  let [power, inverse] = [x, 1n << 127n]
  for (let i = 0; i < 127; i++) {
    power = multiply(power, power)
    inverse = multiply(inverse, power)
  }
  return inverse
}

function encryptGcm(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}
