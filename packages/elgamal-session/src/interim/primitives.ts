/** What the state machines compute with, as a value, so that an application can measure each call. */
import type { Random } from '@chartseal/core/ports'
import { sha256 } from '@noble/hashes/sha2.js'
import {
  decrypt,
  type EncryptionKeyPair,
  encrypt,
  generateEncryptionKeyPair,
  type PublicKey,
  type SigningKeyPair,
  sign,
  verify,
} from '../elgamal.js'
import type { GroupName } from '../groups.js'
import type { Ciphertext, Signature } from '../v1/legacy-elgamal.js'

export interface Primitives {
  keyPair(random: Random): EncryptionKeyPair
  sign(pair: SigningKeyPair, message: Uint8Array, random: Random): Signature
  verify(publicKey: PublicKey, message: Uint8Array, signature: Signature): boolean
  /** SHA-256. */
  hash(message: Uint8Array): Uint8Array
  encrypt(publicKey: PublicKey, message: bigint, random: Random): Ciphertext
  decrypt(pair: EncryptionKeyPair, ciphertext: Ciphertext): bigint
}

/** The one group of the interim protocol. */
export const interimGroup: GroupName = 'ffdhe3072'

export const interimPrimitives: Primitives = {
  keyPair: random => generateEncryptionKeyPair(interimGroup, random),
  sign,
  verify,
  hash: message => sha256(message),
  encrypt,
  decrypt,
}
