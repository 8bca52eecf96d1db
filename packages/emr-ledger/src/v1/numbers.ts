import { fromBigIntLE } from '@chartseal/core/bytes'
import { ledgerError } from '../errors.js'

/** Little-endian u64. @throws ChartsealError `ledger/number-range` */
export function u64(field: string, value: bigint): Uint8Array {
  return unsigned(field, value, 64)
}

/** Little-endian u128. @throws ChartsealError `ledger/number-range` */
export function u128(field: string, value: bigint): Uint8Array {
  return unsigned(field, value, 128)
}

function unsigned(field: string, value: bigint, bits: 64 | 128): Uint8Array {
  if (value < 0n || value >> BigInt(bits) !== 0n) throw ledgerError('ledger/number-range', { field, bits })
  return fromBigIntLE(value, bits / 8)
}
