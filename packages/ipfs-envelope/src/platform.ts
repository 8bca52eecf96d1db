import type { Random } from '@chartseal/core/ports'

/** What this package asks of the platform: hashes of megabytes, and private keys under a passphrase (RFC 5958 3). */
export interface Platform {
  sha256(bytes: Uint8Array): Uint8Array
  /**
   * PrivateKeyInfo, which the caller wipes; `null` for a wrong passphrase or broken data.
   * @throws ChartsealError `envelope/encrypted-key-unsupported`
   */
  decryptPkcs8(encrypted: Uint8Array, passphrase: string): Promise<Uint8Array | null>
  /**
   * EncryptedPrivateKeyInfo.
   * @throws ChartsealError `envelope/encrypted-key-unsupported`
   */
  encryptPkcs8(pkcs8: Uint8Array, passphrase: string, random: Random): Promise<Uint8Array>
}
