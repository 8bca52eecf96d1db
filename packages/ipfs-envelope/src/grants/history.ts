/** Keys of earlier versions, sealed under the one of a list: history for newcomers, by choice. */
import { concat } from '@chartseal/core/bytes'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { writeCid } from '../cid/parse-bytes.js'
import { versionBytes } from '../payload/id.js'
import type { GrantList, HistoryEntry } from './list.js'

/** A payload of the past, and the key that opens it, which the caller wipes. */
export interface EarlierVersion {
  readonly version: number
  readonly payloadCid: string
  readonly contentKey: AeadKey
}

const label = encodeUtf8('chartseal/history/v2')

/** label ‖ package id (16) ‖ u32be version of the list ‖ u32be earlier version ‖ CID of the earlier payload (36). */
function contextOf(
  { packageId, version }: Pick<GrantList, 'packageId' | 'version'>,
  earlier: Pick<EarlierVersion, 'version' | 'payloadCid'>,
): Uint8Array {
  const cid = writeCid(earlier.payloadCid)
  return concat(label, packageId, versionBytes(version), versionBytes(earlier.version), cid)
}

/** The history of a list, ascending. */
export function sealHistory(
  list: Pick<GrantList, 'packageId' | 'version'>,
  contentKey: AeadKey,
  earlier: readonly EarlierVersion[],
  random: Random,
): readonly HistoryEntry[] {
  const ascending = [...earlier].sort((a, b) => a.version - b.version)
  return ascending.map(({ version, payloadCid, contentKey: key }) => ({
    version,
    payloadCid,
    sealedKey: sealBytes(contentKey, key.reveal(), contextOf(list, { version, payloadCid }), random),
  }))
}

/** What whoever has the content key of a list may read of the past. @throws ChartsealError `open/failed` */
export function openHistory(list: GrantList, contentKey: AeadKey): readonly EarlierVersion[] {
  return list.history.map(({ version, payloadCid, sealedKey }) => {
    const bytes = openBytes(contentKey, sealedKey, contextOf(list, { version, payloadCid }))
    try {
      return { version, payloadCid, contentKey: new AeadKey(bytes) }
    } finally {
      bytes.fill(0)
    }
  })
}
