/** Ciphers for large values, each as its users call it: what they give comes piece by piece, or in one. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { type ByteTransform, openBytes, openStream, sealBytes, sealStream } from '@chartseal/core/chunked'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import sodium from 'libsodium-wrappers'

export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

export interface Cipher {
  readonly name: string
  /** Its pieces say the same when they are one. */
  readonly isJoined: boolean
  seal(plaintext: Uint8Array): Promise<Pieces>
  open(sealed: readonly Uint8Array[]): Promise<Pieces>
}

const key = AeadKey.generate(systemRandom)
const context = new Uint8Array(32)
const tagBytes = 16

export const ownBytes: Cipher = {
  name: 'core/chunked',
  isJoined: true,
  seal: async plaintext => [sealBytes(key, plaintext, context)],
  open: async ([sealed = context]) => [openBytes(key, sealed, context)],
}

const cutBytes = 65_536

/** In pieces of 64 KiB, as files and blobs come. */
function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(output) {
      if (at >= bytes.length) return output.close()
      output.enqueue(bytes.subarray(at, at + cutBytes))
      at += cutBytes
    },
  })
}

const through = async (bytes: Uint8Array, stage: ByteTransform): Promise<Pieces> =>
  streamOf(bytes).pipeThrough(stage)

export const ownStream: Cipher = {
  name: 'core/chunked',
  isJoined: true,
  seal: plaintext => through(plaintext, sealStream(key, context)),
  open: ([sealed = context]) => through(sealed, openStream(key, context)),
}

/** What nothing that has to cut a value into chunks can beat: one nonce, one tag, and all of it in memory. */
export const oneCall: Cipher = {
  name: 'node:crypto, AES-256-GCM in one call',
  isJoined: false,
  async seal(plaintext) {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key.reveal(), nonce)
    return [nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]
  },
  async open([nonce = context, ciphertext = context, , tag = context]) {
    const decipher = createDecipheriv('aes-256-gcm', key.reveal(), nonce, { authTagLength: tagBytes })
    decipher.setAuthTag(tag)
    return [decipher.update(ciphertext), decipher.final()]
  },
}

interface AgeKeys {
  readonly sealing: Encrypter
  readonly opening: Decrypter
}

async function ageKeys(): Promise<AgeKeys> {
  const identity = await generateX25519Identity()
  const [sealing, opening] = [new Encrypter(), new Decrypter()]
  sealing.addRecipient(await identityToRecipient(identity))
  opening.addIdentity(identity)
  return { sealing, opening }
}

export async function ageBytes(): Promise<Cipher> {
  const { sealing, opening } = await ageKeys()
  return {
    name: 'age-encryption',
    isJoined: true,
    seal: async plaintext => [await sealing.encrypt(plaintext)],
    open: async ([sealed = context]) => [await opening.decrypt(sealed)],
  }
}

export async function ageStream(): Promise<Cipher> {
  const { sealing, opening } = await ageKeys()
  return {
    name: 'age-encryption',
    isJoined: true,
    seal: async plaintext => sealing.encrypt(streamOf(plaintext)),
    open: async ([sealed = context]) => opening.decrypt(streamOf(sealed)),
  }
}

const messageBytes = 16_384

/** In messages of 16 KiB, like our chunks; it takes no whole value. */
export async function secretstream(): Promise<Cipher> {
  await sodium.ready
  const own = sodium.crypto_secretstream_xchacha20poly1305_keygen()
  return {
    name: 'libsodium-wrappers, secretstream',
    isJoined: false,
    seal: async plaintext => pushed(own, plaintext),
    open: async sealed => pulled(own, sealed),
  }
}

function* pushed(own: Uint8Array, plaintext: Uint8Array): Generator<Uint8Array> {
  const { crypto_secretstream_xchacha20poly1305_TAG_FINAL: last } = sodium
  const { crypto_secretstream_xchacha20poly1305_TAG_MESSAGE: middle } = sodium
  const { state, header } = sodium.crypto_secretstream_xchacha20poly1305_init_push(own)
  yield header
  for (let at = 0; at < plaintext.length; at += messageBytes) {
    const message = plaintext.subarray(at, at + messageBytes)
    const tag = at + messageBytes < plaintext.length ? middle : last
    yield sodium.crypto_secretstream_xchacha20poly1305_push(state, message, null, tag)
  }
}

function* pulled(own: Uint8Array, sealed: readonly Uint8Array[]): Generator<Uint8Array> {
  const [header = context, ...messages] = sealed
  const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(header, own)
  for (const message of messages) {
    const opened = sodium.crypto_secretstream_xchacha20poly1305_pull(state, message, null)
    if (opened === false) throw new Error('internal: a message does not open')
    yield opened.message
  }
}
