/** The parts that messages of drills and refreshes have in common. */
import type { CborFields } from '@chartseal/core/cbor'
import { type CborValue, encodeCbor } from '@chartseal/core/encoding'
import { type Refusal, readMap } from './cbor-map.js'
import { isWellFormed, type LeafParts } from './commitment.js'
import { shamirError } from './errors.js'
import { maxShares } from './limits.js'
import { hashBytes, maxShareBytes, minShareBytes, type ShareSet, setIdBytes } from './share-set.js'

const version = 2
/** Beside a value as long as y: names, numbers and at most 255 hashes. */
const maxOverheadBytes = 16_384
export const maxMessageBytes: number = maxShareBytes + maxOverheadBytes

export function encode(
  kind: string,
  fields: { readonly [name: string]: CborValue },
  v: number = version,
): Uint8Array {
  return encodeCbor({ v, k: kind, ...fields })
}

export function decode<Value>(
  kind: string,
  bytes: Uint8Array,
  names: readonly string[],
  read: (fields: CborFields) => Value,
  v: number = version,
): Value {
  const refusal = invalid(kind)
  if (bytes.length > maxMessageBytes) throw refusal('too long')
  return readMap(bytes, ['v', 'k', ...names], refusal, fields => {
    fields.count('v', v, v)
    if (fields.text('k') !== kind) throw refusal('it is of another kind')
    return read(fields)
  })
}

export type SetNumbers = Omit<ShareSet, 'root'>

type Encoded = { readonly [name: string]: CborValue }

export function setFields({ setId, threshold, numShares }: SetNumbers): Encoded {
  return { set: setId, t: threshold, n: numShares }
}

export function leafFields(parts: LeafParts): Encoded {
  const { x, sizeBytes, commitment, drillKey } = parts
  return { ...setFields(parts), x, len: sizeBytes, c: commitment, key: drillKey }
}

export function setOf(fields: CborFields): SetNumbers {
  const setId = fields.bytes('set', setIdBytes)
  const numShares = fields.count('n', maxShares, 2)
  return { setId, threshold: fields.count('t', numShares, 2), numShares }
}

export const knownSetOf = (fields: CborFields): ShareSet => ({ ...setOf(fields), root: rootOf(fields) })
export const rootOf = (fields: CborFields): Uint8Array => fields.bytes('root', hashBytes)
export const sizeOf = (fields: CborFields): number => fields.count('len', maxShareBytes, minShareBytes)
export const indexOf = (fields: CborFields, set: SetNumbers): number => fields.count('x', set.numShares, 1)

export function leafOf(fields: CborFields, kind: string): LeafParts {
  const set = setOf(fields)
  const parts = {
    ...set,
    x: indexOf(fields, set),
    sizeBytes: sizeOf(fields),
    commitment: fields.bytes('c', hashBytes),
    drillKey: fields.bytes('key', hashBytes),
  }
  if (!isWellFormed(parts)) throw invalid(kind)('a part has another size')
  return parts
}

export function invalid(kind: string): Refusal {
  return reason => shamirError('shamir/invalid-message', { kind, reason })
}
