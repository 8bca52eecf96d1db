/** What came for a pair and does not open: kept, shown, and asked for again when a person wants it. */
import { ringNow } from '@chartseal/clinic'
import { equal } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { formatEpoch, wipeRing } from '@chartseal/kdf-keyring'
import { readHeader } from '@chartseal/wire'
import type { Pair } from '../pairs/pair-row.js'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { encodeMessageRow, fileKeyOf, type MessageRow, newMessageKey, refOf } from './message-row.js'

export const missingKey = 'keyring/no-such-key'
const kidBytes = 8

/** Leads from the name of a message that does not open to its row, so that it is shown once. */
const unopenedKeyOf = (pairId: string, ref: string): string => `unopened/${pairId}/${ref}`

/** The rows of a message that was refused with this code, and its bytes; `null` when it is here already. */
export async function unopenableRows(
  unlocked: Unlocked,
  pair: Pair,
  bytes: Uint8Array,
  why: string,
): Promise<Beside | null> {
  const { clock, random, rows } = unlocked
  const header = readHeader(bytes)
  const mark = unopenedKeyOf(pair.id, refOf(header))
  if ((await rows.get(mark)) !== null) return null
  const key = newMessageKey(pair.id, clock, random)
  const row: MessageRow = {
    key,
    own: false,
    ref: refOf(header),
    id: '',
    mediaType: '',
    fileName: '',
    text: why === missingKey ? monthOfKey(unlocked, pair, header.kid) : '',
    sizeBytes: bytes.length,
    sentMs: clock.nowMs(),
    state: 'unopenable',
    why,
  }
  return [
    [key, encodeMessageRow(row)],
    [fileKeyOf(key), bytes],
    [mark, encodeUtf8(key)],
  ]
}

/** Such as `2026-09`: the month of a key that this device destroyed; empty when its name is forgotten, too. */
function monthOfKey({ clock }: Unlocked, { device }: Pair, kid: Uint8Array): string {
  try {
    const ring = ringNow(device, { clock })
    const gone = ring.forgotten.find(({ kids }) => hasKid(kids, kid))
    wipeRing(ring)
    return gone === undefined ? '' : formatEpoch(gone.epoch)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return ''
  }
}

function hasKid(kids: Uint8Array, kid: Uint8Array): boolean {
  for (let at = 0; at < kids.length; at += kidBytes)
    if (equal(kids.subarray(at, at + kidBytes), kid)) return true
  return false
}
