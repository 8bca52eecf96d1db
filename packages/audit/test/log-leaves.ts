/** Leaves shaped as entries, for logs that need no key. */
import { encodeCbor } from '@chartseal/core/encoding'
import { buildLog, type TestLog } from '@chartseal/testkit'

export const startMs = Date.UTC(2026, 3, 5)

/** Nothing in it is secret, and `body` makes it another one. */
export function entryLeaf(seq: number, atMs: number = startMs + seq, body = 0): Uint8Array {
  return encodeCbor({
    v: 2,
    at: atMs,
    seq,
    id: new Uint8Array(16).fill(seq),
    tag: new Uint8Array(16).fill(1),
    body: new Uint8Array(48).fill(body),
  })
}

/** The log of the first `size` entries. */
export function logOf(size: number): TestLog {
  return buildLog(Array.from({ length: size }, (_, i) => entryLeaf(i)))
}
