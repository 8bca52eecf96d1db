/** Messages as this device keeps them: one row each, and one more for a file. */
import { CborFields } from '@chartseal/core/cbor'
import { decodeUtf8, encodeCbor, encodeHex } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import type { Body, Header } from '@chartseal/wire'
import { rowName } from '../store/row-time.js'
import { parseMessageState } from './parse-state.js'
import type { MessageState } from './states.js'

const version = 1
const fields = ['v', 'own', 'ref', 'id', 'type', 'name', 'text', 'size', 'sent', 'state', 'why']

export interface MessageRow {
  /** The name of the row; rows sort by the time at which they came here. */
  readonly key: string
  readonly own: boolean
  /** Key id and counter: one name for the message on both sides. */
  readonly ref: string
  /** Under which the clinic has it; empty for what the other side sent. */
  readonly id: string
  readonly mediaType: string
  /** Empty unless it is a file. */
  readonly fileName: string
  /** Empty for a file; of one that does not open, the month of the missing key, such as `2026-09`, if it is known. */
  readonly text: string
  readonly sizeBytes: number
  /** By the sender's clock. */
  readonly sentMs: number
  readonly state: MessageState
  /** The code of what went wrong, or of why it waits; `again/asked` when the other side asked for it; empty otherwise. */
  readonly why: string
}

/** In `why` of an own message that the other side cannot open. */
export const askedFor = 'again/asked'

export const textType = 'text/plain;charset=utf-8'

/** What is shown as words; `null` for a file, as everything is that calls itself text and is none. */
export function textIn({
  mediaType,
  content,
  fileName,
}: Pick<Body, 'mediaType' | 'content' | 'fileName'>): string | null {
  if (mediaType !== textType || fileName !== undefined) return null
  try {
    return decodeUtf8(content)
  } catch {
    return null
  }
}

export const messagesOf = (pairId: string): string => `message/${pairId}/`

export function newMessageKey(pairId: string, clock: Clock, random: Random): string {
  return `${messagesOf(pairId)}${rowName({ clock, random })}`
}

/** Where the bytes of a file are, or of a message that does not open. */
export const fileKeyOf = (messageKey: string): string => messageKey.replace(/^message\//, 'file/')

/** Marks beside a message, so that no list has to be read to find it: unread ones, and those that wait for delivery. */
export const unreadKeyOf = (messageKey: string): string => messageKey.replace(/^message\//, 'unread/')
export const storedKeyOf = (messageKey: string): string => messageKey.replace(/^message\//, 'stored/')
export const pairIdIn = (key: string): string => key.split('/')[1] ?? ''
/** Leads from the name of an own message to its row. */
export const refKeyOf = (pairId: string, ref: string): string => `ref/${pairId}/${ref}`

export const refOf = ({ kid, counter }: Header): string => `${encodeHex(kid)}:${counter}`

export function encodeMessageRow(row: MessageRow): Uint8Array {
  return encodeCbor({
    v: version,
    own: row.own ? 1 : 0,
    ref: row.ref,
    id: row.id,
    type: row.mediaType,
    name: row.fileName,
    text: row.text,
    size: row.sizeBytes,
    sent: row.sentMs,
    state: row.state,
    why: row.why,
  })
}

/** @throws ChartsealError `cbor/invalid` */
export function decodeMessageRow(key: string, bytes: Uint8Array): MessageRow {
  const map = CborFields.decode(bytes, fields)
  map.count('v', version, version)
  return {
    key,
    own: map.count('own', 1) === 1,
    ref: map.text('ref'),
    id: map.text('id'),
    mediaType: map.text('type'),
    fileName: map.text('name'),
    text: map.text('text'),
    sizeBytes: map.count('size'),
    sentMs: map.count('sent'),
    state: parseMessageState(map.text('state')),
    why: map.text('why'),
  }
}
