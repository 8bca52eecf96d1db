/** What the seal of voting sealers has to know of a chain: docs/spec/ledger-v2.md, "Seals". */
import { equal } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import { fieldError, oneOf, readStrictly } from '../fields.js'
import type { Roster } from '../roster.js'
import { type SealerSet, type SealerSpan, sealersAt, setIn, setsWithin, setValue } from './poa-sealers.js'

export interface PoaMemory {
  readonly kind: 'poa'
  readonly height: bigint
  readonly slot: bigint
  /** How many blocks up to this one stand in consecutive slots, at most 3. */
  readonly run: number
  /** Up to which height this block shows that the chain is final, by the votes that its seals carry. */
  readonly shown: bigint
  /** Height of the last block with records; 0 while there is none. */
  readonly busy: bigint
  /** The newest last, from that of block `shown` on. */
  readonly spans: readonly SealerSpan[]
}

/** How many blocks in consecutive slots, each with a quorum, make the middle one final. */
export const finalRun = 3

/** Up to which height a child of the block shows that the chain is final: its seal has the votes for the block. */
export function shownByChild({ run, height, shown }: PoaMemory): bigint {
  return run >= finalRun ? height - 1n : shown
}

/** The sets of which the block of this memory needs a quorum each; none for block 0. */
export function setsOf({ spans, shown, height }: PoaMemory): readonly SealerSet[] {
  return setsWithin(spans, shown, height - 1n)
}

/** The same of a child of the block: every set that was in force since what that child shows to be final. */
export function setsOfChild(memory: PoaMemory): readonly SealerSet[] {
  return setsWithin(memory.spans, shownByChild(memory), memory.height)
}

/** The sealers who take turns on the block. */
export function sealersOnto({ spans }: PoaMemory): SealerSet {
  const last = spans.at(-1)
  if (last === undefined) throw new Error('internal: there are sealers always')
  return last.set
}

/** The memory at block 0. @throws ChartsealError `ledger/no-sealers` */
export function firstPoaMemory(roster: Roster): PoaMemory {
  const set = sealersAt(roster, 1n)
  if (set === null) throw sealError('ledger/no-sealers', {})
  return { kind: 'poa', height: 0n, slot: 0n, run: 1, shown: 0n, busy: 0n, spans: [{ from: 0n, set }] }
}

/** The memory at a child in this slot. A roster that leaves no sealer leaves those there were. */
export function nextPoaMemory(
  parent: PoaMemory,
  {
    slot,
    hasRecords,
    roster,
  }: { readonly slot: bigint; readonly hasRecords: boolean; readonly roster: Roster },
): PoaMemory {
  const height = parent.height + 1n
  const shown = shownByChild(parent)
  const last = sealersOnto(parent)
  const set = sealersAt(roster, height + 1n) ?? last
  const spans = equal(set.hash, last.hash) ? parent.spans : [...parent.spans, { from: height, set }]
  return {
    kind: 'poa',
    height,
    slot,
    run: slot === parent.slot + 1n ? Math.min(finalRun, parent.run + 1) : 1,
    shown,
    busy: hasRecords ? height : parent.busy,
    spans: spans.filter((_, i) => (spans[i + 1]?.from ?? height + 1n) > shown),
  }
}

const memoryFields = ['kind', 'height', 'slot', 'run', 'shown', 'busy', 'spans']

/** Deterministic CBOR. */
export function encodePoaMemory({ spans, ...memory }: PoaMemory): Uint8Array {
  return encodeCbor({
    ...memory,
    spans: spans.map(({ from, set }) => ({ from, set: setValue(set.sealers) })),
  })
}

function memoryIn(fields: CborFields): PoaMemory {
  oneOf(fields, 'kind', ['poa'] as const)
  const spans = fields.maps('spans', ['from', 'set']).map(span => ({
    from: span.integer('from'),
    set: setIn(span, 'set'),
  }))
  if (spans.length === 0) throw fieldError('spans', 'at least one')
  return {
    kind: 'poa',
    height: fields.integer('height'),
    slot: fields.integer('slot'),
    run: fields.count('run', finalRun, 1),
    shown: fields.integer('shown'),
    busy: fields.integer('busy'),
    spans,
  }
}

/** @throws ChartsealError `ledger/seal-memory` */
export function decodePoaMemory(bytes: Uint8Array): PoaMemory {
  return readStrictly(
    () => memoryIn(CborFields.decode(bytes, memoryFields)),
    reason => sealError('ledger/seal-memory', { reason }),
  )
}
