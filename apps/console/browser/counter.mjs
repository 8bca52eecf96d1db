/**
 * Prescriptions at two counters of one real clinic: a slip is scanned, one of two units is dispensed, then the other;
 * what another counter would dispense then is refused, and so is everything offline. A lost answer dispenses once. The
 * explorer shows and checks what the ledger has of it.
 */
import { Buffer } from 'node:buffer'
import { bodyOf } from '@chartseal/clinic/prescriptions'
import { concat, fromBigIntLE } from '@chartseal/core/bytes'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeBase64Url, decodeUtf8, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { encode } from 'fast-png'
import encodeQR from 'qr'
import { showToCamera } from './camera.mjs'
import { enrol, newPerson, words } from './people.mjs'
import { newPrescriber, rosterOf, slipFor } from './prescriber.mjs'
import { becomes, desktop, expect, look, phone, unlock } from './stage.mjs'

/** Planted: nowhere outside of the slips and the pages. */
export const counterSays = {
  patient: 'patient-planted-6f1d',
  name: 'Planted Bruno, 3d7a',
  medicine: 'Metformin 850 mg, planted 77ab',
  dosage: 'One tablet each evening, planted 0c3e',
  reason: 'Interacts with another medicine, planted 55de',
  other: 'Another patient, planted 91c2',
}

const counted = { patientId: counterSays.patient, quantity: 2, validUntil: 4_070_908_800n }
const { medicine, dosage } = counterSays
const plain = JSON.parse(decodeUtf8(bodyOf({ ...counted, content: { medicine, dosage } })))

/** As a doctor's page writes it: with the name of the patient, and what a unit is. */
const order = {
  ...counted,
  content: encodeUtf8(
    JSON.stringify({
      ...plain,
      subject: { ...plain.subject, display: counterSays.name },
      dispenseRequest: { quantity: { value: 2, unit: 'boxes' } },
    }),
  ),
}

export async function counter(stage) {
  const people = await twoCounters(stage)
  const slip = await slipFor(people.desk, order)
  await scanned(stage, people, slip)
  await onceMore(stage, people, slip)
  await forAnother(stage, people)
  await lostAnswer(stage, people)
  await offline(stage, people)
  await explored(stage, people)
  await signedTwice(stage, people)
  const { north, south } = people
  stage.counterWire = [north, south].flatMap(({ wire }) => wire)
  for (const { context } of [north, south]) await context.close()
}

async function twoCounters({ browser, clinic, findings }) {
  const north = await newPerson(browser, {
    name: 'Counter North',
    locale: 'en-GB',
    viewport: desktop,
    findings,
  })
  const south = await newPerson(browser, {
    name: 'Counter South',
    locale: 'es-ES',
    viewport: phone,
    findings,
  })
  const desk = await newPrescriber(clinic)
  await enrol(north, clinic.invite('pharmacist'), words.en)
  await enrol(south, clinic.invite('pharmacist'), words.es)
  await rosterOf(desk, 3)
  return { north, south, desk }
}

/** Black on white, as printed. */
function pictureOf(text) {
  const code = encodeQR(text, 'raw', { border: 4, scale: 4, ecc: 'low' })
  const data = Uint8Array.from(code.flatMap(row => row.flatMap(isDark => Array(3).fill(isDark ? 0 : 255))))
  return encode({ width: code[0].length, height: code.length, data, channels: 3 })
}

const verdict = ({ page }, kind) => page.locator(`[data-verdict=${kind}]`)
const delivery = ({ page }, kind) => page.locator(`[data-delivery=${kind}]`)
const left = ({ page }) => page.locator('[data-left]').textContent()
const mayDispense = async ({ page }) => (await page.locator('#units').count()) > 0

async function paste({ page }, slip, button) {
  await page.locator('#scan-text').fill(slip)
  await page.getByRole('button', { name: button }).click()
}

/** One of two, with the text alone on the screen before it is signed. */
async function scanned(stage, { north }, slip) {
  const { page } = north
  await page.getByRole('heading', { name: 'Counter' }).waitFor()
  await page.locator('#scan-text').waitFor()
  await look(stage, north, 'counter')
  showToCamera(stage.cameraFile, pictureOf(slip))
  await page.getByRole('button', { name: 'Use the camera' }).click()
  await becomes('the slip is read by the camera', verdict(north, 'ready').waitFor())
  await page.getByText(`Patient ${counterSays.name}, ${counterSays.patient}`).waitFor()
  await page.locator('[data-proof]').getByText('Final by').waitFor()
  expect(stage, 'what is left is not said', (await left(north)) === '2 of 2 boxes')
  await look(stage, north, 'counter-ready')
  const units = page.locator('#units')
  expect(stage, 'other units are offered than are given out at a time', (await units.inputValue()) === '2')
  await units.fill('1')
  await page.getByRole('button', { name: 'Show what will be signed' }).click()
  await page.locator('[data-signed]').getByText('I dispense.').waitFor()
  expect(stage, 'something stands beside what is signed', (await page.locator('form').count()) === 0)
  await look(stage, north, 'counter-sign')
  await page.getByRole('button', { name: 'Sign and dispense 1 boxes' }).click()
  await becomes('the first unit is dispensed', delivery(north, 'final').waitFor())
  await look(stage, north, 'counter-done')
}

/** Both counters have one unit before them; one of them dispenses it. */
async function onceMore(stage, { north, south }, slip) {
  await paste(south, slip, 'Consultar')
  await becomes('the other counter sees what is left', verdict(south, 'partly').waitFor())
  expect(stage, 'the other counter does not see what is left', (await left(south)) === '1 de 2 boxes')
  await look(stage, south, 'counter-partly')
  await south.page.getByRole('button', { name: 'Mostrar lo que se firmará' }).click()
  await south.page.locator('[data-signed]').waitFor()
  const { page } = north
  await page.getByRole('button', { name: 'Look again' }).click()
  await verdict(north, 'partly').waitFor()
  await page.getByRole('button', { name: 'Show what will be signed' }).click()
  await page.getByRole('button', { name: 'Sign and dispense 1 boxes' }).click()
  await becomes('the rest is dispensed', delivery(north, 'final').waitFor())
  await page.getByRole('button', { name: 'Look again' }).click()
  await becomes('nothing is left', verdict(north, 'dispensed').waitFor())
  expect(stage, 'a third unit is offered', !(await mayDispense(north)))
  await look(stage, north, 'counter-dispensed')
  await south.page.getByRole('button', { name: 'Firmar y dispensar 1 boxes' }).click()
  const refused = delivery(south, 'refused').or(delivery(south, 'never'))
  await becomes('a third unit is refused', refused.waitFor())
  await look(stage, south, 'counter-refused-by-ledger')
  await south.page.getByRole('button', { name: 'Siguiente hoja' }).click()
  await paste(south, slip, 'Consultar')
  await becomes('the other counter sees that nothing is left', verdict(south, 'dispensed').waitFor())
  await page.getByRole('button', { name: 'Next slip' }).click()
}

/** The record arrives, and its answer does not: it is sent again, and dispenses once. */
async function lostAnswer(stage, people) {
  const { north, desk } = people
  const { page } = north
  people.second = await slipFor(desk, order)
  await paste(north, people.second, 'Look it up')
  await verdict(north, 'ready').waitFor()
  await page.getByRole('alert').getByText('The same medicine for the same patient').waitFor()
  await look(stage, north, 'counter-twice')
  await page.locator('#units').fill('1')
  await page.getByRole('button', { name: 'Show what will be signed' }).click()
  await page.route('**/v1/ledger/records/*', async route => {
    if (route.request().method() === 'PUT') await route.fetch()
    await route.abort()
  })
  await page.getByRole('button', { name: 'Sign and dispense 1 boxes' }).click()
  await becomes('no answer is said', delivery(north, 'no-answer').waitFor())
  await look(stage, north, 'counter-no-answer')
  await page.unroute('**/v1/ledger/records/*')
  await page.reload()
  await unlock(north, words.en)
  await page
    .locator('[data-under-way]')
    .getByRole('button', { name: /Send again/ })
    .click()
  await becomes('the same record is final', delivery(north, 'final').waitFor())
  await look(stage, north, 'counter-late')
  await page.getByRole('button', { name: 'Next slip' }).click()
  await paste(north, people.second, 'Look it up')
  await verdict(north, 'partly').waitFor()
  expect(stage, 'a lost answer dispensed twice', (await left(north)) === '1 of 2 boxes')
}

/** Its body names somebody else than the slip: that is said before anything is chosen, and before it is signed. */
async function forAnother(stage, { north, desk }) {
  const { page } = north
  const body = JSON.parse(new TextDecoder().decode(bodyOf(order)))
  const subject = { identifier: { value: 'somebody-else' }, display: counterSays.other }
  const content = new TextEncoder().encode(JSON.stringify({ ...body, subject }))
  await paste(north, await slipFor(desk, { ...order, content }), 'Look it up')
  await verdict(north, 'ready').waitFor()
  const warning = page.getByRole('alert').getByText(`names another patient: ${counterSays.other}`)
  await warning.waitFor()
  await look(stage, north, 'counter-other-patient')
  await page.getByRole('button', { name: 'Show what will be signed' }).click()
  await page.locator('[data-signed]').waitFor()
  await warning.waitFor()
  await page.getByRole('button', { name: 'Back, sign nothing' }).click()
  await page.getByRole('button', { name: 'Next slip' }).click()
}

/** Without a network the signature is checked, and nothing can be dispensed; a refusal keeps its reason. */
async function offline(stage, { north, second }) {
  const { page, context } = north
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Look again' }).click()
  await becomes('it says that it is offline', verdict(north, 'offline').waitFor())
  expect(stage, 'something is offered offline', !(await mayDispense(north)))
  await page.getByText('The signature is right').waitFor()
  await look(stage, north, 'counter-offline')
  await context.setOffline(false)
  await page.getByRole('button', { name: 'Look again' }).click()
  await verdict(north, 'partly').waitFor()
  await page.getByText('Refuse', { exact: true }).click()
  await page.getByLabel('Why nothing is dispensed').fill(counterSays.reason)
  await page.getByRole('button', { name: 'Refuse for this reason' }).click()
  await page.getByRole('heading', { name: 'Refused' }).waitFor()
  await look(stage, north, 'counter-refused')
  await page.getByRole('button', { name: 'Next slip' }).click()
  await paste(north, second, 'Look it up')
  await page.getByText(counterSays.reason).waitFor()
}

/** Blocks, one of them, and one record with what is proven of it. */
async function explored(stage, { north, south }) {
  const { page } = north
  await page.getByRole('link', { name: 'Ledger', exact: true }).click()
  await becomes('blocks are shown', page.locator('[data-block]').nth(3).waitFor())
  await page.locator('[data-proven]:not([data-proven=""])').waitFor()
  await look(stage, north, 'ledger')
  await page.locator('[data-block]').first().click()
  await becomes('the records of a block are checked', page.locator('[data-records=right]').waitFor())
  await look(stage, north, 'ledger-block')
  await page.getByRole('link', { name: /Dispensing of 1/ }).click()
  await becomes('a record is checked', page.locator('[data-in=right]').waitFor())
  await page.locator('[data-signature=right]').waitFor()
  await page.locator('[data-status=partly]').waitFor()
  await look(stage, north, 'ledger-record')
  await south.page.getByRole('link', { name: 'Libro de recetas' }).click()
  await south.page.locator('[data-block]').first().waitFor()
  await look(stage, south, 'ledger-es')
}

/** Somebody who seals signed two votes of one slot, and the clinic's clock is wrong: the page proves the one and says the other. */
async function signedTwice(stage, { north }) {
  const { page } = north
  await page.route('**/v1/ledger/sealing', async route => {
    const response = await route.fetch()
    const json = { ...(await response.json()), seal_fault: 'ledger/clock', offences: 1 }
    await route.fulfill({ response, json })
  })
  const { ledger } = await (await page.request.get(`${stage.clinic.origin}/v1/ledger`)).json()
  const body = Buffer.from(encodeCbor([twoVotes(decodeBase64Url(ledger))]))
  await page.route('**/v1/ledger/offences', route =>
    route.fulfill({ contentType: 'application/octet-stream', body }),
  )
  await page.getByRole('link', { name: 'The whole ledger' }).click()
  await becomes('the proof is shown', page.locator('[data-offences="1"]').waitFor())
  await page.locator('[data-stopped="ledger/clock"]').getByText('nothing is sealed').waitFor()
  await look(stage, north, 'ledger-offences')
  await page.unroute('**/v1/ledger/sealing')
  await page.unroute('**/v1/ledger/offences')
}

/** By the words of docs/spec/ledger-v2.md alone. */
function twoVotes(ledger) {
  const [key, slot] = [SigningKey.generate(systemRandom), 7n]
  const blocks = [1, 2].map(fill => new Uint8Array(32).fill(fill))
  const signatures = blocks.map(block =>
    sign(key, concat(encodeUtf8('chartseal/ledger/v2/vote\0'), ledger, fromBigIntLE(slot, 8), block)),
  )
  const signer = { alg: 'Ed25519', key: verifyingKeyOf(key) }
  return encodeCbor({ v: 2, kind: 'votes', ledger, slot, ...signer, blocks, signatures })
}
