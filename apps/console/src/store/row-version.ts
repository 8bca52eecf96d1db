/** Rows of a page that is newer than this one: nothing is read from them, and nothing is written over them. */
import { type CborValue, decodeCbor } from '@chartseal/core/encoding'
import { consoleError } from '../errors.js'

/** What this page writes, by the first part of a row's name. */
const versions: ReadonlyMap<string, number> = new Map([
  ['message', 1],
  ['outbox', 1],
  ['held', 1],
  ['rx-draft', 1],
  ['slip', 1],
  ['slip-seen', 1],
])

/** The same value. @throws ChartsealError `console/newer-page` when its `v` is above `version` */
export function refuseNewer(value: CborValue, version: number): CborValue {
  const v = typeof value === 'object' && value !== null && 'v' in value ? value.v : null
  if (typeof v === 'number' && v > version) throw consoleError('console/newer-page', {})
  return value
}

/** For the rows that others parse; what is no CBOR they refuse themselves. @throws ChartsealError `console/newer-page` */
export function refuseNewerRow(name: string, bytes: Uint8Array): void {
  const version = versions.get(name.split('/')[0] ?? '')
  const value = version === undefined ? null : decoded(bytes)
  if (version !== undefined && value !== null) refuseNewer(value, version)
}

function decoded(bytes: Uint8Array): CborValue | null {
  try {
    return decodeCbor(bytes)
  } catch {
    return null
  }
}
