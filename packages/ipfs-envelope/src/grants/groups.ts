/** Recipients as columns, in the one order that a list may have. */
import { concat } from '@chartseal/core/bytes'
import type { WrapName, WrappedKey } from '../recipients/recipient.js'
import type { RecipientGroup } from './list.js'

/** Whoever makes recipients at will cannot make two that share so many, nor one that shares them with somebody else. */
export const hintBytes = 16

/** One recipient's entry, and what tells them that it is theirs. */
export interface GrantEntry extends WrappedKey {
  readonly kem: WrapName
  readonly hint: Uint8Array
}

interface Shape {
  readonly encBytes: number
  readonly minCtBytes: number
  readonly maxCtBytes: number
}

/** In the order of the groups. A content key and the tag of AES-256-GCM; RSA of 2,048 to 16,384 bits. */
export const shapes: Readonly<Record<WrapName, Shape>> = {
  x25519: { encBytes: 32, minCtBytes: 48, maxCtBytes: 48 },
  xwing: { encBytes: 1_120, minCtBytes: 48, maxCtBytes: 48 },
  'rsa-oaep': { encBytes: 0, minCtBytes: 256, maxCtBytes: 2_048 },
}
const order = Object.keys(shapes)

export const countOf = ({ hints }: RecipientGroup): number => hints.length / hintBytes

export const ctBytesOf = (group: RecipientGroup): number => group.cts.length / countOf(group)

/** Views of one entry. */
function entryAt(group: RecipientGroup, index: number): GrantEntry {
  const cut = (column: Uint8Array, bytes: number): Uint8Array =>
    column.subarray(index * bytes, (index + 1) * bytes)
  return {
    kem: group.kem,
    hint: cut(group.hints, hintBytes),
    enc: cut(group.encs, shapes[group.kem].encBytes),
    ct: cut(group.cts, ctBytesOf(group)),
  }
}

/** Every entry of a list, group after group. */
export function* entriesOf(groups: readonly RecipientGroup[]): Generator<GrantEntry> {
  for (const group of groups) for (let i = 0; i < countOf(group); i++) yield entryAt(group, i)
}

/** The entries of one kind of key under a hint: found by halving, as hints ascend. */
export function* entriesUnder(
  groups: readonly RecipientGroup[],
  kem: WrapName,
  hint: Uint8Array,
): Generator<GrantEntry> {
  for (const group of groups) {
    if (group.kem !== kem) continue
    for (let i = firstAt(group, hint); i < countOf(group) && compareHint(group, i, hint) === 0; i++)
      yield entryAt(group, i)
  }
}

function firstAt(group: RecipientGroup, wanted: Uint8Array): number {
  let [low, high] = [0, countOf(group)]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareHint(group, middle, wanted) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** The sign of the hint at an index against another one, which begins at `at` of `other`. */
function compareHint({ hints }: RecipientGroup, index: number, other: Uint8Array, at = 0): number {
  for (let i = 0; i < hintBytes; i++) {
    const difference = (hints[index * hintBytes + i] ?? 0) - (other[at + i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Groups in their order, entries in theirs: nothing tells who was granted when. */
export function groupsOf(entries: Iterable<GrantEntry>): readonly RecipientGroup[] {
  const groups = new Map<string, GrantEntry[]>()
  for (const entry of entries) {
    const name = `${entry.kem} ${entry.ct.length}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [entry])
    else group.push(entry)
  }
  return [...groups.values()].map(groupOf).sort(compareGroups)
}

function groupOf(entries: readonly GrantEntry[]): RecipientGroup {
  const sorted = [...entries].sort(compareEntries)
  const [first] = sorted
  if (first === undefined) throw new Error('internal: a group without entries')
  return {
    kem: first.kem,
    hints: concat(...sorted.map(({ hint }) => hint)),
    encs: concat(...sorted.map(({ enc }) => enc)),
    cts: concat(...sorted.map(({ ct }) => ct)),
  }
}

export function compareGroups(a: RecipientGroup, b: RecipientGroup): number {
  return order.indexOf(a.kem) - order.indexOf(b.kem) || ctBytesOf(a) - ctBytesOf(b)
}

/** By hint, then by what is wrapped. */
function compareEntries(a: GrantEntry, b: GrantEntry): number {
  return compareBytes(a.hint, b.hint) || compareBytes(a.enc, b.enc) || compareBytes(a.ct, b.ct)
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0)
  return 0
}

/** Whether each entry comes behind the one before it. */
export function isAscending(group: RecipientGroup): boolean {
  for (let i = 1; i < countOf(group); i++) {
    const order = compareHint(group, i - 1, group.hints, i * hintBytes)
    if (order > 0) return false
    if (order === 0 && compareEntries(entryAt(group, i - 1), entryAt(group, i)) >= 0) return false
  }
  return true
}
