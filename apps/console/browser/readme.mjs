/** The picture for people who have not seen the page yet: a doctor's thread, with the names of nobody. */
import { coverWithKit } from './kits.mjs'
import { pairByText } from './pairing.mjs'
import { enrol, newPerson, words } from './people.mjs'
import { desktop, message, write } from './stage.mjs'

const doctorName = 'Dr. Ada Okafor'
const patients = ['Amina Diallo', 'Ulrich Brandt', 'Rosa Weiss']

const conversation = [
  ['Rosa Weiss', 'This week 142/90, 138/88 and 141/91, before breakfast.'],
  [doctorName, 'That is still too high. Please take 10 mg of amlodipine.'],
  ['Rosa Weiss', 'From tomorrow on?'],
  [doctorName, 'Yes. If your ankles swell, write to me here the same day.'],
]

/** Writes a PNG of 1280 by 800 pixels. */
export async function readmePicture({ browser, clinic, path }) {
  const findings = []
  const person = name =>
    newPerson(browser, { name, locale: 'en-GB', viewport: desktop, findings, deviceScaleFactor: 1 })
  const doctor = await person(doctorName)
  await enrol(doctor, clinic.invite('doctor'), words.en)
  const people = new Map([[doctorName, doctor]])
  for (const name of patients) people.set(name, await pairedWith(doctor, await person(name), clinic))
  await coverWithKit(doctor, clinic)
  await say(people, 'Ulrich Brandt', doctorName, 'May I come on Thursday instead of Friday?')
  await say(people, 'Amina Diallo', doctorName, 'The cough is gone, thank you.')
  await open(doctor, clinic, 'Rosa Weiss')
  for (const [from, text] of conversation)
    await say(people, from, from === doctorName ? 'Rosa Weiss' : doctorName, text)
  await attachDiary(people)
  await doctor.page.locator('.message').nth(conversation.length).waitFor()
  await doctor.page.locator('#compose').blur()
  await doctor.page.screenshot({ path })
  return findings
}

async function pairedWith(doctor, patient, clinic) {
  await enrol(patient, clinic.invite('patient'), words.en)
  await pairByText(clinic, doctor, patient)
  await coverWithKit(patient, clinic)
  await patient.page.goto(`${clinic.origin}/#/home`)
  return patient
}

async function open({ page }, { origin }, name) {
  await page.goto(`${origin}/#/home`)
  await page.getByRole('link', { name: new RegExp(name) }).click()
}

/** Written, and opened by whoever has the thread before them. */
async function say(people, from, to, text) {
  const writer = people.get(from)
  await write(writer, `Message to ${to}`, 'Send', text)
  const left = writer.page.locator('[data-state=delivered],[data-state=opened]')
  await message(writer, text).and(left).waitFor()
}

async function attachDiary(people) {
  const buffer = Buffer.from('2026-06-01 142/90\n'.repeat(700))
  const file = { name: 'diary-june.txt', mimeType: 'text/plain', buffer }
  await people.get('Rosa Weiss').page.getByLabel('Attach a file').setInputFiles(file)
}
