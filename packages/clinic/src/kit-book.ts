/**
 * A recovery kit for all pairs of a device: one set of shares, and one book in which each ring is sealed as in a kit of
 * its own. Format: docs/spec/shares-v2.md, "Kit book".
 */
import { CborFields } from '@chartseal/core/cbor'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { decodeCbor, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { exportRing, importRing, type Ring } from '@chartseal/kdf-keyring'
import {
  combineShares,
  type DescribedSet,
  type Recovery,
  type ShareEnvelope,
  splitSecret,
  wipeShares,
} from '@chartseal/shamir'
import { describedSet, type KitOptions, kitPassphrase } from './recovery-kit.js'
import type { World } from './world.js'

const version = 2
const keyBytes = 32
const rootBytes = 32
const aboutLabel: Uint8Array = encodeUtf8('chartseal/kit-about/v2')
const moreLabel: Uint8Array = encodeUtf8('chartseal/kit-more/v2')

/** One pair in a book. */
export interface KitPage {
  readonly ring: Ring
  /** What is to be known of the pair beside its keys; sealed with them. */
  readonly about: Uint8Array
}

export interface KitBook {
  /** Reveals nothing without enough shares: it may be kept anywhere. */
  readonly book: Uint8Array
  /** One for each custodian; the maker wipes them when they are handed out. */
  readonly shares: readonly ShareEnvelope[]
  /** Public. */
  readonly set: DescribedSet
  /** In the order of the pages, with the numbers of the new devices set aside: store them before anything leaves. */
  readonly rings: readonly Ring[]
}

export interface KitBookOptions extends KitOptions {
  /** What belongs to no pair, such as prescriptions; sealed. The caller wipes it. */
  readonly more?: Uint8Array
}

/**
 * Makes a kit of several rings under one key that is kept nowhere.
 * @throws RangeError without pages, or for a label that is too long
 * @throws ChartsealError as `makeKit`
 */
export async function makeKitBook(
  pages: readonly KitPage[],
  { threshold, numShares, label = '', more, ...exporting }: KitBookOptions,
  { clock, random, argon2id }: World,
): Promise<KitBook> {
  if (pages.length === 0) throw new RangeError('a kit must hold at least one ring')
  const key = random.bytes(keyBytes)
  const shares = splitSecret(key, { threshold, numShares, label, random, clock })
  using aboutKey = new AeadKey(key)
  const options = { ...exporting, fullEntropy: true, random, argon2id }
  try {
    const sealed: { export: Uint8Array; about: Uint8Array }[] = []
    const rings: Ring[] = []
    for (const { ring, about } of pages) {
      const exported = await exportRing(ring, kitPassphrase(key), options)
      sealed.push({ export: exported.sealed, about: sealBytes(aboutKey, about, aboutLabel, random) })
      rings.push(exported.ring)
    }
    const set = describedSet(shares)
    const book = { v: version, root: set.root, rings: sealed }
    const whole = more === undefined ? book : { ...book, more: sealBytes(aboutKey, more, moreLabel, random) }
    return { book: encodeCbor(whole), shares, set, rings }
  } catch (error) {
    wipeShares(shares)
    throw error
  } finally {
    key.fill(0)
  }
}

export interface OpenedKitBook {
  /** The rings of a new device, and what was said of each pair. */
  readonly pages: readonly KitPage[]
  /** `null` where the kit has nothing beside its rings. The caller wipes it. */
  readonly more: Uint8Array | null
  /** Which shares were used, damaged or of other sets. */
  readonly recovery: Omit<Recovery, 'secret'>
}

/** The root of the shares that open a book, which anybody can see. @throws ChartsealError `cbor/invalid`, `encoding/invalid` */
export function rootOfBook(book: Uint8Array): Uint8Array {
  return readBook(book).bytes('root', rootBytes)
}

/**
 * The rings of a new device, from the book and enough of its shares.
 * @throws ChartsealError `cbor/invalid`, `encoding/invalid`, as `combineShares` and `importRing` do; `open/failed` for a
 * book that was changed
 */
export async function openKitBook(
  book: Uint8Array,
  shares: readonly ShareEnvelope[],
  { argon2id }: Pick<World, 'argon2id'> = {},
): Promise<OpenedKitBook> {
  const map = readBook(book)
  const { secret, ...recovery } = combineShares(shares, { root: map.bytes('root', rootBytes) })
  try {
    using aboutKey = new AeadKey(secret)
    const pages: KitPage[] = []
    for (const one of map.maps('rings', ['export', 'about'])) {
      const about = openBytes(aboutKey, one.bytes('about'), aboutLabel)
      pages.push({ ring: await importRing(one.bytes('export'), kitPassphrase(secret), { argon2id }), about })
    }
    const more = map.has('more') ? openBytes(aboutKey, map.bytes('more'), moreLabel) : null
    return { pages, more, recovery }
  } finally {
    secret.fill(0)
  }
}

function readBook(book: Uint8Array): CborFields {
  const map = new CborFields(decodeCbor(book), ['v', 'root', 'rings'], ['more'])
  map.count('v', version, version)
  return map
}
