/** Earlier versions in a list: all by name, and by choice their keys, sealed under the one of the list. */
import { concat } from '@chartseal/core/bytes'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { writeCid } from '../cid/parse-bytes.js'
import { versionBytes } from '../payload/id.js'
import type { Bound } from './binding.js'
import type { GrantContent, GrantList, HistoryEntry } from './list.js'

/** A payload of the past, and the key that opens it, which the caller wipes. */
export interface EarlierVersion {
  readonly version: number
  readonly payloadCid: string
  readonly contentKey: AeadKey
}

const label = encodeUtf8('chartseal/history/v2')

/** label ‖ owner (32) ‖ package id (16) ‖ u32be version of the list ‖ u32be earlier version ‖ its CID (36). */
function contextOf(
  { owner, packageId, version }: Bound,
  earlier: Pick<EarlierVersion, 'version' | 'payloadCid'>,
): Uint8Array {
  const cid = writeCid(earlier.payloadCid)
  return concat(label, owner, packageId, versionBytes(version), versionBytes(earlier.version), cid)
}

type Named = Pick<GrantContent, 'version' | 'payloadCid' | 'history'>

/** What the list after this one names, without keys: all versions before `version`, those of `gone` as gone. */
export function namedBefore(
  previous: Named,
  version: number,
  gone: readonly number[],
): readonly HistoryEntry[] {
  const { payloadCid, history } = previous
  const last = { version: previous.version, payloadCid, isGone: false }
  const named = previous.version < version ? [...history, last] : history
  return named.map(entry => ({
    ...{ version: entry.version, payloadCid: entry.payloadCid, sealedKey: null },
    isGone: entry.isGone || gone.includes(entry.version),
  }))
}

/** Of the list for nobody: all earlier versions are to be deleted. */
export function allGone(previous: Named): readonly HistoryEntry[] {
  return previous.history.map(entry => ({ ...entry, sealedKey: null, isGone: true }))
}

/**
 * What is named, with the keys of those that are given.
 * @throws RangeError for a version that is not named, or has another payload, or is gone
 */
export function sealHistory(
  list: Bound,
  contentKey: AeadKey,
  named: readonly HistoryEntry[],
  earlier: readonly EarlierVersion[],
  random: Random,
): readonly HistoryEntry[] {
  const given = new Map(earlier.map(one => [one.version, one]))
  const sealed = named.map(entry => {
    const { version, payloadCid, isGone } = entry
    const key = given.get(version)
    if (key === undefined || isGone || key.payloadCid !== payloadCid) return entry
    given.delete(version)
    const context = contextOf(list, entry)
    return { ...entry, sealedKey: sealBytes(contentKey, key.contentKey.reveal(), context, random) }
  })
  if (given.size > 0) throw new RangeError('history must be of versions that the list before names')
  return sealed
}

/** What whoever has the content key of a list may read of the past. @throws ChartsealError `open/failed` */
export function openHistory(list: GrantList, contentKey: AeadKey): readonly EarlierVersion[] {
  return list.history.flatMap(({ version, payloadCid, sealedKey }) => {
    if (sealedKey === null) return []
    const bytes = openBytes(contentKey, sealedKey, contextOf(list, { version, payloadCid }))
    try {
      return { version, payloadCid, contentKey: new AeadKey(bytes) }
    } finally {
      bytes.fill(0)
    }
  })
}
