/** Step: a prescription on the ledger of two clinics, from the doctor to the counter. */
import {
  type CounterView,
  checkSlip,
  type Delivery,
  type Desk,
  fitsOneCode,
  lookUp,
  medicineIn,
  type NewOrder,
  type PreparedRecord,
  prepareDispense,
  prepareOrder,
  settle,
  signAndSend,
  slipOf,
} from '@chartseal/clinic/prescriptions'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { quoted } from '@chartseal/core/text'
import { checkBundle, dispenseSaltBytes } from '@chartseal/emr-ledger'
import { proofFrom } from '../ledger/network.js'
import { foundValley, isFinal, signPast, signWrongly, type Valley } from '../ledger/valley.js'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { grouped } from '../words.js'
import type { World } from '../world.js'
import type { People } from './keys.js'

/** What the next step goes on with. */
export interface Issued {
  readonly valley: Valley
  readonly txid: Uint8Array
  readonly slip: string
}

const quantity = 2
const validSeconds = 90n * 86_400n
/** Whatever the order of the keys is, all is final by then. */
export const mostSlots = 60

export async function prescribe(stage: Stage, world: World, people: People): Promise<Issued> {
  const valley = await foundValley(world, people)
  const { network, surgery, northCounter, southCounter } = valley
  stage.note(
    'The ledger "Valley" has three sealers who vote: the clinics North and South, and the board of pharmacists',
  )
  const prepared = await prepareFrom(stage, world, valley, people)
  const { digest: txid } = prepared.prepared
  const sent = await signAndSend(surgery, prepared)
  await stage.attack('a slip before the prescription is final', 'prescription/not-issued', () =>
    slipOf(surgery.shelf.book(), txid),
  )
  await network.until(() => isFinal(valley, txid), mostSlots)
  const settled = await settle(surgery, txid)
  stage.check(
    `${people.doctorName} has signed, and at all three nodes the prescription is final`,
    sent.kind === 'waiting' && settled.kind === 'final',
  )
  const slip = await slipOf(surgery.shelf.book(), txid)
  await world.shelf.put({ name: 'slip.txt', about: 'the slip that the patient shows at a counter' }, slip)
  stage.check(`the slip of ${grouped(slip.length)} characters fits one QR code`, fitsOneCode(slip))
  await people.trail.record(people.doctorName, 'prescribed on the ledger', people.patient.id)
  const view = await lookUp(northCounter, slip)
  stage.check(
    `the counter in the north reads ${words(view)}, signed by ${people.doctorName}`,
    says(view, 'ready', quantity) && view.prescriber?.name === people.doctorName,
  )
  await attackSlip(stage, valley, view)
  const before = await proofFrom(valley.north, { prescription: txid, from: 0n })
  await dispenseOne(stage, valley, view)
  await people.trail.record(people.pharmacistName, 'dispensed 1 unit', people.patient.id)
  const [here, there] = [await lookUp(northCounter, slip), await lookUp(southCounter, slip)]
  stage.check(
    `both counters say so: 1 of ${quantity} left`,
    says(here, 'partly', 1) && says(there, 'partly', 1),
  )
  await checkSecrecy(stage, valley, prepared)
  await attackLedger(stage, valley, here, before)
  return { valley, txid, slip }
}

/** The first order of the bundle, or one of the demo where there is none that can be prescribed. */
async function prepareFrom(
  stage: Stage,
  world: World,
  { surgery, network }: Valley,
  { patient }: People,
): Promise<PreparedRecord> {
  const [first] = world.input.bundle.orders
  const validUntil = BigInt(Math.floor(network.nowMs / 1_000)) + validSeconds
  const order = (medicine: string, dosage: string): NewOrder => ({
    content: { medicine, dosage },
    patientId: patient.id,
    quantity,
    validUntil,
  })
  const own = order('Lisinopril 10 MG oral tablet', 'Take 1 tablet every morning')
  if (first === undefined) return prepareOrder(surgery, own)
  try {
    const [medicine = '', ...dosage] = first.text.split('. ')
    return await prepareOrder(surgery, order(medicine, dosage.join('. ') || 'As it was told'))
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    stage.note(`The first order cannot be prescribed (${error.code}), so it is one of the demo`)
    return prepareOrder(surgery, own)
  }
}

async function dispenseOne(stage: Stage, valley: Valley, view: CounterView): Promise<void> {
  const { txid, sent } = await dispense(valley.northCounter, view)
  stage.answer('a unit over the counter before its record is final', 'waiting', sent.kind)
  await valley.network.until(() => isFinal(valley, txid), mostSlots)
  const settled = await settle(valley.northCounter, txid)
  stage.check('the counter in the north gives out 1 unit, once its record is final', settled.kind === 'final')
}

/** Signs and sends a record of one unit; nothing is given out yet. */
export async function dispense(
  desk: Desk,
  view: CounterView,
): Promise<{ readonly txid: Uint8Array; readonly sent: Delivery }> {
  const prepared = await prepareDispense(desk, view, 1)
  return { txid: prepared.prepared.digest, sent: await signAndSend(desk, prepared) }
}

export function says({ verdict }: CounterView, kind: CounterView['verdict']['kind'], left: number): boolean {
  return verdict.kind === kind && 'left' in verdict && verdict.left === left
}

const words = ({ words: { medicine } }: CounterView): string => quoted(medicine)

/** Words are looked for as bytes; what is shorter than this could stand there by chance. */
const shortest = 6

async function checkSecrecy(stage: Stage, { north }: Valley, { content }: PreparedRecord): Promise<void> {
  const { body, patientId } = present(content)
  const { medicine, dosage } = medicineIn(body)
  const secrets = [medicine, dosage, patientId].map(encodeUtf8).filter(({ length }) => length >= shortest)
  const blocks = Array.from({ length: Number(north.node.tip.height) + 1 }, (_, i) =>
    north.node.block(BigInt(i)),
  )
  const ledger = (await Promise.all(blocks)).map(block => encodeHex(block ?? new Uint8Array(0))).join('')
  stage.check(
    'no block has the medicine, the dosage or the patient: they are committed to, and stay on the slip',
    ledger !== '' && secrets.every(secret => !ledger.includes(encodeHex(secret))),
  )
}

async function attackSlip(stage: Stage, { north }: Valley, { slip }: CounterView): Promise<void> {
  const roster = await north.node.roster()
  await stage.attack('a slip with ten times the dose', 'slip/other-content', () =>
    checkSlip({ ...slip, body: encodeUtf8('{"resourceType":"MedicationRequest"}') }, roster),
  )
  await stage.attack('a slip that somebody else shows as theirs', 'slip/other-content', () =>
    checkSlip({ ...slip, patientId: `${slip.patientId}-2` }, roster),
  )
}

/** What nodes are handed by those who pass over every check of a desk, and what a clinic's server could hand out. */
async function attackLedger(
  stage: Stage,
  valley: Valley,
  { slip, checked }: CounterView,
  before: Uint8Array,
): Promise<void> {
  const { south, surgery, southCounter, stranger, network } = valley
  const { node } = south
  const claims = { ...slip.claims, seq: await node.nextSeq(surgery.signer.kid) }
  await stage.attack('a prescription by a key that is not in the roster', 'ledger/not-a-member', async () =>
    node.submit(await signPast(stranger, claims)),
  )
  await stage.attack('a prescription by a pharmacist', 'ledger/role', async () =>
    node.submit(await signPast(southCounter.signer, claims)),
  )
  await stage.attack("a signature of the doctor's with one flipped bit", 'ledger/signature', async () =>
    node.submit(await signWrongly(surgery.signer, claims)),
  )
  const last = present(checked?.prescription?.state).last
  const common = { ledger: node.id, signer: southCounter.signer.kid, seq: 1n, authoredOn: node.tip.timestamp }
  await stage.attack('two units where one is left', 'ledger/too-many-units', async () =>
    node.submit(
      await signPast(southCounter.signer, {
        ...common,
        kind: 'dispense',
        prescription: slip.record.txid,
        previous: last,
        quantity: 2,
        salt: new Uint8Array(dispenseSaltBytes),
      }),
    ),
  )
  const nowSeconds = BigInt(Math.floor(network.nowMs / 1_000))
  await stage.attack(
    'a true proof of before, shown to a counter that has seen more',
    'ledger/bundle-behind',
    () => checkBundle(southCounter.shelf.book().anchor, before, { nowSeconds }),
  )
}
