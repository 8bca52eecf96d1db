/** Step: the doctor signs each MedicationRequest as a prescription. */

import type { Order } from '@chartseal/clinic'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { toJsonText } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import {
  computeTxid,
  createRecord,
  DoctorKey,
  type LedgerRecord,
  maxPrescriptionBytes,
  recordToJson,
  verifyRecord,
} from '@chartseal/emr-ledger/v1'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { count, flipped, leftOutLines } from '../words.js'
import type { World } from '../world.js'
import type { People } from './keys.js'

const ownOrders: readonly Order[] = [
  { text: 'Lisinopril 10 MG oral tablet; Take 1 tablet every morning.', reference: '', release: 'R4' },
  {
    text: 'Metformin 500 MG oral tablet; Take 1 tablet twice a day with meals.',
    reference: '',
    release: 'R4',
  },
]

export async function signPrescriptions(
  stage: Stage,
  world: World,
  clinic: People,
): Promise<readonly LedgerRecord[]> {
  const signed = ordersOf(stage, world).map((order, i) => signOrder(clinic, order, BigInt(i + 1)))
  const records = signed.map(({ record }) => record)
  const first = present(records[0])
  stage.note(`The first one: ${quoted(first.prescription)}`)
  await world.shelf.put(
    {
      name: 'prescription.json',
      about: 'the first prescription, signed',
      look: 'ledger verify ./prescription.json --previous-nonce 0',
    },
    `${toJsonText(recordToJson(first))}\n`,
  )
  checkLongOnes(stage, signed)
  records.forEach((record, i) => {
    verifyRecord(record, BigInt(i))
  })
  stage.check(
    `${count(records.length, 'prescription')} signed, and verified one after the other by the pharmacist`,
    records.every(({ prescription }) => encodeUtf8(prescription).length <= maxPrescriptionBytes),
  )
  const action = `signed ${count(records.length, 'prescription')}`
  await clinic.trail.record(clinic.doctorName, action, clinic.patient.id)
  await attackRecord(stage, world, clinic, first)
  return records
}

function ordersOf(stage: Stage, world: World): readonly Order[] {
  const { orders, leftOut } = world.input.bundle
  const others = leftOut.filter(({ name }) => name.startsWith('MedicationRequest/'))
  stage.note(`The bundle holds ${count(orders.length + others.length, 'MedicationRequest')}`)
  for (const line of leftOutLines(others)) stage.note(line)
  const ofR5 = orders.filter(({ release }) => release === 'R5').length
  if (ofR5 > 0) stage.note(`${count(ofR5, 'order')} written in FHIR R5, not R4`)
  if (orders.length > 0) return orders
  stage.note('There is nothing to prescribe, so the doctor signs two orders of the demo')
  return ownOrders
}

interface Signed {
  readonly record: LedgerRecord
  /** Why the whole text was refused, where a reference stands in its place. */
  readonly refusal: string | null
}

/** Signs the whole text, or a reference to the resource where the ledger refuses the text as too long. */
function signOrder(clinic: People, order: Order, nonce: bigint): Signed {
  const sign = (prescription: string): LedgerRecord =>
    createRecord(clinic.doctorKey, { patientHash: clinic.patientHash, prescription, nonce })
  try {
    return { record: sign(order.text), refusal: null }
  } catch (error) {
    if (!(error instanceof ChartsealError) || error.code !== 'ledger/prescription') throw error
    return { record: sign(order.reference), refusal: error.message }
  }
}

function checkLongOnes(stage: Stage, signed: readonly Signed[]): void {
  const long = signed.filter(({ refusal }) => refusal !== null)
  const [example] = long
  if (example === undefined) return
  stage.note(`Number ${example.record.nonce} was too long: ${example.refusal}`)
  stage.check(
    `${count(long.length, 'text')} refused as too long, and signed as a reference: ${quoted(example.record.prescription)}`,
    long.every(({ record }) => record.prescription.startsWith('See MedicationRequest/')),
  )
}

async function attackRecord(stage: Stage, world: World, clinic: People, record: LedgerRecord): Promise<void> {
  const stranger = DoctorKey.generate(world.io.random)
  const strangers = createRecord(stranger, record)
  const { prescription, signature } = record
  const tries: readonly [string, string, LedgerRecord, bigint][] = [
    [
      'a prescription with other words',
      'ledger/txid',
      { ...record, prescription: `${prescription.slice(0, 100)} x 10` },
      0n,
    ],
    ['a prescription that was dispensed before', 'ledger/nonce', record, 1n],
    ['a signature with one flipped bit', 'ledger/txid', { ...record, signature: flipped(signature) }, 0n],
    [
      "a stranger's signature under the doctor's name",
      'ledger/wrong-doctor-key',
      { ...strangers, doctorHash: clinic.doctorKey.doctorHash },
      0n,
    ],
  ]
  for (const [what, code, forged, previousNonce] of tries) {
    await stage.attack(what, code, () => verifyRecord(forged, previousNonce))
  }
  await attackWithNewTxid(stage, record)
  await stage.attack('a text of 201 bytes', 'ledger/prescription', () =>
    createRecord(stranger, { ...record, prescription: 'x'.repeat(maxPrescriptionBytes + 1) }),
  )
}

/** Who changes a record can compute its id again, but not sign it. */
async function attackWithNewTxid(stage: Stage, record: LedgerRecord): Promise<void> {
  const changed = { ...record, nonce: record.nonce + 1n }
  const forged = { ...changed, txid: computeTxid(changed) }
  await stage.attack('the next number on an old signature, with a new id', 'ledger/signature', () =>
    verifyRecord(forged, record.nonce),
  )
}
