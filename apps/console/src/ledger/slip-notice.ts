/** A prescription on its way to a patient: a message of their thread, and what it leaves on their device. */
import { CborFields } from '@chartseal/core/cbor'
import { decodeUtf8, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { Pair } from '../pairs/pair-row.js'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { rowName } from '../store/row-time.js'
import { cleanFileName } from '../thread/file-name.js'

export const slipType = 'application/vnd.chartseal.prescription+json'
/** The names of rows are no secret, so that they do not say which prescription it is. */
export const slipPrefix = 'slip/'

export interface SlipNotice {
  /** txid in base64url. */
  readonly id: string
  /** Of the medicine, for the thread. */
  readonly name: string
  /** Text of the slip. Secret. */
  readonly slip: string
}

export const slipContent = ({ id, name, slip }: SlipNotice): Uint8Array =>
  encodeUtf8(JSON.stringify({ id, name, slip }))

/** `null`: it is none. What it says is judged where it is shown. */
export function readSlipNotice(content: Uint8Array): SlipNotice | null {
  try {
    const json = JsonObject.parse(decodeUtf8(content))
    const [id, slip] = [json.text('id'), json.text('slip')]
    return /^[\w-]{43}$/.test(id) ? { id, name: cleanFileName(json.text('name')), slip } : null
  } catch {
    return null
  }
}

/** A slip as it came here. */
export interface SlipRow {
  readonly pairId: string
  /** Of the device that the other side had then. */
  readonly kid: string
  readonly content: Uint8Array
}

export const slipRow = (unlocked: Unlocked, { pairId, kid, content }: SlipRow): Beside => [
  [`${slipPrefix}${rowName(unlocked)}`, encodeCbor({ v: 1, pair: pairId, kid, content })],
]

/** @throws ChartsealError `cbor/invalid` */
export function readSlipRow(bytes: Uint8Array): SlipRow {
  const map = CborFields.decode(bytes, ['v', 'pair', 'kid', 'content'])
  map.count('v', 1, 1)
  return { pairId: map.text('pair'), kid: map.text('kid'), content: map.bytes('content') }
}

/** With the device that the other side has now: what somebody else signed is no prescription of theirs. */
export const slipRows = (unlocked: Unlocked, { id, peerKid }: Pair, content: Uint8Array): Beside =>
  slipRow(unlocked, { pairId: id, kid: peerKid, content })
