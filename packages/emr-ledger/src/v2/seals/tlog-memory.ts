/** What the seal of a sequencer has to know of a chain: docs/spec/ledger-v2.md, "Seals". */
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import { oneOf, readStrictly } from '../fields.js'

export interface TlogMemory {
  readonly kind: 'tlog'
  readonly height: bigint
}

/** Deterministic CBOR. */
export function encodeTlogMemory({ kind, height }: TlogMemory): Uint8Array {
  return encodeCbor({ kind, height })
}

/** @throws ChartsealError `ledger/seal-memory` */
export function decodeTlogMemory(bytes: Uint8Array): TlogMemory {
  return readStrictly(
    () => {
      const fields = CborFields.decode(bytes, ['kind', 'height'])
      oneOf(fields, 'kind', ['tlog'] as const)
      return { kind: 'tlog', height: fields.integer('height') }
    },
    reason => sealError('ledger/seal-memory', { reason }),
  )
}
