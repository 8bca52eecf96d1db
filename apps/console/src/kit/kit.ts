/** The recovery kit of this device: made for all its pairs, checked by scanning a sheet back, brought back elsewhere. */
import { deviceOf, type KitPage, makeKitBook, openKitBook, rootOfBook, wipeDevice } from '@chartseal/clinic'
import { decodeUtf8, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { formatShare, parseShareText, type ShareEnvelope, verifyShare, wipeShares } from '@chartseal/shamir'
import { consoleError } from '../errors.js'
import { type Card, cardType } from '../pairs/card.js'
import { encodePair, isPaired, newPairId, type Pair, pairPrefix } from '../pairs/pair-row.js'
import { changePair, lookAtPairs, type Unlocked } from '../pairs/pairs.js'
import { sealQuietly } from '../thread/send.js'

export const threshold = 2
export const numShares = 3

/** A kit that was made and not handed out yet: in memory alone. */
export interface FreshKit {
  /** Hexadecimal; names the kit. */
  readonly root: string
  readonly madeMs: number
  /** Opens with enough sheets, and with nothing else. */
  readonly book: Uint8Array
  /** What each sheet says, as text and as QR code. */
  readonly sheets: readonly string[]
  readonly pairs: number
}

/**
 * Makes a kit of every pair. The rings are stored with the number of the next device set aside before the kit is given
 * out. @throws RangeError without a pair
 */
export async function makeFreshKit(unlocked: Unlocked, label: string): Promise<FreshKit> {
  const ids = (await lookAtPairs(unlocked, pair => (isPaired(pair) ? [pair.id] : []))).flat().sort()
  const made = await withPairs(unlocked, ids, [], pairs => fromPairs(unlocked, pairs, label))
  return made.kit
}

type Made = { readonly kit: FreshKit; readonly pairs: readonly Pair[] }

/** With the locks of all pairs, in one order, so that no counter is spent on a ring that is about to be replaced. */
async function withPairs(
  unlocked: Unlocked,
  [id, ...rest]: readonly string[],
  pairs: readonly Pair[],
  make: (pairs: readonly Pair[]) => Promise<Made>,
): Promise<Made> {
  if (id === undefined) return make(pairs)
  return changePair(unlocked, id, async pair => {
    const made = await withPairs(unlocked, rest, [...pairs, pair], make)
    return { result: made, pair: made.pairs.find(one => one.id === id) ?? null }
  })
}

async function fromPairs(unlocked: Unlocked, pairs: readonly Pair[], label: string): Promise<Made> {
  const { clock, random } = unlocked
  const pages = pairs.flatMap(pair =>
    pair.device.ring === null ? [] : [{ ring: pair.device.ring, about: aboutOf(pair) }],
  )
  const made = await makeKitBook(
    pages,
    { threshold, numShares, label: label.slice(0, 40) },
    { clock, random },
  )
  const root = encodeHex(made.set.root)
  const madeMs = clock.nowMs()
  const sheets = made.shares.map(formatShare)
  wipeShares(made.shares)
  const next = pairs.map((pair, i) => ({
    ...pair,
    device: { ...pair.device, ring: made.rings[i] ?? pair.device.ring },
    kit: { root, madeMs, checkedMs: 0 },
  }))
  return { kit: { root, madeMs, book: made.book, sheets, pairs: pairs.length }, pairs: next }
}

/** Everything that a new device needs beside the keys. */
function aboutOf({ device, peerKid, peerBox, createdMs }: Pair): Uint8Array {
  const { self, peerName } = device
  const about = {
    role: self.role,
    name: self.name,
    peer: peerName,
    kid: peerKid,
    box: peerBox,
    at: createdMs,
  }
  return encodeUtf8(JSON.stringify(about))
}

/**
 * A sheet was scanned back: from now on the pairs of its kit are covered. Gives how many.
 * @throws ChartsealError `console/other-kit`, `shamir/…` for what is no sound sheet
 */
export async function checkSheet(unlocked: Unlocked, text: string): Promise<number> {
  const share = parseShareText(text.trim())
  try {
    verifyShare(share, {})
    const root = encodeHex(share.root)
    const ids = await lookAtPairs(unlocked, pair => (pair.kit?.root === root ? [pair.id] : []))
    if (ids.flat().length === 0) throw consoleError('console/other-kit', {})
    for (const id of ids.flat()) await markChecked(unlocked, id)
    return ids.flat().length
  } finally {
    wipeShares([share])
  }
}

function markChecked(unlocked: Unlocked, id: string): Promise<void> {
  return changePair(unlocked, id, pair => {
    const kit = pair.kit === null ? null : { ...pair.kit, checkedMs: unlocked.clock.nowMs() }
    return { result: undefined, pair: { ...pair, kit } }
  })
}

/** Sheets that are collected for bringing a kit back. */
export interface Collected {
  readonly book: Uint8Array | null
  readonly sheets: readonly string[]
}

/** One more sheet, if it is sound and of this book. @throws ChartsealError `console/other-kit`, `shamir/…` */
export function collectSheet({ book, sheets }: Collected, text: string): Collected {
  const share = parseShareText(text.trim())
  try {
    verifyShare(share, book === null ? {} : { root: rootOfBook(book) })
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'shamir/unknown-root')
      throw consoleError('console/other-kit', {})
    throw error
  } finally {
    wipeShares([share])
  }
  return { book, sheets: [...new Set([...sheets, text.trim()])] }
}

/**
 * Brings the pairs of a kit to this device, and tells each other side, sealed, where this device is reached. Gives how
 * many. @throws ChartsealError as `openKitBook`
 */
export async function restoreKit(
  unlocked: Unlocked,
  { book, sheets }: Collected,
  own: Card,
): Promise<number> {
  if (book === null) throw new RangeError('a kit has a file beside its sheets')
  const shares: readonly ShareEnvelope[] = sheets.map(parseShareText)
  try {
    const { pages } = await openKitBook(book, shares)
    const root = encodeHex(rootOfBook(book))
    for (const page of pages) await restorePage(unlocked, page, root, own)
    return pages.length
  } finally {
    wipeShares(shares)
  }
}

async function restorePage(
  unlocked: Unlocked,
  { ring, about }: KitPage,
  root: string,
  own: Card,
): Promise<void> {
  const { clock, random } = unlocked
  const json = JsonObject.parse(decodeUtf8(about))
  const role = json.text('role') === 'doctor' ? 'doctor' : 'patient'
  const device = deviceOf(ring, role, { self: json.text('name'), peer: json.text('peer') }, random)
  const nowMs = clock.nowMs()
  const pair: Pair = {
    id: newPairId(random.bytes(16)),
    device,
    slot: '',
    peerKid: json.text('kid'),
    peerBox: json.text('box'),
    kit: { root, madeMs: nowMs, checkedMs: nowMs },
    createdMs: json.count('at'),
    readMs: 0,
  }
  const body = { mediaType: cardType, content: encodeUtf8(JSON.stringify(own)) }
  const { pair: told, beside = [] } = sealQuietly(unlocked, pair, body)
  const bytes = encodePair(told ?? pair)
  try {
    await unlocked.rows.write([[`${pairPrefix}${pair.id}`, bytes], ...beside])
  } finally {
    bytes.fill(0)
    wipeDevice(device)
  }
}
