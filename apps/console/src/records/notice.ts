/** Word to a person that a record is there for them: a message of their thread, and what it leaves on their device. */
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { Pair } from '../pairs/pair-row.js'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { cleanFileName } from '../thread/file-name.js'
import { peerRefOf } from '../thread/invited.js'
import { encodeReceivedRecord, receivedKeyOf } from './received-row.js'

export const recordType = 'application/vnd.chartseal.record+json'

export interface RecordNotice {
  /** 16 random bytes in base64url. */
  readonly package: string
  /** The device that signs its grant lists, for ever. */
  readonly owner: string
  readonly name: string
}

export const noticeContent = ({ package: id, owner, name }: RecordNotice): Uint8Array =>
  encodeUtf8(JSON.stringify({ package: id, owner, name }))

const packagePattern = /^[A-Za-z0-9_-]{22}$/
const kidPattern = /^[A-Za-z0-9_-]{43}$/

/** `null`: no such word. Both ids go into addresses. */
export function readNotice(content: Uint8Array): RecordNotice | null {
  try {
    const json = JsonObject.parse(decodeUtf8(content))
    const notice = {
      package: json.text('package'),
      owner: json.text('owner'),
      name: cleanFileName(json.has('name') ? json.text('name') : ''),
    }
    return packagePattern.test(notice.package) && kidPattern.test(notice.owner) ? notice : null
  } catch {
    return null
  }
}

/**
 * The row of a record that the other side shares: its owner is pinned to the device that they have now, so that nobody's
 * word makes a record of somebody else theirs. Of each pair the first word counts.
 */
export async function receivedRows(
  { rows, clock }: Unlocked,
  pair: Pair,
  { package: id, owner, name }: RecordNotice,
): Promise<Beside> {
  const ref = peerRefOf(pair.id, id)
  const key = receivedKeyOf(ref)
  if (owner !== pair.peerKid || (await rows.keys(key)).includes(key)) return []
  const row = { ref, id, pairId: pair.id, owner, name, receivedMs: clock.nowMs(), newest: null, openedMs: 0 }
  return [[key, encodeReceivedRecord(row)]]
}
