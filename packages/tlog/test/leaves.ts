/** Leaves that carry their index, a time and a body, and the rules of them. */
import { buildLog, type TestLog } from '@chartseal/testkit'
import type { LeafRules } from '@chartseal/tlog'

const marker = 0x6c656166
const leafBytes = 96
export const startMs = Date.UTC(2026, 3, 5)

/** `body` makes it another leaf. */
export function leafAt(seq: number, atMs: number = startMs + seq, body = 0): Uint8Array {
  const leaf = new Uint8Array(leafBytes).fill(body)
  const view = new DataView(leaf.buffer)
  view.setUint32(0, marker)
  view.setUint32(4, seq)
  view.setFloat64(8, atMs)
  return leaf
}

function seqOf(leaf: Uint8Array): number | null {
  if (leaf.length !== leafBytes) return null
  const view = new DataView(leaf.buffer, leaf.byteOffset)
  return view.getUint32(0) === marker ? view.getUint32(4) : null
}

/** Only the index is looked at. */
export const numbered: LeafRules = {
  seqOf,
  startPass: () => ({
    check: (index, leaf) => (seqOf(leaf) ?? index) === index,
    close: () => undefined,
  }),
}

const shared: Uint8Array[] = []

/** The log of the first `size` leaves. */
export function logOf(size: number): TestLog {
  while (shared.length < size) shared.push(leafAt(shared.length))
  return buildLog(shared.slice(0, size))
}
