/** Blocks as a token gives them, of ciphertexts that OpenSSL made: what its OAEP takes is taken, and nothing else. */
import { constants, generateKeyPairSync, privateDecrypt, publicEncrypt } from 'node:crypto'
import { openOaepBlock } from '@chartseal/ipfs-envelope'
import { describe, expect, it } from 'vitest'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The bare RSA operation. */
const raw = (ciphertext: Uint8Array): Uint8Array =>
  Uint8Array.from(privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, ciphertext))

function blockOf(message: Uint8Array, label: Uint8Array, hash = 'sha256'): Uint8Array {
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  return raw(publicEncrypt({ key: publicKey, padding, oaepHash: hash, oaepLabel: label }, message))
}

describe('a block of RSAES-OAEP', () => {
  it('gives the message for its label, of any length, and leaves the block as it was', () => {
    for (const size of [0, 1, 32, 190]) {
      const message = Uint8Array.from({ length: size }, (_, i) => i % 3)
      for (const label of ['', 'chartseal/grant/v2']) {
        const block = blockOf(message, bytes(label))
        const before = block.slice()
        expect(openOaepBlock(block, bytes(label))).toEqual(message)
        expect(block).toEqual(before)
      }
    }
  })

  it('gives null for another label, another hash, another padding and less than a block', () => {
    const block = blockOf(bytes('key'), bytes('label'))
    expect(openOaepBlock(block, bytes('labels'))).toBe(null)
    expect(openOaepBlock(blockOf(bytes('key'), bytes('label'), 'sha1'), bytes('label'))).toBe(null)
    const padding = constants.RSA_PKCS1_PADDING
    expect(openOaepBlock(raw(publicEncrypt({ key: publicKey, padding }, bytes('key'))), bytes(''))).toBe(null)
    for (const size of [0, 1, 65]) expect(openOaepBlock(block.subarray(0, size), bytes('label'))).toBe(null)
  })

  it('gives null for every block with one changed byte', () => {
    const block = blockOf(new Uint8Array(32).fill(7), bytes('label'))
    for (let i = 0; i < block.length; i++) {
      const changed = block.slice()
      changed[i] = (changed[i] ?? 0) ^ 0x80
      const opened = openOaepBlock(changed, bytes('label'))
      // The last 32 bytes are the masked message itself: they are what OAEP as such does not protect against change.
      const isMessage = i >= block.length - 32
      if (isMessage && opened !== null) expect(opened).toHaveLength(32)
      else expect(opened).toBe(null)
    }
  })
})
