/**
 * The end of what a prescription says: in the thread with its patient, and then in the book, so that one that was
 * interrupted is ended by doing it again.
 */
import { destroyContent, errandOf } from '@chartseal/clinic/prescriptions'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { changePair, type Unlocked } from '../pairs/pairs.js'
import type { Session } from '../state/session.js'
import { decodeMessageRow, encodeMessageRow, fileKeyOf, messagesOf } from '../thread/message-row.js'
import { deskOf } from './desk.js'
import { slipType } from './slip-notice.js'

/** What stands in place of the medicine's name. */
const noName = '—'

type Shredding = Pick<Session, 'unlocked' | 'requests' | 'signer' | 'pairs'>

/** @throws ChartsealError `prescription/unknown`, `prescription/unresolved`, as the store */
export async function shredHere(session: Shredding, txid: Uint8Array): Promise<void> {
  const desk = await deskOf(session)
  const { content } = errandOf(await desk.shelf.refresh(), txid)
  const pair = session.pairs.value.find(({ patientId }) => patientId === content?.patientId)
  if (pair !== undefined) await forgetSlip(session.unlocked, pair.id, encodeBase64Url(txid))
  await destroyContent(desk, txid)
}

/** That it was sent stays in the thread, without what it is. */
function forgetSlip(unlocked: Unlocked, pairId: string, id: string): Promise<void> {
  return changePair(unlocked, pairId, async () => {
    const all = await unlocked.rows.range(messagesOf(pairId))
    const slips = all
      .map(([key, bytes]) => decodeMessageRow(key, bytes))
      .filter(({ own, mediaType, text }) => own && mediaType === slipType && text === id)
    const beside = slips.flatMap(row => [
      [row.key, encodeMessageRow({ ...row, fileName: noName })] as const,
      [fileKeyOf(row.key), null] as const,
    ])
    return { result: undefined, pair: null, beside }
  })
}
