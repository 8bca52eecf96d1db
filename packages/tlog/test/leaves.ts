/** Leaves that carry their index, a time and a body, and the rules of them. */
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { buildLog, type TestLog } from '@chartseal/testkit'
import type { LeafRules } from '@chartseal/tlog'

export const startMs = Date.UTC(2026, 3, 5)

/** `body` makes it another leaf. */
export function leafAt(seq: number, atMs: number = startMs + seq, body = 0): Uint8Array {
  return encodeCbor({ at: atMs, seq, body: new Uint8Array(80).fill(body) })
}

function seqOf(leaf: Uint8Array): number | null {
  try {
    const { seq }: { seq?: unknown } = Object(decodeCbor(leaf))
    return typeof seq === 'number' ? seq : null
  } catch {
    return null
  }
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
