import { concat, fromBigIntBE } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { pbkdf2 } from '@noble/hashes/pbkdf2.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { MnemonicSet } from './mnemonic.js'

const rounds = [0, 1, 2, 3]

/** The Feistel network of SLIP-0039 over the master secret; backwards it decrypts. */
export function encryptSecret(secret: Uint8Array, passphrase: string, set: MnemonicSet): Uint8Array {
  return feistel(secret, passphrase, set, rounds)
}

export function decryptSecret(sealed: Uint8Array, passphrase: string, set: MnemonicSet): Uint8Array {
  return feistel(sealed, passphrase, set, rounds.toReversed())
}

function feistel(
  bytes: Uint8Array,
  passphrase: string,
  { id, extendable, exponent }: MnemonicSet,
  order: readonly number[],
): Uint8Array {
  const half = bytes.length / 2
  const salt = extendable ? new Uint8Array() : concat(encodeUtf8('shamir'), fromBigIntBE(BigInt(id), 2))
  let [left, right] = [bytes.slice(0, half), bytes.slice(half)]
  for (const round of order) {
    const password = concat(Uint8Array.of(round), encodeUtf8(passphrase))
    const pad = pbkdf2(sha256, password, concat(salt, right), { c: 2500 * 2 ** exponent, dkLen: half })
    ;[left, right] = [right, left.map((byte, i) => byte ^ (pad[i] ?? 0))]
  }
  return concat(right, left)
}
