import { CborFields } from '@chartseal/core/cbor'
import { ChartsealError } from '@chartseal/core/errors'

/** The error of a format for what its map is not. */
export type Refusal = (reason: string) => Error

/** Reads one deterministic CBOR map with exactly these fields; whatever core refuses in it is refused by `refusal`. */
export function readMap<Value>(
  bytes: Uint8Array,
  names: readonly string[],
  refusal: Refusal,
  read: (fields: CborFields) => Value,
): Value {
  try {
    return read(CborFields.decode(bytes, names))
  } catch (error) {
    if (error instanceof ChartsealError && /^(cbor|encoding)\//.test(error.code))
      throw refusal(error.message.replace(/\.$/, ''))
    throw error
  }
}
