/**
 * A key that nobody ever had (Pedersen's key generation with proofs, as KeyGen of FROST): each signer shares a secret of
 * its own, the key is the sum of all secrets, and a share of it the sum of what a signer was given.
 */
import { ed25519, ed25519_FROST } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concat } from '../bytes.js'
import { decodeHex, encodeUtf8 } from '../encoding.js'
import { SecretBytes } from '../keys.js'
import type { Random } from '../ports.js'
import {
  badGroup,
  FrostGroup,
  frostBytes,
  idOf,
  isFrostPoint,
  pointOf,
  requireThreshold,
  rngOf,
  SigningShare,
  sumsOf,
  type ThresholdOf,
} from './group.js'

/** What a signer announces of its own secret: everybody may have it. */
export interface KeyPart {
  readonly signer: number
  /** Of its polynomial, as those of a group. */
  readonly commitments: readonly Uint8Array[]
  /** That it knows the secret behind the first commitment, 64 bytes: nobody chooses theirs by what others announced. */
  readonly proof: Uint8Array
}

/** The polynomial of a signer, scalars of 32 bytes in order. Whoever has those of all signers has the key. */
export class PartSecret extends SecretBytes {
  declare private readonly brand: 'PartSecret'
}

const proofBytes = 2 * frostBytes

/** Begins to make a key: a fresh secret, and what to announce of it. The caller wipes it. @throws RangeError for numbers that cannot be */
export function beginPart(
  { threshold, count }: ThresholdOf,
  signer: number,
  random: Random,
): { readonly part: KeyPart; readonly secret: PartSecret } {
  requireThreshold({ threshold, count })
  const made = ed25519_FROST.DKG.round1(
    idOf(signer),
    { min: threshold, max: count },
    undefined,
    rngOf(random),
  )
  const { commitment, proofOfKnowledge } = made.public
  const bytes = concat(...(made.secret.coefficients ?? []).map(one => scalars.toBytes(one)))
  try {
    return {
      part: { signer, commitments: commitment, proof: proofOfKnowledge },
      secret: new PartSecret(bytes),
    }
  } finally {
    bytes.fill(0)
    ed25519_FROST.DKG.clean(made.secret)
  }
}

/** Whether a signer announced what can be a part of such a key, and knows its secret. */
export function isRightPart({ threshold }: ThresholdOf, { signer, commitments, proof }: KeyPart): boolean {
  const [first] = commitments
  if (first === undefined || commitments.length !== threshold || !commitments.every(isFrostPoint))
    return false
  const r = proof.subarray(0, frostBytes)
  const z = scalarOf(proof.subarray(frostBytes))
  if (proof.length !== proofBytes || z === null || !isFrostPoint(r)) return false
  const c = challengeOf(signer, first, r)
  const right = ed25519.Point.BASE.multiplyUnsafe(z).subtract(pointOf(first).multiplyUnsafe(c))
  return right.equals(pointOf(r))
}

/** What each signer is given of the secret, by number. The caller wipes them. @throws ChartsealError `key/wiped` */
export function sharesOfPart(count: number, secret: PartSecret): readonly SigningShare[] {
  const bytes = secret.reveal()
  const coefficients = Array.from({ length: bytes.length / frostBytes }, (_, i) =>
    scalars.fromBytes(bytes.slice(i * frostBytes, (i + 1) * frostBytes)),
  )
  return Array.from({ length: count }, (_, i) => {
    const x = BigInt(i + 1)
    const share = scalars.toBytes(
      coefficients.reduceRight((sum, one) => scalars.add(scalars.mul(sum, x), one)),
    )
    try {
      return new SigningShare(share)
    } finally {
      share.fill(0)
    }
  })
}

/**
 * The group that all parts make, one of each signer. `joinParts` gives the share of one of them.
 * @throws ChartsealError `frost/bad-group` naming the signer whose part is missing or wrong
 */
export function groupOfParts({ threshold, count }: ThresholdOf, parts: readonly KeyPart[]): FrostGroup {
  const all = Array.from({ length: count }, (_, i) => {
    const part = parts.find(({ signer }) => signer === i + 1)
    if (part === undefined || !isRightPart({ threshold, count }, part))
      throw badGroup(`the part of signer ${i + 1} is missing or wrong`)
    return part.commitments
  })
  if (parts.length !== count) throw badGroup('a part is there twice, or of nobody')
  return FrostGroup.of(sumsOf(all, threshold), count)
}

const label = encodeUtf8('FROST-ED25519-SHA512-v1dkg')

/** HDKG(number ‖ first commitment ‖ R), as other implementations of FROST's KeyGen have it. */
function challengeOf(signer: number, first: Uint8Array, r: Uint8Array): bigint {
  const hash = sha512(concat(label, decodeHex(idOf(signer)), first, r))
  return scalars.create(hash.reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n))
}

/** `null` for what is none, or not canonical. */
function scalarOf(bytes: Uint8Array): bigint | null {
  try {
    return scalars.fromBytes(bytes)
  } catch {
    return null
  }
}

const scalars = ed25519_FROST.utils.Fn
