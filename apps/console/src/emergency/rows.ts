/** What this device keeps of break-glass, each in a sealed row: its custody key, its requests, and what it has seen. */
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import type { Unlocked } from '../pairs/pairs.js'

const version = 1
const secretBytes = 32
const hashBytes = 32
const maxBytes = 65_536

const custodyKey = 'emergency-key'
const rosterKey = 'emergency-roster'
const askedPrefix = 'emergency-asked/'
export const seenPrefix = 'emergency-seen/'

type Fields = Parameters<typeof encodeCbor>[0] & object

/** The key for shares. Secret: the caller wipes it. */
export interface CustodyRow {
  readonly secret: Uint8Array
  /** What it was published with. */
  readonly statement: Uint8Array
  readonly isPublished: boolean
}

export async function readCustody({ rows }: Unlocked): Promise<CustodyRow | null> {
  const bytes = await rows.get(custodyKey)
  if (bytes === null) return null
  const map = fieldsOf(bytes, ['secret', 'statement', 'published'])
  return {
    secret: map.bytes('secret', secretBytes),
    statement: map.bytesWithin('statement', 1, maxBytes),
    isPublished: map.count('published', 1) === 1,
  }
}

export const writeCustody = (unlocked: Unlocked, row: CustodyRow): Promise<void> =>
  write(unlocked, custodyKey, {
    secret: row.secret,
    statement: row.statement,
    published: row.isPublished ? 1 : 0,
  })

/** A request of this device: on disk before it leaves, as nothing that is released opens without its secret. */
export interface AskedRow {
  readonly id: string
  readonly secret: Uint8Array
  readonly statement: Uint8Array
  /** Of the set. */
  readonly set: Uint8Array
}

export async function readAsked({ rows }: Unlocked, id: string): Promise<AskedRow | null> {
  const bytes = await rows.get(`${askedPrefix}${id}`)
  return bytes === null ? null : decodeAsked(`${askedPrefix}${id}`, bytes)
}

export const allAsked = ({ rows }: Unlocked): Promise<readonly AskedRow[]> =>
  rows.readOnce(askedPrefix, new Map(), decodeAsked)

function decodeAsked(key: string, bytes: Uint8Array): AskedRow {
  const map = fieldsOf(bytes, ['secret', 'statement', 'set'])
  return {
    id: key.slice(askedPrefix.length),
    secret: map.bytes('secret', secretBytes),
    statement: map.bytesWithin('statement', 1, maxBytes),
    set: map.bytesWithin('set', 1, maxBytes),
  }
}

export const writeAsked = (unlocked: Unlocked, { id, secret, statement, set }: AskedRow): Promise<void> =>
  write(unlocked, `${askedPrefix}${id}`, { secret, statement, set })

/** Once it is over, nothing opens with its secret any more. */
export const forgetAsked = ({ rows }: Unlocked, id: string): Promise<void> =>
  rows.write([[`${askedPrefix}${id}`, null]])

/** How far a request had come when this device saw it last: it only grows, and never goes. */
export interface SeenRow {
  readonly id: string
  readonly count: number
  /** The hash of the event that was the newest then. */
  readonly newest: Uint8Array
  /** What it is about, for when the clinic shows it no more. */
  readonly about: string
  /** A person at this device has looked at it since it was opened. */
  readonly isTold: boolean
}

export const allSeen = ({ rows }: Unlocked): Promise<readonly SeenRow[]> =>
  rows.readOnce(seenPrefix, new Map(), decodeSeen)

function decodeSeen(key: string, bytes: Uint8Array): SeenRow {
  const map = fieldsOf(bytes, ['count', 'newest', 'about', 'told'])
  return {
    id: key.slice(seenPrefix.length),
    count: map.count('count'),
    newest: map.bytes('newest', hashBytes),
    about: map.text('about'),
    isTold: map.count('told', 1) === 1,
  }
}

/** Another tab may have seen more, and a person may have read it there: neither is undone. */
export function noteSeen(unlocked: Unlocked, seen: SeenRow): Promise<void> {
  const key = `${seenPrefix}${seen.id}`
  return unlocked.locks(`chartseal/${key}`, async () => {
    const bytes = await unlocked.rows.get(key)
    const before = bytes === null ? null : decodeSeen(key, bytes)
    const { count, newest, about } = before !== null && before.count > seen.count ? before : seen
    const told = seen.isTold || (before?.isTold ?? false) ? 1 : 0
    await write(unlocked, key, { count, newest, about, told })
  })
}

/** The text of the roster that this device believes, as it was signed. */
export async function readRosterText({ rows }: Unlocked): Promise<Uint8Array | null> {
  const bytes = await rows.get(rosterKey)
  return bytes === null ? null : fieldsOf(bytes, ['text']).bytes('text')
}

export const writeRosterText = (unlocked: Unlocked, text: Uint8Array): Promise<void> =>
  write(unlocked, rosterKey, { text })

function fieldsOf(bytes: Uint8Array, names: readonly string[]): CborFields {
  const map = CborFields.decode(bytes, ['v', ...names])
  map.count('v', version, version)
  return map
}

async function write({ rows }: Unlocked, key: string, fields: Fields): Promise<void> {
  const bytes = encodeCbor({ v: version, ...fields })
  try {
    await rows.write([[key, bytes]])
  } finally {
    bytes.fill(0)
  }
}
