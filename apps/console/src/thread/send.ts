/** Writing to the other side of one pair: sealed and on disk in one step, and only then on its way. */
import { type Device, sealNext } from '@chartseal/clinic'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { readHeader } from '@chartseal/wire'
import { consoleError } from '../errors.js'
import { readSlipNotice, slipType } from '../ledger/slip-notice.js'
import { mayWrite } from '../pairs/may-write.js'
import { type Pair, patientIdOf } from '../pairs/pair-row.js'
import { type Beside, changePair, type PairChange, type Unlocked } from '../pairs/pairs.js'
import { noticeContent, type RecordNotice, readNotice, recordType } from '../records/notice.js'
import { cleanFileName } from './file-name.js'
import type { Invited } from './invited.js'
import { encodeMessageRow, fileKeyOf, newMessageKey, refKeyOf, refOf, textType } from './message-row.js'
import { newItemId, outboxRow } from './outbox-item.js'

/** So that a sealed and padded file stays below what a mailbox takes. */
export const maxFileBytes = 900_000

export interface OutgoingFile {
  readonly name: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}

export const draftKeyOf = (pairId: string): string => `draft/${pairId}`

/**
 * Seals a text to the person of this pair; gives the row of the message. It waits on disk when this resolves.
 * @throws ChartsealError `console/kit-first`, `console/blocked`, `console/message-too-large`, `keyring/…`
 */
export function sendText(
  unlocked: Unlocked,
  pairId: string,
  text: string,
  beside: Beside = [],
): Promise<string> {
  const content = encodeUtf8(text)
  if (content.length > maxFileBytes)
    throw consoleError('console/message-too-large', { limitBytes: maxFileBytes })
  return changePair(unlocked, pairId, async pair => {
    await mayWrite(unlocked, pair)
    const shown = { text, fileName: '', mediaType: textType }
    const sealed = seal(unlocked, pair, { mediaType: textType, content }, shown)
    return { ...sealed, beside: [...(sealed.beside ?? []), ...beside] }
  })
}

/** The same with what was begun here, which is gone when the message is there. */
export const sendDraft = (unlocked: Unlocked, pairId: string, text: string): Promise<string> =>
  sendText(unlocked, pairId, text, [[draftKeyOf(pairId), null]])

/** @throws as {@link sendText}; `console/message-too-large` */
export async function sendFile(unlocked: Unlocked, pairId: string, file: OutgoingFile): Promise<string> {
  if (file.bytes.length > maxFileBytes)
    throw consoleError('console/message-too-large', { limitBytes: maxFileBytes })
  return changePair(unlocked, pairId, async pair => {
    await mayWrite(unlocked, pair)
    const fileName = cleanFileName(file.name)
    const body = { mediaType: file.mediaType, content: file.bytes, fileName }
    const sealed = seal(unlocked, pair, body, { text: packageIn(file), fileName, mediaType: file.mediaType })
    return { ...sealed, beside: [...(sealed.beside ?? []), [fileKeyOf(sealed.result), file.bytes]] }
  })
}

/** What is sent again may be word of a record, or a prescription. */
const packageIn = ({ mediaType, bytes }: OutgoingFile): string =>
  (mediaType === recordType
    ? readNotice(bytes)?.package
    : mediaType === slipType
      ? readSlipNotice(bytes)?.id
      : undefined) ?? ''

/** Word of a record that is there for the other side: a message that people see, within a step on the pair. */
export function sealNotice(unlocked: Unlocked, pair: Pair, notice: RecordNotice): PairChange<string> {
  const shown = { text: notice.package, fileName: cleanFileName(notice.name), mediaType: recordType }
  const sealed = seal(unlocked, pair, { mediaType: recordType, content: noticeContent(notice) }, shown)
  const file = [fileKeyOf(sealed.result), noticeContent(notice)] as const
  return { ...sealed, beside: [...(sealed.beside ?? []), file] }
}

/**
 * The invitation to a conference or a care team, within a step on the pair. Its content stays nowhere here: it may hold a key
 * that is to go with its conference.
 */
export function sealInvitation(
  unlocked: Unlocked,
  pair: Pair,
  body: Content,
  { id, name }: Invited,
): PairChange<string> {
  return seal(unlocked, pair, body, { text: id, fileName: cleanFileName(name), mediaType: body.mediaType })
}

type Content = Parameters<typeof sealNext>[1]['body']

function seal(
  unlocked: Unlocked,
  pair: Pair,
  body: Content,
  shown: { readonly text: string; readonly fileName: string; readonly mediaType: string },
): PairChange<string> {
  const { clock, random } = unlocked
  const { bytes, device } = sealedBody(unlocked, pair, body)
  const key = newMessageKey(pair.id, clock, random)
  const id = newItemId(random)
  const row = {
    ...shown,
    key,
    id,
    own: true,
    ref: refOf(readHeader(bytes)),
    sizeBytes: body.content.length,
    sentMs: clock.nowMs(),
    state: 'sealed' as const,
    why: '',
  }
  const item = outboxRow(
    { pairId: pair.id, box: pair.peerBox, id, messageKey: key, bytes, body: null, wasStored: false },
    unlocked,
  )
  const ref = [refKeyOf(pair.id, row.ref), encodeUtf8(key)] as const
  return { result: key, pair: { ...pair, device }, beside: [[key, encodeMessageRow(row)], ref, item] }
}

function sealedBody(
  { clock, random }: Unlocked,
  pair: Pair,
  body: Content,
): { readonly bytes: Uint8Array; readonly device: Device } {
  const names = { patientId: patientIdOf(pair) }
  const { result, device } = sealNext(pair.device, { names, body }, { clock, random })
  return { bytes: result, device: device ?? pair.device }
}

/**
 * What nobody sees as a message, such as word that something was opened.
 * @param isLasting whether it must arrive in the end, so that it is sealed anew when its month is over
 */
export function sealQuietly(
  unlocked: Unlocked,
  pair: Pair,
  { mediaType, content }: Pick<Content, 'mediaType' | 'content'>,
  isLasting = false,
): PairChange<null> {
  const body = { mediaType, content }
  const { bytes, device } = sealedBody(unlocked, pair, body)
  const id = newItemId(unlocked.random)
  const item = outboxRow(
    {
      pairId: pair.id,
      box: pair.peerBox,
      id,
      messageKey: '',
      bytes,
      body: isLasting ? body : null,
      wasStored: false,
    },
    unlocked,
  )
  return { result: null, pair: { ...pair, device }, beside: [item] }
}

/** What was begun and not sent, kept sealed. */
export async function readDraft({ rows }: Unlocked, pairId: string): Promise<string> {
  const bytes = await rows.get(draftKeyOf(pairId))
  return bytes === null ? '' : decodeUtf8(bytes)
}

export async function keepDraft({ rows }: Unlocked, pairId: string, text: string): Promise<void> {
  await rows.write([[draftKeyOf(pairId), text === '' ? null : encodeUtf8(text)]])
}
