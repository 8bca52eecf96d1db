/**
 * What becomes of records that were signed here: sent until somebody answers, looked up until they are final, and then
 * the slip goes to the patient in whose thread the prescription was begun. All of it is on disk before the first request.
 */
import {
  type Delivery,
  deliverAll,
  type Errand,
  isOpenErrand,
  medicineIn,
  type PreparedRecord,
  signAndSend,
  slipOf,
} from '@chartseal/clinic/prescriptions'
import { concat } from '@chartseal/core/bytes'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { consoleError } from '../errors.js'
import { mayWrite } from '../pairs/may-write.js'
import { patientIdOf } from '../pairs/pair-row.js'
import { changePair } from '../pairs/pairs.js'
import type { Session } from '../state/session.js'
import { tryEach } from '../state/try-each.js'
import { fileKeyOf } from '../thread/message-row.js'
import { sealInvitation } from '../thread/send.js'
import { deskOf, type PageDesk } from './desk.js'
import { dueLedger } from './due.js'
import { endOf, isOrder } from './issued.js'
import { slipContent, slipType } from './slip-notice.js'

/** txids whose slips have left, one after the other. */
export const sentKey = 'slips-sent'
const txidBytes = 32

type Settling = Pick<Session, 'unlocked' | 'requests' | 'signer' | 'pairs'>

/** What a person has read: signed, stored and sent. @throws as `signAndSend` */
export async function signHere(session: Settling, prepared: PreparedRecord): Promise<Delivery> {
  const desk = await deskOf(session)
  await session.unlocked.rows.write([[dueLedger, new Uint8Array()]])
  return signAndSend(desk, prepared)
}

/** `later`: something is under way still. */
export async function settleLedger(session: Settling): Promise<'done' | 'later'> {
  const { unlocked } = session
  return unlocked.locks('chartseal/ledger-settle', async () => {
    if ((await unlocked.rows.count(dueLedger)) === 0) return 'done'
    const desk = await deskOf(session)
    await desk.shelf.refresh()
    let waits = false
    // A record that fails holds no slip of another one back.
    await tryEach([() => deliverAll(desk), () => sendSlips(session, desk)], async step => {
      waits = (await step()) === true
    })
    if (waits || desk.shelf.book().errands.some(isOpenErrand)) return 'later'
    await unlocked.rows.write([[dueLedger, null]])
    return 'done'
  })
}

export async function sentSlips({ unlocked }: Pick<Session, 'unlocked'>): Promise<ReadonlySet<string>> {
  return new Set(idsIn(await unlocked.rows.get(sentKey)))
}

function idsIn(bytes: Uint8Array | null): readonly string[] {
  const count = Math.floor((bytes?.length ?? 0) / txidBytes)
  return Array.from({ length: count }, (_, i) =>
    encodeBase64Url(bytes?.subarray(i * txidBytes, (i + 1) * txidBytes) ?? new Uint8Array()),
  )
}

/** Whether one of them waits: for a recovery kit, or the end of a block. */
async function sendSlips(session: Settling, { shelf }: PageDesk): Promise<boolean> {
  const book = shelf.book()
  const sent = await sentSlips(session)
  const due = book.errands.filter(errand => {
    const { txid } = errand.record
    if (!isOrder(errand) || errand.stage !== 'final' || errand.content === null) return false
    return !sent.has(encodeBase64Url(txid)) && endOf(book, txid) === 'none'
  })
  let waits = false
  await tryEach(due, async errand => {
    if (!(await sendSlip(session, errand, await slipOf(book, errand.record.txid)))) waits = true
  })
  return waits
}

const waitsFor: readonly string[] = ['console/kit-first', 'console/blocked']

/** To the one pair whose patient id was signed, and to nobody else. `false`: later. */
async function sendSlip(session: Settling, errand: Errand, slip: string): Promise<boolean> {
  try {
    await sealSlip(session, errand, slip)
    return true
  } catch (error) {
    if (error instanceof ChartsealError && waitsFor.includes(error.code)) return false
    throw error
  }
}

async function sealSlip(
  { unlocked, pairs }: Settling,
  { record, content }: Errand,
  slip: string,
): Promise<void> {
  const pair = pairs.value.find(one => one.patientId === content?.patientId && !one.isColleague)
  // Whoever is paired here no more is told nothing.
  if (pair === undefined || content === null) return
  const id = encodeBase64Url(record.txid)
  const name = medicineIn(content.body).medicine
  await changePair(unlocked, pair.id, async now => {
    if (patientIdOf(now) !== content.patientId) throw consoleError('console/person-changed', {})
    await mayWrite(unlocked, now)
    const body = { mediaType: slipType, content: slipContent({ id, name, slip }) }
    const sealed = sealInvitation(unlocked, now, body, { id, name })
    const sent = concat((await unlocked.rows.get(sentKey)) ?? new Uint8Array(), record.txid)
    const file = [fileKeyOf(sealed.result), body.content] as const
    return { ...sealed, beside: [...(sealed.beside ?? []), file, [sentKey, sent]] }
  })
}
