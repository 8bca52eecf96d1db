/**
 * The book of prescriptions of this device: one sealed row for what was proven last, and one for each record that was
 * signed here. Every change is one step over all tabs: take the lock, read, change, store.
 */
import {
  type Book,
  decodeErrand,
  type Errand,
  encodeErrand,
  newBook,
  type Shelf,
} from '@chartseal/clinic/prescriptions'
import { decodeCbor } from '@chartseal/core/encoding'
import { type Anchor, decodeAnchor, encodeAnchor } from '@chartseal/emr-ledger'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { refuseNewer } from '../store/row-version.js'
import type { KnownRows } from '../store/sealed-rows.js'

const version = 2
export const anchorKey = 'ledger-anchor'
export const errandPrefix = 'ledger-errand/'
const numberDigits = 10

export interface BookShelf extends Shelf {
  /** The newest book, also where another tab changed it. */
  refresh(): Promise<Book>
}

type Kept = readonly [key: string, errand: Errand]
type Stored = Pick<Unlocked, 'rows' | 'locks'>

/** @param first where a device begins that has no book yet: asked once, and kept before anything is believed */
export async function openShelf(stored: Stored, first: () => Promise<Anchor>): Promise<BookShelf> {
  const { rows, locks } = stored
  const anchors: KnownRows<Anchor> = new Map()
  const errands: KnownRows<Kept> = new Map()
  const locked = <Result>(work: () => Promise<Result>): Promise<Result> =>
    locks('chartseal/ledger-book', work)
  const read = async (): Promise<{
    readonly book: Book
    readonly keys: ReadonlyMap<Errand, string>
  } | null> => {
    const anchor = await readAnchor(stored, anchors)
    if (anchor === null) return null
    const kept = await rows.readOnce(errandPrefix, errands, (key, bytes): Kept => [key, errandIn(bytes)])
    const all = kept.map(([, errand]) => errand)
    return { book: { anchor, errands: all }, keys: new Map(kept.map(([key, errand]) => [errand, key])) }
  }
  let newest = await locked(async () => (await read())?.book ?? begin(stored, await first()))
  return {
    book: () => newest,
    async refresh() {
      newest = (await read())?.book ?? newest
      return newest
    },
    change: step =>
      locked(async () => {
        const { book, keys } = (await read()) ?? { book: newest, keys: new Map<Errand, string>() }
        const next = step(book)
        const changes = changesOf(book, next, keys, await rows.keys(errandPrefix))
        if (changes.length > 0) await writeAll(stored, changes)
        newest = next
        return next
      }),
  }
}

async function begin(stored: Stored, anchor: Anchor): Promise<Book> {
  await writeAll(stored, [[anchorKey, encodeAnchor(anchor)]])
  return newBook(anchor)
}

/** A row that is damaged is not begun anew: an older state would be believed. @throws ChartsealError `console/damaged-row` */
async function readAnchor({ rows }: Stored, known: KnownRows<Anchor>): Promise<Anchor | null> {
  const [anchor] = await rows.readOnce(anchorKey, known, (_, bytes) => decodeAnchor(bytes))
  if (anchor !== undefined) return anchor
  const bytes = await rows.get(anchorKey)
  return bytes === null ? null : decodeAnchor(bytes)
}

function errandIn(bytes: Uint8Array): Errand {
  refuseNewer(decodeCbor(bytes), version)
  return decodeErrand(bytes)
}

/** Rows that are not as they were. An errand keeps its place, also where one before it does not open. */
function changesOf(
  before: Book,
  { anchor, errands }: Book,
  keys: ReadonlyMap<Errand, string>,
  taken: readonly string[],
): Beside {
  const changes: [string, Uint8Array][] = []
  if (anchor !== before.anchor) changes.push([anchorKey, encodeAnchor(anchor)])
  let number = taken.reduce((last, key) => Math.max(last, Number(key.slice(errandPrefix.length))), 0)
  errands.forEach((errand, i) => {
    if (keys.has(errand)) return
    const old = before.errands[i]
    const key = old === undefined ? undefined : keys.get(old)
    changes.push([
      key ?? `${errandPrefix}${String(++number).padStart(numberDigits, '0')}`,
      encodeErrand(errand),
    ])
  })
  return changes
}

/** What was written holds the content of prescriptions. */
async function writeAll({ rows }: Stored, changes: Beside): Promise<void> {
  try {
    await rows.write(changes)
  } finally {
    for (const [, bytes] of changes) bytes?.fill(0)
  }
}
