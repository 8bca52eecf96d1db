/**
 * What is kept of a kit that was made: its name, whom it covers, who keeps its sheets. Neither its key nor its sheets are in
 * it. So a sheet can be checked when the screen on which it was made is long gone.
 */
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { Unlocked } from '../pairs/pairs.js'

export interface KeptKit {
  /** Hexadecimal; names the kit. */
  readonly root: string
  readonly madeMs: number
  readonly pairIds: readonly string[]
  /** Whether its file of keys was saved: without that its sheets open nothing. */
  readonly isSaved: boolean
  /** Who keeps each sheet, as printed on it. */
  readonly holders: readonly string[]
  /** The public half of the record key that is in it (`csrec1…`); empty in a kit of before there were any. */
  readonly record: string
}

const prefix = 'kit/'
const keyOf = (root: string): string => `${prefix}${root}`

export async function keepKit({ rows }: Unlocked, kit: KeptKit): Promise<void> {
  const { root, madeMs, pairIds, isSaved, holders, record } = kit
  const text = JSON.stringify({ root, madeMs, pairIds, isSaved, holders, record })
  await rows.write([[keyOf(root), encodeUtf8(text)]])
}

export async function noteSaved(unlocked: Unlocked, root: string): Promise<void> {
  const kit = (await keptKits(unlocked)).find(one => one.root === root)
  if (kit !== undefined) await keepKit(unlocked, { ...kit, isSaved: true })
}

/** The newest first. */
export async function keptKits({ rows }: Unlocked): Promise<readonly KeptKit[]> {
  const found = (await rows.range(prefix)).map(([, bytes]) => read(bytes))
  return found.toSorted((a, b) => b.madeMs - a.madeMs)
}

function read(bytes: Uint8Array): KeptKit {
  const json = JsonObject.parse(decodeUtf8(bytes))
  return {
    root: json.text('root'),
    madeMs: json.count('madeMs'),
    pairIds: json.texts('pairIds'),
    isSaved: json.boolean('isSaved'),
    holders: json.texts('holders'),
    record: json.has('record') ? json.text('record') : '',
  }
}

/** Forgets those that were made before the one that was just checked, and cover nobody any more. */
export async function forgetOlder(
  unlocked: Unlocked,
  checked: KeptKit,
  covering: ReadonlySet<string>,
): Promise<void> {
  const isOver = ({ root, madeMs }: KeptKit): boolean => madeMs < checked.madeMs && !covering.has(root)
  const gone = (await keptKits(unlocked)).filter(isOver)
  await unlocked.rows.write(gone.map(({ root }) => [keyOf(root), null] as const))
}
