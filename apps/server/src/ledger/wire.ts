/** Lists as nodes of the ledger give them to each other: deterministic CBOR. Table: docs/spec/clinic-api.md. */
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import type { PeerHeader } from '@chartseal/emr-ledger'

export interface PeerErrors {
  'peer/answer': { peer: string; status: number }
  'peer/malformed': { what: string }
  'peer/too-large': { limitBytes: number }
  'peer/other-ledger': { peer: string }
}

export const peerError: ErrorFactory<PeerErrors> = defineErrors<PeerErrors>({
  'peer/answer': 'The node {peer} answered {status}.',
  'peer/malformed': 'The answer must be {what}.',
  'peer/too-large': 'The answer must have at most {limitBytes} bytes.',
  'peer/other-ledger': 'The node {peer} has another ledger: it must have the genesis of this one.',
})

/** The first of them, as many as `maxBytes` hold, at least one. */
export function encodeList(items: readonly Uint8Array[], maxBytes: number): Uint8Array {
  return encodeCbor(fitting(items, item => item.length, maxBytes))
}

/** @throws ChartsealError `peer/malformed` */
export function decodeList(bytes: Uint8Array): readonly Uint8Array[] {
  const items = listIn(bytes)
  return items.map(item => bytesOf(item))
}

/** Pairs of header and seal. */
export function encodeHeaders(headers: readonly PeerHeader[], maxBytes: number): Uint8Array {
  const some = fitting(headers, ({ header, seal }) => header.length + seal.length, maxBytes)
  return encodeCbor(some.map(({ header, seal }) => [header, seal]))
}

/** @throws ChartsealError `peer/malformed` */
export function decodeHeaders(bytes: Uint8Array): readonly PeerHeader[] {
  return listIn(bytes).map(pair => {
    if (!Array.isArray(pair) || pair.length !== 2) throw malformed()
    return { header: bytesOf(pair[0]), seal: bytesOf(pair[1]) }
  })
}

function fitting<Item>(items: readonly Item[], sizeOf: (item: Item) => number, maxBytes: number): Item[] {
  const some: Item[] = []
  let left = maxBytes
  for (const item of items) {
    left -= sizeOf(item)
    if (left < 0 && some.length > 0) break
    some.push(item)
  }
  return some
}

function listIn(bytes: Uint8Array): readonly CborValue[] {
  const value = decoded(bytes)
  if (!Array.isArray(value)) throw malformed()
  return value
}

function decoded(bytes: Uint8Array): CborValue {
  try {
    return decodeCbor(bytes)
  } catch {
    throw malformed()
  }
}

function bytesOf(value: CborValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed()
  return value
}

function malformed(): Error {
  return peerError('peer/malformed', { what: 'a list of byte strings in deterministic CBOR' })
}
