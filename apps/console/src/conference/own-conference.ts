/** A conference that this device holds: its keys and who was invited, until it ends; what was said stays longer. */
import { type ConferenceBook, decodeBook, encodeBook, wipeBook } from '@chartseal/clinic/conference'
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { refuseNewer } from '../store/row-version.js'
import { conferencePrefix } from './due.js'

const version = 1
const fields = ['v', 'title', 'at', 'state', 'ended', 'book']

/** `ending`: a person has ended it; the clinic, and so the patients, may not know yet. */
const ownStates = ['on', 'ending', 'ended'] as const
export type OwnState = (typeof ownStates)[number]

/** As lists show it: no key is in it. */
export interface OwnConference {
  /** 16 bytes in base64url. */
  readonly id: string
  readonly title: string
  readonly createdMs: number
  readonly state: OwnState
  /** 0 before it ended. */
  readonly endedMs: number
}

export const ownKeyOf = (id: string): string => `${conferencePrefix}${id}`
const lockOf = (id: string): string => `chartseal/${ownKeyOf(id)}`

/** With the book; `null` once the keys are destroyed. The caller wipes the bytes of the row. */
export function ownRow(
  { id, title, createdMs, state, endedMs }: OwnConference,
  book: ConferenceBook | null,
): readonly [key: string, bytes: Uint8Array] {
  const encoded = book === null ? new Uint8Array() : encodeBook(book)
  try {
    const row = { v: version, title, at: createdMs, state, ended: endedMs, book: encoded }
    return [ownKeyOf(id), encodeCbor(row)]
  } finally {
    encoded.fill(0)
  }
}

interface Stored {
  readonly own: OwnConference
  readonly book: Uint8Array
}

/** @throws ChartsealError `cbor/invalid`, `console/newer-page` */
function decodeOwn(key: string, bytes: Uint8Array): Stored {
  try {
    const map = new CborFields(refuseNewer(decodeCbor(bytes), version), fields)
    map.count('v', version, version)
    const state = map.text('state')
    const own = {
      id: key.slice(conferencePrefix.length),
      title: map.text('title'),
      createdMs: map.count('at'),
      state: ownStates.find(one => one === state) ?? 'ended',
      endedMs: map.count('ended'),
    }
    return { own, book: map.bytes('book') }
  } finally {
    bytes.fill(0)
  }
}

/** The newest first; those that are damaged are left out, and counted by the rows. */
export async function ownConferences({ rows }: Unlocked): Promise<readonly OwnConference[]> {
  const found = await rows.readOnce(conferencePrefix, new Map(), (key, bytes) => {
    const { own, book } = decodeOwn(key, bytes)
    book.fill(0)
    return own
  })
  return found.toSorted((a, b) => b.createdMs - a.createdMs)
}

export interface WholeConference {
  readonly own: OwnConference
  readonly book: ConferenceBook | null
}

/** `null`: there is none of this id. The caller wipes the book. @throws ChartsealError `enrolment/damaged` */
export async function readWhole({ rows }: Unlocked, id: string): Promise<WholeConference | null> {
  const bytes = await rows.get(ownKeyOf(id))
  if (bytes === null) return null
  const { own, book } = decodeOwn(ownKeyOf(id), bytes)
  return { own, book: book.length === 0 ? null : decodeBook(book) }
}

/** What a step leaves: its answer, and the rows to write; `own` `null` leaves the conference as it is. */
export interface OwnChange<Result> {
  readonly result: Result
  readonly whole: WholeConference | null
  readonly beside?: Beside
}

/** One step on a conference that is there; one tab at a time. `null`: there is none. Books of before and after are wiped. */
export function changeOwn<Result>(
  unlocked: Unlocked,
  id: string,
  step: (whole: WholeConference) => Promise<OwnChange<Result>> | OwnChange<Result>,
): Promise<Result | null> {
  return unlocked.locks(lockOf(id), async () => {
    const before = await readWhole(unlocked, id)
    if (before === null) return null
    let after: OwnChange<Result> | null = null
    try {
      after = await step(before)
      await writeWhole(unlocked, after.whole, after.beside ?? [])
      return after.result
    } finally {
      if (before.book !== null) wipeBook(before.book)
      if (after?.whole?.book) wipeBook(after.whole.book)
    }
  })
}

/** In one go with rows beside it. */
export async function writeWhole(
  { rows }: Unlocked,
  whole: WholeConference | null,
  beside: Beside,
): Promise<void> {
  if (whole === null) return beside.length === 0 ? undefined : rows.write(beside)
  const row = ownRow(whole.own, whole.book)
  try {
    await rows.write([row, ...beside])
  } finally {
    row[1].fill(0)
  }
}
