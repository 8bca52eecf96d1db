/** Enrolling by a link; pairing by camera, by text, and not at all when the digits differ. */
import { showToCamera } from './camera.mjs'
import { enrol, newPerson, passphrase, words } from './people.mjs'
import { expect, look, phone } from './stage.mjs'

export async function enrolBoth(stage) {
  const { clinic, doctor, patient } = stage
  await doctor.page.goto(clinic.origin)
  await doctor.page.getByLabel('Invitation link').waitFor()
  await look(stage, doctor, 'start-without-invitation')
  const link = clinic.invite('doctor')
  await enrol(doctor, link, words.en)
  expect(stage, 'the invitation stays in the address', !doctor.page.url().includes('invite'))
  await look(stage, doctor, 'patients-none')
  await enrol(patient, clinic.invite('patient'), words.es)
  await look(stage, patient, 'thread-unpaired')
  await patient.page.goto(`${clinic.origin}/#/kit`)
  await patient.page.getByText('primero vincúlese').waitFor()
  await look(stage, patient, 'kit-without-pair')
  const late = await newPerson(stage.browser, {
    name: 'Late',
    locale: 'en-GB',
    viewport: phone,
    findings: stage.findings,
  })
  await late.page.goto(link)
  await late.page.getByLabel(words.en.name).fill('Late')
  await late.page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await late.page.getByLabel(words.en.again).fill(passphrase)
  await late.page.getByRole('button', { name: words.en.make }).click()
  await late.page.getByText('This invitation was used').waitFor()
  await late.context.close()
}

async function shownCode({ page }) {
  await page.getByRole('link', { name: 'Pair with somebody' }).click()
  await page.getByRole('button', { name: 'Show a code' }).click()
  const code = page.getByRole('img', { name: 'QR code of this pairing' })
  await code.waitFor()
  return code
}

async function digitsOf({ page }) {
  const digits = page.locator('.digits')
  await digits.waitFor()
  return digits.textContent()
}

export async function pairByCamera(stage) {
  const { doctor, patient, cameraFile } = stage
  const code = await shownCode(doctor)
  await look(stage, doctor, 'pair-show')
  showToCamera(cameraFile, await code.screenshot())
  await patient.page.goto(`${stage.clinic.origin}/#/pair`)
  await patient.page.getByRole('button', { name: 'Leer un código' }).click()
  await look(stage, patient, 'pair-read')
  await patient.page.getByRole('button', { name: 'Usar la cámara' }).click()
  const [left, right] = await Promise.all([digitsOf(doctor), digitsOf(patient)])
  expect(stage, `the digits differ: ${left}, ${right}`, left === right && /^\d{4} \d{4}$/.test(left))
  await look(stage, doctor, 'pair-compare')
  await doctor.page.getByRole('button', { name: 'The digits match' }).click()
  await patient.page.getByRole('button', { name: 'Las cifras coinciden' }).click()
  await doctor.page.getByText('Paired with Rosa Weiss.').waitFor()
  await patient.page.getByText('Vínculo hecho con Dr. Ada Okafor.').waitFor()
}

export async function pairByTextAndDiffer(stage) {
  const { doctor, clinic, findings, browser } = stage
  const other = await newPerson(browser, {
    name: 'Ulrich Brandt',
    locale: 'en-GB',
    viewport: phone,
    findings,
  })
  await enrol(other, clinic.invite('patient'), words.en)
  for (const ends of ['differ', 'match']) stage.code = await pairByText(clinic, doctor, other, ends)
  await doctor.page.goto(`${clinic.origin}/#/home`)
  await doctor.page.getByRole('link', { name: /Ulrich Brandt/ }).waitFor()
  await look(stage, doctor, 'patients')
  await doctor.page.goto(`${clinic.origin}/#/about`)
  await doctor.page.getByRole('heading', { name: 'About this page' }).waitFor()
  await look(stage, doctor, 'about')
  stage.other = other
}

/** The doctor shows a code, the other one pastes it; both say that the digits match, or the doctor that they differ. Gives the code. */
export async function pairByText({ origin }, doctor, other, ends = 'match') {
  await doctor.page.goto(`${origin}/#/home`)
  await shownCode(doctor)
  await doctor.page.getByText('The code as text').click()
  const text = (await doctor.page.locator('[data-code]').textContent()).trim()
  await other.page.goto(`${origin}/#/pair`)
  await other.page.getByRole('button', { name: 'Read a code' }).click()
  await other.page.getByLabel('Code as text').fill(`Here it is:\n${text}\n`)
  await other.page.getByRole('button', { name: 'Read this code' }).click()
  await Promise.all([digitsOf(doctor), digitsOf(other)])
  const button = ends === 'match' ? 'The digits match' : 'They differ'
  await doctor.page.getByRole('button', { name: button }).click()
  // Whom the other side tells that the digits differ is asked nothing any more.
  if (ends === 'match') await other.page.getByRole('button', { name: button }).click()
  const said = ends === 'match' ? /^Paired with/ : /The digits differ/
  await Promise.all([doctor, other].map(({ page }) => page.getByText(said).waitFor()))
  await other.page.goto(`${origin}/#/home`)
  return text
}
