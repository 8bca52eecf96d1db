/**
 * A kit with which custodians together bring a ring back when a device is lost: the ring, sealed under a key that is
 * kept nowhere, and shares of that key. Format: docs/spec/shares-v2.md, "Recovery kit".
 */
import { encodeHex } from '@chartseal/core/encoding'
import { type Argon2id, exportRing, importRing, type Ring, type Role } from '@chartseal/kdf-keyring'
import {
  combineShares,
  type DescribedSet,
  encodeShareSet,
  formatShare,
  type Recovery,
  type ShareEnvelope,
  splitSecret,
  wipeShares,
} from '@chartseal/shamir'
import type { World } from './world.js'

const keyBytes = 32

export interface KitOptions {
  /** How many custodians bring the ring back: at least 2. */
  readonly threshold: number
  /** How many custodians there are: `threshold` to 255. */
  readonly numShares: number
  /** Shown to custodians, not secret; at most 64 bytes of UTF-8. */
  readonly label?: string
  /** Whose ring it is; opening the kit refuses another role. */
  readonly role?: Role
}

export interface RecoveryKit {
  /** The export of the ring, which reveals nothing without enough shares. */
  readonly sealed: Uint8Array
  /** One for each custodian; the maker wipes them when they are handed out. */
  readonly shares: readonly ShareEnvelope[]
  /** Public: with it, a restore accepts shares of this kit only. */
  readonly set: DescribedSet
}

export interface OpenKitOptions {
  /** The root of the kit's set; without it, shares of several sets are refused. */
  readonly root?: Uint8Array
  /** The number of the new device; needed when the kit was used before. */
  readonly device?: number
  /** Whose ring is expected. */
  readonly role?: Role
  /** In place of the platform's own. */
  readonly argon2id?: Argon2id | undefined
}

export interface OpenedKit {
  /** The ring of a new device. */
  readonly ring: Ring
  /** Which shares were used, damaged or of other sets. */
  readonly recovery: Omit<Recovery, 'secret'>
}

/**
 * Makes a kit of a ring. The ring that is given back has set the number of the new device aside: store it before the
 * kit is handed out, or two devices would get one number.
 * @throws ChartsealError `shamir/bad-threshold`, `shamir/split-failed`, and as `exportRing` does
 * @throws RangeError for a label that is too long
 */
export async function makeKit(
  ring: Ring,
  { threshold, numShares, label = '', ...exported }: KitOptions,
  { clock, random, argon2id }: World,
): Promise<{ readonly kit: RecoveryKit; readonly ring: Ring }> {
  const key = random.bytes(keyBytes)
  const shares = splitSecret(key, { threshold, numShares, label, random, clock })
  try {
    const options = { ...exported, fullEntropy: true, random, argon2id }
    const { sealed, ring: after } = await exportRing(ring, kitPassphrase(key), options)
    return { kit: { sealed, shares, set: describedSet(shares) }, ring: after }
  } catch (error) {
    wipeShares(shares)
    throw error
  } finally {
    key.fill(0)
  }
}

/**
 * The ring of a new device, from the export and enough shares.
 * @throws ChartsealError as `combineShares` and `importRing` do; `open/failed` for shares of another kit
 * @throws RangeError for a device number above 31
 */
export async function openKit(
  sealed: Uint8Array,
  shares: readonly ShareEnvelope[],
  { root, ...expected }: OpenKitOptions = {},
): Promise<OpenedKit> {
  const { secret, ...recovery } = combineShares(shares, root === undefined ? {} : { root })
  try {
    const ring = await importRing(sealed, kitPassphrase(secret), expected)
    return { ring, recovery }
  } finally {
    secret.fill(0)
  }
}

export interface KitFile {
  readonly name: string
  readonly data: string | Uint8Array
  readonly secret: boolean
}

const exportName = 'ring.export'
const setName = 'share-set.cbor'
const shareName = (x: number): string => `share-${x}.txt`

/** The names that {@link kitFiles} gives, known before any work. */
export function kitFileNames(numShares: number): readonly string[] {
  return [exportName, ...Array.from({ length: numShares }, (_, i) => shareName(i + 1)), setName]
}

/** The files of a kit: the export, one share for each custodian, and the public description of the set. */
export function kitFiles({ sealed, shares, set }: RecoveryKit): readonly KitFile[] {
  return [
    { name: exportName, data: sealed, secret: true },
    ...shares.map(share => ({ name: shareName(share.x), data: `${formatShare(share)}\n`, secret: true })),
    { name: setName, data: encodeShareSet(set), secret: false },
  ]
}

/** What seals the export: the recovered key in lower-case hexadecimal. */
export function kitPassphrase(key: Uint8Array): string {
  return encodeHex(key)
}

/** What anybody may know of a set. */
export function describedSet([share]: readonly ShareEnvelope[]): DescribedSet {
  if (share === undefined) throw new Error('internal: a split without shares')
  const { setId, threshold, numShares, root, y } = share
  return { setId, threshold, numShares, root, sizeBytes: y.reveal().length }
}
