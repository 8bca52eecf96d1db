/** Shares on their way: from the owner to a custodian, and from a custodian to whoever asked. */
import { concat, equal } from '@chartseal/core/bytes'
import { decodeCbor, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { hpkeOpen, hpkeSeal, x25519Kem } from '@chartseal/core/hpke'
import type { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { encodeShare, parseShare, type ShareEnvelope } from '@chartseal/shamir'
import { parseEmergencySet, parseStatement } from './codec.js'
import { breakGlassError } from './errors.js'
import type { EmergencySet, Release, Statement } from './statements.js'

/** A share that is sealed: what was encapsulated (32) ‖ ciphertext. Opaque to everybody but one. */
export type SealedShare = Uint8Array

const labels = {
  set: encodeUtf8('chartseal/break-glass-custody/v2\0'),
  release: encodeUtf8('chartseal/break-glass-share/v2\0'),
}
const hashLabel = encodeUtf8('chartseal/break-glass-sealed/v2\0')
const encBytes = 32
/** Of a set for 16 custodians, and room. */
const maxParcelBytes = 65_536
/** A share of shamir at its largest that has a text, and the tag. */
const maxSealedBytes = 1_100

/** To whom a share is sealed and for what: another custodian, set or request does not open it. */
export interface SealingOf {
  /** For a custodian to keep, or for a requester to combine. */
  readonly use: 'set' | 'release'
  /** The id of the set, 16 bytes, or the hash of the request, 32 bytes. */
  readonly subject: Uint8Array
  /** The custodian. */
  readonly kid: string
}

const infoOf = ({ use, subject, kid }: SealingOf): Uint8Array => concat(labels[use], subject, encodeUtf8(kid))

/** @throws ChartsealError `key/wrong-length`, `key/small-order`, `key/wiped` */
export function sealShare(
  share: ShareEnvelope,
  publicKey: Uint8Array,
  of: SealingOf,
  random: Random,
): SealedShare {
  const bytes = encodeShare(share)
  try {
    const { enc, ct } = hpkeSeal(x25519Kem, publicKey, infoOf(of), bytes, random)
    return concat(enc, ct)
  } finally {
    bytes.fill(0)
  }
}

/** The caller wipes the share. @throws ChartsealError `open/failed`, `shamir/invalid-share`, `key/wiped` */
export function openSealedShare(sealed: SealedShare, secret: SecretBytes, of: SealingOf): ShareEnvelope {
  const [enc, ct] = [sealed.subarray(0, encBytes), sealed.subarray(encBytes)]
  const bytes = hpkeOpen(x25519Kem, secret, enc, infoOf(of), ct)
  try {
    return parseShare(bytes)
  } finally {
    bytes.fill(0)
  }
}

/** By which a statement names a sealed share: SHA-256(label ‖ sealed share), 32 bytes. */
export function sealedHashOf(sealed: SealedShare): Uint8Array {
  return defaultEngine().sha256(concat(hashLabel, sealed))
}

/** A statement with the sealed shares that it names, in its order. */
export interface Parcel<Content> {
  readonly statement: Statement<Content>
  readonly shares: readonly SealedShare[]
}

/** A set or a release as it is sent to the clinic: deterministic CBOR [statement, sealed shares…]. */
export function encodeParcel({ statement, shares }: Parcel<EmergencySet | Release>): Uint8Array {
  return encodeCbor([statement.bytes, ...shares])
}

/** @throws ChartsealError as `parseEmergencySet` does */
export function parseSetParcel(bytes: Uint8Array): Parcel<EmergencySet> {
  const [first, shares] = partsOf(bytes, 'set')
  const statement = parseEmergencySet(first)
  requireNamed(statement.content.custodians, shares, 'set')
  return { statement, shares }
}

/** @throws ChartsealError `break-glass/invalid`, `break-glass/bad-signature` */
export function parseReleaseParcel(bytes: Uint8Array): Parcel<Release> {
  const [first, shares] = partsOf(bytes, 'release')
  const statement = parseStatement('release', first)
  requireNamed([statement.content], shares, 'release')
  return { statement, shares }
}

function partsOf(bytes: Uint8Array, what: string): readonly [Uint8Array, readonly Uint8Array[]] {
  const parts = listIn(bytes)
  const [first, ...shares] = parts.filter(part => part instanceof Uint8Array)
  if (first === undefined || shares.length + 1 < parts.length) throw invalid(what)
  return [first, shares]
}

function listIn(bytes: Uint8Array): readonly unknown[] {
  if (bytes.length > maxParcelBytes) return []
  try {
    const value = decodeCbor(bytes)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

/** Each share that the statement names, and no other. */
function requireNamed(
  named: readonly { readonly share: Uint8Array }[],
  shares: readonly SealedShare[],
  what: string,
): void {
  const fits = (sealed: SealedShare, i: number): boolean =>
    sealed.length <= maxSealedBytes && equal(sealedHashOf(sealed), named[i]?.share ?? new Uint8Array())
  if (shares.length !== named.length || !shares.every(fits)) throw invalid(what)
}

const invalid = (what: string): Error => breakGlassError('break-glass/invalid', { what, field: 'its shares' })
