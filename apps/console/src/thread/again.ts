/**
 * A message that does not open is asked for again. Its key is gone for good, as it should be: what the other side sends is
 * the same content under a key of today, and only when a person there says so. Words: docs/spec/console.md.
 */
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { mayWrite } from '../pairs/may-write.js'
import { changePair, type Unlocked } from '../pairs/pairs.js'
import { changeMessage } from './mark.js'
import {
  askedFor,
  decodeMessageRow,
  encodeMessageRow,
  fileKeyOf,
  type MessageRow,
  refKeyOf,
} from './message-row.js'
import { sealQuietly, sendFile, sendText } from './send.js'

export const againType = 'application/vnd.chartseal.again+json'
const maxRefs = 20

/** Asks the other side, sealed, for a message that does not open here. @throws ChartsealError `console/kit-first`, `keyring/…` */
export async function askAgain(unlocked: Unlocked, pairId: string, key: string): Promise<void> {
  await changePair(unlocked, pairId, async pair => {
    const bytes = await unlocked.rows.get(key)
    const row = bytes === null ? null : decodeMessageRow(key, bytes)
    if (row === null || row.ref === '') return { result: null, pair: null }
    await mayWrite(unlocked, pair)
    const content = encodeUtf8(JSON.stringify({ again: [row.ref] }))
    const told = sealQuietly(unlocked, pair, { mediaType: againType, content })
    const waiting = encodeMessageRow({ ...row, state: 'asked' })
    return { ...told, beside: [...(told.beside ?? []), [key, waiting]] }
  })
}

/** Which messages the other side asks for; what is no list of names asks for nothing. */
export function readAsked(content: Uint8Array): readonly string[] {
  try {
    return JsonObject.parse(decodeUtf8(content)).texts('again').slice(0, maxRefs)
  } catch {
    return []
  }
}

/** The other side cannot open them: shown beside each, and nothing is sent before a person says so. */
export async function markAsked(unlocked: Unlocked, pairId: string, refs: readonly string[]): Promise<void> {
  for (const ref of refs) {
    const key = await unlocked.rows.get(refKeyOf(pairId, ref))
    if (key !== null) await changeMessage(unlocked, decodeUtf8(key), asked)
  }
}

/** Only of what has left. */
const asked = (row: MessageRow): MessageRow | null =>
  row.state === 'sealed' || row.state === 'failed' ? null : { ...row, why: askedFor }

/** A person sends the same content once more, as a message of its own. */
export async function sendAgain(unlocked: Unlocked, pairId: string, row: MessageRow): Promise<void> {
  const { text, fileName: name, mediaType } = row
  if (name === '') await sendText(unlocked, pairId, text)
  else {
    const bytes = (await unlocked.rows.get(fileKeyOf(row.key))) ?? new Uint8Array()
    await sendFile(unlocked, pairId, { name, mediaType, bytes })
  }
  await changeMessage(unlocked, row.key, now => ({ ...now, why: '' }))
}
