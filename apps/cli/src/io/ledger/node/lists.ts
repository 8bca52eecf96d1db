/** Lists as nodes of the ledger give them to each other: deterministic CBOR. Table: docs/spec/clinic-api.md. */
import { type CborValue, decodeCbor } from '@chartseal/core/encoding'
import type { PeerHeader } from '@chartseal/emr-ledger'
import { cliError } from '../../errors.js'

/** @throws ChartsealError `cli/peer` */
export function decodeList(bytes: Uint8Array): readonly Uint8Array[] {
  return listIn(bytes).map(bytesOf)
}

/** @throws ChartsealError `cli/peer` */
export function decodeHeaders(bytes: Uint8Array): readonly PeerHeader[] {
  return listIn(bytes).map(pair => {
    if (!Array.isArray(pair) || pair.length !== 2) throw malformed()
    return { header: bytesOf(pair[0]), seal: bytesOf(pair[1]) }
  })
}

function listIn(bytes: Uint8Array): readonly CborValue[] {
  const value = decodeCbor(bytes)
  if (!Array.isArray(value)) throw malformed()
  return value
}

function bytesOf(value: CborValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed()
  return value
}

const malformed = (): Error => cliError('cli/peer', { what: 'a list of byte strings in CBOR' })
