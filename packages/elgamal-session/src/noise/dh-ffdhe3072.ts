/** DH functions over ffdhe3072 (RFC 7919), for those who want the group of the published design. */
import { fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { coreError } from '@chartseal/core/errors'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { jacobi, randomBelow } from '../arithmetic.js'
import { groupOf, modPow } from '../groups.js'
import type { DhFunctions, KeyPair, RemoteKey } from './dh.js'

const { p, g, sizeBytes: publicKeyBytes, exponentBits } = groupOf('ffdhe3072')
/** The top bit is set, so that no exponent is shorter than RFC 7919 asks for. */
const leastExponent = 1n << BigInt(exponentBits)
const privateKeyBytes = Math.ceil((exponentBits + 1) / 8)

export const dhFfdhe3072: DhFunctions = {
  name: 'ffdhe3072',
  publicKeyBytes,
  privateKeyBytes,

  newPrivateKey,

  keyPairOf(privateKey) {
    const bytes = privateKey.reveal()
    if (bytes.length !== privateKeyBytes) {
      throw coreError('key/wrong-length', { expectedBytes: privateKeyBytes, actualBytes: bytes.length })
    }
    const exponent = toBigIntBE(bytes)
    if (exponent < leastExponent || exponent >= 2n * leastExponent) throw coreError('key/invalid', {})
    return pairOf(new SecretBytes(bytes))
  },

  ephemeral(random) {
    const bytes = newPrivateKey(random)
    try {
      return pairOf(new SecretBytes(bytes))
    } finally {
      bytes.fill(0)
    }
  },

  remoteKeyOf(bytes) {
    if (bytes.length !== publicKeyBytes) return null
    const y = toBigIntBE(bytes)
    return isElement(y) ? new RemoteFfdhe(bytes, y) : null
  },
}

/** An element of the subgroup of prime order, and not its identity. */
class RemoteFfdhe implements RemoteKey {
  readonly bytes: Uint8Array
  readonly y: bigint

  constructor(bytes: Uint8Array, y: bigint) {
    this.bytes = bytes
    this.y = y
  }
}

function newPrivateKey(random: Random): Uint8Array {
  return fromBigIntBE(leastExponent + randomBelow(leastExponent, random), privateKeyBytes)
}

/** Both the public key and what is agreed have 384 bytes, zeros in front where the number is shorter. */
function pairOf(privateKey: SecretBytes): KeyPair {
  const power = (base: bigint): Uint8Array =>
    fromBigIntBE(modPow(base, toBigIntBE(privateKey.reveal()), p), publicKeyBytes)
  return {
    publicKey: power(g),
    agree(theirs) {
      if (!(theirs instanceof RemoteFfdhe)) throw new TypeError('theirs must be a key of ffdhe3072')
      return power(theirs.y)
    },
    wipe: () => privateKey.wipe(),
  }
}

// Euler's criterion: y^q = 1 exactly when the Jacobi symbol modulo the prime p = 2q + 1 is 1.
function isElement(y: bigint): boolean {
  return y > 1n && y < p - 1n && jacobi(y, p) === 1
}
