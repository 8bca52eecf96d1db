/**
 * Prescriptions in a kit: those that this device signed, and the slips that came to it. A new device shows them and gives
 * their slips again; it ends none of them, as the key that signed them is gone.
 */
import { decodeErrand, isOpenErrand, newBook, withBook } from '@chartseal/clinic/prescriptions'
import { concat, equal } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import { decodeAnchor } from '@chartseal/emr-ledger'
import { dueLedger } from '../ledger/due.js'
import { sentKey } from '../ledger/settle.js'
import { anchorKey, errandPrefix, openShelf } from '../ledger/shelf.js'
import { readSlipRow, slipPrefix, slipRow } from '../ledger/slip-notice.js'
import { patientIdOf } from '../pairs/pair-row.js'
import { lookAtPairs, type Unlocked } from '../pairs/pairs.js'

const version = 1
const fields = ['v', 'anchor', 'errands', 'sent', 'slips']
const txidBytes = 32

/** `null` where there is none. Secret. */
export async function prescriptionsForKit(unlocked: Unlocked): Promise<Uint8Array | null> {
  const { rows } = unlocked
  const [anchor, errands, slips] = await Promise.all([
    rows.get(anchorKey),
    rows.range(errandPrefix),
    rows.range(slipPrefix),
  ])
  if (errands.length + slips.length === 0) return null
  const patients = new Map(await lookAtPairs(unlocked, pair => [pair.id, patientIdOf(pair)] as const))
  return encodeCbor({
    v: version,
    anchor: anchor ?? new Uint8Array(),
    errands: errands.map(([, bytes]) => bytes),
    sent: (await rows.get(sentKey)) ?? new Uint8Array(),
    slips: slips.flatMap(([, bytes]) => {
      const { pairId, kid, content } = readSlipRow(bytes)
      const patient = patients.get(pairId)
      return patient === undefined ? [] : [{ patient, kid, content }]
    }),
  })
}

/** Beside what is here already; the same again changes nothing. @throws ChartsealError `cbor/invalid`, `prescription/book` */
export async function bringPrescriptions(unlocked: Unlocked, bytes: Uint8Array): Promise<void> {
  const map = CborFields.decode(bytes, fields)
  map.count('v', version, version)
  await bringBook(unlocked, map)
  await bringSlips(unlocked, map)
}

async function bringBook(unlocked: Unlocked, map: CborFields): Promise<void> {
  const errands = map.bytesList('errands').map(decodeErrand)
  if (errands.length === 0) return
  const anchor = decodeAnchor(map.bytes('anchor'))
  const shelf = await openShelf(unlocked, async () => anchor)
  await shelf.change(book => withBook(book, { ...newBook(anchor), errands }))
  const { rows } = unlocked
  const sent = new Set([...txidsIn(await rows.get(sentKey)), ...txidsIn(map.bytes('sent'))].map(String))
  const all = shelf.book().errands.filter(({ record }) => sent.has(String(record.txid)))
  const isUnderWay = errands.some(isOpenErrand)
  await rows.write([
    [sentKey, concat(...all.map(({ record }) => record.txid))],
    // What the lost device had not heard of is asked for from here.
    ...(isUnderWay ? [[dueLedger, new Uint8Array()] as const] : []),
  ])
}

function txidsIn(bytes: Uint8Array | null): readonly Uint8Array[] {
  const count = Math.floor((bytes?.length ?? 0) / txidBytes)
  return Array.from({ length: count }, (_, i) =>
    (bytes ?? new Uint8Array()).slice(i * txidBytes, (i + 1) * txidBytes),
  )
}

async function bringSlips(unlocked: Unlocked, map: CborFields): Promise<void> {
  const { rows } = unlocked
  const here = (await rows.range(slipPrefix)).map(([, bytes]) => readSlipRow(bytes).content)
  const pairs = new Map(await lookAtPairs(unlocked, pair => [patientIdOf(pair), pair.id] as const))
  for (const slip of map.maps('slips', ['patient', 'kid', 'content'])) {
    const [pairId, content] = [pairs.get(slip.text('patient')), slip.bytes('content')]
    if (pairId === undefined || here.some(known => equal(known, content))) continue
    await rows.write(slipRow(unlocked, { pairId, kid: slip.text('kid'), content }))
  }
}
