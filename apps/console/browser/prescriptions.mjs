/**
 * A prescription at one real clinic: a doctor fills in the form, reads what they sign, and signs; the patient sees it, shows
 * its code without a network; the doctor cancels it, and the patient sees that; what it says is destroyed at the doctor's.
 */
import { decodeQR } from 'qr/decode.js'
import { coverWithKit } from './kits.mjs'
import { pairByText } from './pairing.mjs'
import { enrol, newPerson, words } from './people.mjs'
import { becomes, desktop, expect, look, message, phone } from './stage.mjs'

const doctorName = 'Dr. Elena Sotelo'

/** Planted: nowhere outside of the two pages. */
export const prescriptionSays = {
  patient: 'Bruno Keller',
  medicine: 'Amoxicillin 500 mg, planted 2c7e',
  dosage: 'One capsule each 8 hours, planted 91aa',
  note: 'With food, planted 40bd',
}
const { patient: patientName } = prescriptionSays

export async function prescriptions(stage) {
  const people = await twoPeople(stage)
  await draftOffline(stage, people)
  await prescribed(stage, people)
  await shown(stage, people)
  await cancelled(stage, people)
  await destroyed(stage, people)
  stage.prescriptionWire = Object.values(people).flatMap(({ wire }) => wire)
  for (const { context } of Object.values(people)) await context.close()
}

async function twoPeople({ browser, clinic, findings }) {
  const person = (name, viewport) => newPerson(browser, { name, locale: 'en-GB', viewport, findings })
  const doctor = await person(doctorName, desktop)
  const patient = await person(patientName, phone)
  await enrol(doctor, clinic.invite('doctor'), words.en)
  await enrol(patient, clinic.invite('patient'), words.en)
  await pairByText(clinic, doctor, patient)
  await coverWithKit(doctor, clinic)
  await coverWithKit(patient, clinic)
  await patient.page.getByLabel('Language').selectOption('es')
  return { doctor, patient }
}

/** What lacks stands on top; without a network there is a draft, and nothing to sign. */
async function draftOffline(stage, { doctor }) {
  const { page, context } = doctor
  await page.goto(`${stage.clinic.origin}/#/home`)
  await page.getByRole('link', { name: patientName }).click()
  await page.getByRole('link', { name: 'Prescribe', exact: true }).click()
  await page.getByRole('heading', { name: `Prescribe for ${patientName}` }).waitFor()
  await page.getByRole('button', { name: 'Read what will be signed' }).click()
  await page.getByRole('alert').getByText('These are missing').waitFor()
  await look(stage, doctor, 'prescribe-lacks')
  await page.getByRole('alert').getByRole('button', { name: 'Medicine, with its strength' }).click()
  await page.keyboard.type(prescriptionSays.medicine)
  await page.getByLabel('How to take it').fill(prescriptionSays.dosage)
  await page.getByLabel('Units given out at a time').fill('2')
  await page.getByLabel('What a unit is').fill('boxes')
  await page.getByLabel('Valid until').fill('2099-12-31')
  await page.getByLabel('Note for patient').fill(prescriptionSays.note)
  await look(stage, doctor, 'prescribe')
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Read what will be signed' }).click()
  await page.getByText('nothing was signed, and nothing is issued').waitFor()
  await look(stage, doctor, 'prescribe-offline')
  await context.setOffline(false)
}

async function prescribed(stage, { doctor, patient }) {
  const { page } = doctor
  await page.getByRole('link', { name: 'Prescriptions' }).click()
  await page.getByRole('link', { name: `Draft for ${patientName}` }).click()
  await page.getByRole('button', { name: 'Read what will be signed' }).click()
  const text = page.locator('.signed-text')
  await becomes('the text that is signed', text.getByText(prescriptionSays.dosage).waitFor())
  expect(stage, 'the form stands beside what is signed', (await page.locator('form').count()) === 0)
  await look(stage, doctor, 'prescribe-read')
  await page.getByRole('button', { name: `Sign for ${patientName}` }).click()
  await becomes('the prescription is issued', page.locator('[role=status][data-state=final]').waitFor())
  await page.getByText(`It is in the messages with ${patientName}.`).waitFor()
  await page.locator('[data-proven=ready]').waitFor()
  await look(stage, doctor, 'issued')
  await page.getByRole('link', { name: 'All prescriptions' }).click()
  await page.getByRole('link', { name: prescriptionSays.medicine }).waitFor()
  await look(stage, doctor, 'issued-list')
  await patient.page.goto(`${stage.clinic.origin}/#/home`)
  await message(patient, prescriptionSays.medicine).getByRole('link', { name: 'A la receta' }).click()
  await becomes('the patient sees its state', patient.page.locator('[data-state=ready]').waitFor())
  await look(stage, patient, 'slip')
}

/** The picture of the code on the screen says what the text says, also when the network is off. */
async function shown(stage, { patient }) {
  const { page, context } = patient
  await context.setOffline(true)
  await page.getByRole('link', { name: 'Recetas', exact: true }).click()
  await page.getByText('El libro no responde ahora').waitFor()
  await look(stage, patient, 'slips-offline')
  await page.getByRole('link', { name: prescriptionSays.medicine }).click()
  const text = (await page.locator('[data-slip]').textContent()).trim()
  await page.getByRole('button', { name: 'Mostrar el código a pantalla completa' }).click()
  const code = page.locator('dialog .qr')
  await code.waitFor()
  const said = await codeIn(code)
  expect(stage, 'the code says something else than the slip', said === text)
  await look(stage, patient, 'slip-full')
  await page.getByRole('button', { name: 'Cerrar' }).click()
  await context.setOffline(false)
}

/** Read from its pixels, as a counter does. */
async function codeIn(locator) {
  const { decode } = await import('fast-png')
  const { width, height, data, channels } = decode(await locator.screenshot())
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) rgba[i * 4 + c] = data[i * channels + Math.min(c, channels - 1)]
  return decodeQR({ width, height, data: rgba })
}

async function cancelled(stage, { doctor, patient }) {
  const { page } = doctor
  await page.getByRole('link', { name: prescriptionSays.medicine }).click()
  await page.getByRole('button', { name: 'Cancel it' }).click()
  await page.getByRole('heading', { name: 'This is the end that you sign' }).waitFor()
  await look(stage, doctor, 'cancel-read')
  await page.getByRole('button', { name: 'Sign the cancellation' }).click()
  await becomes('the prescription is cancelled', page.locator('[data-state=cancelled]').waitFor())
  await look(stage, doctor, 'issued-cancelled')
  await patient.page.getByRole('link', { name: 'Recetas', exact: true }).click()
  await becomes('the patient sees the end', patient.page.getByText('anulada', { exact: true }).waitFor())
  await look(stage, patient, 'slips-cancelled')
}

/** What it says goes from the doctor's device, and from their messages; the patient keeps it. */
async function destroyed(stage, { doctor, patient }) {
  const { page } = doctor
  await page.getByRole('button', { name: 'Destroy what it says' }).click()
  await page.getByText('It stays in the ledger who prescribed').waitFor()
  await look(stage, doctor, 'issued-destroy')
  await page.getByRole('button', { name: 'Destroy it for good' }).click()
  await becomes('it is destroyed', page.getByText('Its content was destroyed on this device.').waitFor())
  await look(stage, doctor, 'issued-destroyed')
  await page.goto(`${stage.clinic.origin}/#/home`)
  await page.getByRole('link', { name: patientName }).click()
  await page.getByRole('link', { name: 'To the prescription' }).waitFor()
  const left = await page.getByText(prescriptionSays.medicine).count()
  expect(stage, 'the medicine stands in the messages after it was destroyed', left === 0)
  await patient.page.getByRole('link', { name: prescriptionSays.medicine }).waitFor()
}
