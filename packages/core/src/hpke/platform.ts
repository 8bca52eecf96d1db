import type { Random } from '../ports.js'
import type { Encapsulated } from './kem.js'

/** What HPKE asks of the platform beside curves and AES; both implementations pass one suite. */
export interface HpkePlatform {
  /** SHA3-256 (FIPS 202). */
  sha3(message: Uint8Array): Uint8Array
  shake256(message: Uint8Array, sizeBytes: number): Uint8Array
  /** DHKEM(X25519, HKDF-SHA256) in one; `null` where the platform has it not, or refuses the key. */
  encapsulateX25519(publicKey: Uint8Array, random: Random): Encapsulated | null
  /** Of ML-KEM-768 (FIPS 203) with the seed d ‖ z, 64 bytes. */
  mlKemPublicKey(seed: Uint8Array): Uint8Array
  /** Any 1,088 bytes give 32: those that nobody encapsulated give what nobody else knows (6.3). */
  mlKemDecapsulate(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array
  /**
   * With 32 bytes of `random`, or with randomness of the platform where `random` is the system's; `null` for a key
   * that is none (7.2).
   */
  mlKemEncapsulate(publicKey: Uint8Array, random: Random): Encapsulated | null
}
