/** The recovery kit of this device: made for all its pairs, checked by scanning a sheet back, brought back elsewhere. */
import { deviceOf, type KitPage, makeKitBook, openKitBook, rootOfBook, wipeDevice } from '@chartseal/clinic'
import { decodeBase64Url, decodeUtf8, encodeBase64Url, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { formatShare, parseShareText, type ShareEnvelope, verifyShare, wipeShares } from '@chartseal/shamir'
import { consoleError } from '../errors.js'
import { type Card, cardBody } from '../pairs/card.js'
import {
  encodePair,
  isPaired,
  newPairId,
  noRecord,
  notBlocked,
  type Pair,
  pairPrefix,
  patientIdOf,
} from '../pairs/pair-row.js'
import { changePair, lookAtPairs, type Unlocked } from '../pairs/pairs.js'
import { bringRecordKeys, recordKeys, recordKeyText } from '../pairs/record-key.js'
import { sealQuietly } from '../thread/send.js'
import { forgetOlder, type KeptKit, keepKit, keptKits } from './kit-row.js'

export const threshold = 2
const numShares = 3

/** A kit that was made and not handed out yet: in memory alone. */
export interface FreshKit {
  /** Hexadecimal; names the kit. */
  readonly root: string
  readonly madeMs: number
  /** Opens with enough sheets, and with nothing else. */
  readonly book: Uint8Array
  /** What each sheet says, as text and as QR code. */
  readonly sheets: readonly string[]
  readonly pairIds: readonly string[]
}

/**
 * Makes a kit of every pair. The rings are stored with the number of the next device set aside before the kit is given
 * out. @throws RangeError without a pair
 */
export async function makeFreshKit(
  unlocked: Unlocked,
  label: string,
  holders: readonly string[] = [],
): Promise<FreshKit> {
  const ids = (await lookAtPairs(unlocked, pair => (isPaired(pair) ? [pair.id] : []))).flat().sort()
  const made = await withPairs(unlocked, ids, [], pairs => fromPairs(unlocked, pairs, label))
  const { root, madeMs, pairIds } = made.kit
  // Before it is given out, so that each sheet that is on paper can be checked.
  await keepKit(unlocked, {
    root,
    madeMs,
    pairIds,
    isSaved: false,
    holders,
    record: await recordKeyText(unlocked),
  })
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
  const { clock, random, argon2id } = unlocked
  const keys = await recordKeys(unlocked)
  const { prescriptionsForKit } = await import('./prescriptions.js')
  const more = await prescriptionsForKit(unlocked)
  const pages = pairs.flatMap(pair =>
    pair.device.ring === null ? [] : [{ ring: pair.device.ring, about: aboutOf(pair, keys) }],
  )
  for (const key of keys) key.fill(0)
  const made = await makeKitBook(
    pages,
    { threshold, numShares, label: label.slice(0, 40), ...(more === null ? {} : { more }) },
    { clock, random, argon2id },
  )
  const root = encodeHex(made.set.root)
  const madeMs = clock.nowMs()
  const sheets = made.shares.map(formatShare)
  wipeShares(made.shares)
  for (const { about } of pages) about.fill(0)
  more?.fill(0)
  const next = pairs.map((pair, i) => ({
    ...pair,
    device: { ...pair.device, ring: made.rings[i] ?? pair.device.ring },
  }))
  // An earlier kit covers its pairs until a sheet of this one was checked.
  return { kit: { root, madeMs, book: made.book, sheets, pairIds: pairs.map(({ id }) => id) }, pairs: next }
}

/** Everything that a new device needs beside the ring. Secret: the record keys are in it. */
function aboutOf(
  { device, peerKid, peerBox, peerCardMs, createdMs, peerRecord }: Pair,
  keys: readonly Uint8Array[],
): Uint8Array {
  const { self, peerName, isColleague } = device
  const about = {
    role: self.role,
    name: self.name,
    peer: peerName,
    ...(isColleague ? { colleague: true } : {}),
    kid: peerKid,
    box: peerBox,
    told: peerCardMs,
    at: createdMs,
    peerRecord,
    records: keys.map(encodeBase64Url),
  }
  return encodeUtf8(JSON.stringify(about))
}

/**
 * A sheet was scanned back: from now on the pairs of its kit are covered. Gives how many.
 * @param fresh the kit that was just made, of which it must be; `null` for one that was made before, or to try one again
 * @throws ChartsealError `console/other-kit`, `console/kit-not-saved`, `shamir/…` for what is no sound sheet
 */
export async function checkSheet(
  unlocked: Unlocked,
  text: string,
  fresh: FreshKit | null = null,
): Promise<number> {
  const root = rootOfSheet(text)
  const kept = (await keptKits(unlocked)).find(kit => kit.root === root)
  const made = fresh === null ? kept : fresh.root === root ? fresh : undefined
  // A pair that is gone meanwhile is in no kit.
  const known = new Set(await lookAtPairs(unlocked, ({ id }) => id))
  const ids = [...(made?.pairIds ?? (fresh === null ? await pairsOfKit(unlocked, root) : []))]
  const here = ids.filter(id => known.has(id))
  if (here.length === 0) throw consoleError('console/other-kit', {})
  if (fresh === null && kept?.isSaved === false) throw consoleError('console/kit-not-saved', {})
  for (const id of here) await markChecked(unlocked, id, root, made?.madeMs ?? null)
  if (kept !== undefined) {
    await keepKit(unlocked, { ...kept, isSaved: true })
    await forgetOthers(unlocked, kept)
  }
  return here.length
}

async function forgetOthers(unlocked: Unlocked, kept: KeptKit): Promise<void> {
  const covering = await lookAtPairs(unlocked, ({ kit }) => kit?.root ?? '')
  await forgetOlder(unlocked, kept, new Set(covering))
}

/** @throws ChartsealError `shamir/…` */
function rootOfSheet(text: string): string {
  const share = parseShareText(sheetText(text))
  try {
    verifyShare(share, {})
    return encodeHex(share.root)
  } finally {
    wipeShares([share])
  }
}

async function pairsOfKit(unlocked: Unlocked, root: string): Promise<readonly string[]> {
  return (await lookAtPairs(unlocked, pair => (pair.kit?.root === root ? [pair.id] : []))).flat()
}

function markChecked(unlocked: Unlocked, id: string, root: string, newMadeMs: number | null): Promise<void> {
  return changePair(unlocked, id, pair => {
    const madeMs = newMadeMs ?? pair.kit?.madeMs ?? 0
    const kit = { root, madeMs, checkedMs: unlocked.clock.nowMs() }
    return { result: undefined, pair: { ...pair, kit } }
  })
}

/** As it is spelled: capitals make a smaller QR code, and people type it in groups. */
export const sheetText = (text: string): string => text.replaceAll(/\s/g, '').toLowerCase()

/** Sheets that are collected for bringing a kit back. */
export interface Collected {
  readonly book: Uint8Array | null
  readonly sheets: readonly string[]
}

/** One more sheet, if it is sound and of this book. @throws ChartsealError `console/other-kit`, `shamir/…` */
export function collectSheet({ book, sheets }: Collected, text: string): Collected {
  const share = parseShareText(sheetText(text))
  try {
    verifyShare(share, book === null ? {} : { root: rootOfBook(book) })
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'shamir/unknown-root')
      throw consoleError('console/other-kit', {})
    throw error
  } finally {
    wipeShares([share])
  }
  return { book, sheets: [...new Set([...sheets, sheetText(text)])] }
}

/**
 * Brings the pairs of a kit to this device, and tells each other side, sealed, where this device is reached. Gives how
 * many. @throws ChartsealError as `openKitBook`
 */
export async function restoreKit(
  unlocked: Unlocked,
  { book, sheets }: Collected,
  ownCard: () => Promise<Card>,
): Promise<number> {
  if (book === null) throw new RangeError('a kit has a file beside its sheets')
  const shares: readonly ShareEnvelope[] = sheets.map(parseShareText)
  try {
    const { pages, more } = await openKitBook(book, shares, unlocked)
    for (const { about } of pages) await bringRecordKeys(unlocked, recordKeysIn(about))
    const own = await ownCard()
    const known = new Set(await lookAtPairs(unlocked, patientIdOf))
    let restored = 0
    for (const page of pages) {
      const pair = pairOf(unlocked, page)
      // Those that this device has already have moved on.
      if (!known.has(patientIdOf(pair))) {
        await storeRestored(unlocked, pair, own)
        restored++
      }
      wipeDevice(pair.device)
    }
    if (more !== null) {
      const { bringPrescriptions } = await import('./prescriptions.js')
      await bringPrescriptions(unlocked, more).finally(() => more.fill(0))
    }
    return restored
  } finally {
    wipeShares(shares)
  }
}

/** In no kit: its sheets are used, and whoever brings them back once more counts under the same keys. */
function pairOf({ random }: Unlocked, { ring, about }: KitPage): Pair {
  const json = JsonObject.parse(decodeUtf8(about))
  const role = json.text('role') === 'doctor' ? 'doctor' : 'patient'
  return {
    id: newPairId(random.bytes(16)),
    device: deviceOf(ring, role, namesIn(json), random),
    slot: '',
    peerKid: json.text('kid'),
    peerBox: json.text('box'),
    peerCardMs: json.has('told') ? json.count('told') : 0,
    kit: null,
    createdMs: json.count('at'),
    ...notBlocked,
    ...noRecord,
    peerRecord: json.has('peerRecord') ? json.text('peerRecord') : '',
  }
}

const namesIn = (json: JsonObject) => ({
  self: json.text('name'),
  peer: json.text('peer'),
  isColleague: json.has('colleague') && json.boolean('colleague'),
})

/** None in a kit of before there were any. */
function recordKeysIn(about: Uint8Array): readonly Uint8Array[] {
  const json = JsonObject.parse(decodeUtf8(about))
  return json.has('records') ? json.texts('records').map(decodeBase64Url) : []
}

/** Stored, with word to the other side of where this device is reached. */
async function storeRestored(unlocked: Unlocked, pair: Pair, own: Card): Promise<void> {
  const { pair: told, beside = [] } = sealQuietly(unlocked, pair, cardBody(own), true)
  const bytes = encodePair({ ...(told ?? pair), toldRecord: own.record ?? '' })
  try {
    await unlocked.rows.write([[`${pairPrefix}${pair.id}`, bytes], ...beside])
  } finally {
    bytes.fill(0)
    if (told !== null) wipeDevice(told.device)
  }
}
