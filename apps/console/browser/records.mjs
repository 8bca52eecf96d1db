/** Records between two people: dropped, opened byte for byte, taken back; cut off and sent on; and a link for anybody. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from 'fast-png'
import { SHLViewer } from 'kill-the-clipboard'
import { words } from './people.mjs'
import { during, expect, look, message, recordSays, unlock } from './stage.mjs'

/** Of several blocks; what is planted in it is nowhere outside of the two pages. */
const largeBytes = 4_500_000
function largeFile() {
  const bytes = Buffer.alloc(largeBytes)
  for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE((i * 2_654_435_761) >>> 0, i)
  bytes.write(recordSays, 1_000_000)
  return bytes
}

/** As a file that is dragged there from outside of the browser. */
async function dropFile({ page }, { name, type, bytes }) {
  const data = await page.evaluateHandle(
    ([base64, fileName, fileType]) => {
      const content = Uint8Array.from(atob(base64), one => one.charCodeAt(0))
      const transfer = new DataTransfer()
      transfer.items.add(new File([content], fileName, { type: fileType }))
      return transfer
    },
    [bytes.toString('base64'), name, type],
  )
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: data })
  await page.locator('.drop', { hasText: name }).waitFor()
}

const state = ({ page }, name) => page.locator(`[role=status][data-state=${name}]`)

/** Opened on the other side, and saved: gives the bytes. */
async function openedBytes(stage, person, { open, save }) {
  await person.page.getByRole('button', { name: open }).click()
  const button = person.page.getByRole('button', { name: save })
  await button.waitFor()
  const saved = await during(person.page.waitForEvent('download'), () => button.click())
  const path = join(stage.folder, 'record')
  await saved.saveAs(path)
  return readFileSync(path)
}

const es = { open: 'Abrir el expediente', save: 'Guardar el archivo' }
const en = { open: 'Open the record', save: 'Save the file' }

export async function recordByDrop(stage) {
  const { doctor, patient, clinic } = stage
  await doctor.page.goto(`${clinic.origin}/#/home`)
  await doctor.page.getByRole('link', { name: /Rosa Weiss/ }).click()
  await doctor.page.getByRole('link', { name: 'Share a record' }).click()
  await doctor.page.getByRole('checkbox', { name: 'Rosa Weiss', checked: true }).waitFor()
  const file = { name: 'scan 🩻.dcm', type: 'application/dicom', bytes: largeFile() }
  await dropFile(doctor, file)
  await doctor.page.getByText('Labels').click()
  await doctor.page.getByLabel('How confidential').selectOption('R')
  await look(stage, doctor, 'share')
  await doctor.page.getByRole('button', { name: 'Seal and share with Rosa Weiss' }).click()
  await state(doctor, 'shared').waitFor()
  await look(stage, doctor, 'own-record')
  stage.shared = doctor.page.url()
  await patient.page.goto(`${clinic.origin}/#/home`)
  await message(patient, 'scan 🩻.dcm').getByRole('link', { name: 'Al expediente' }).click()
  await look(stage, patient, 'received')
  const bytes = await openedBytes(stage, patient, es)
  expect(stage, 'the record that was opened is another one', bytes.equals(file.bytes))
  await patient.page.getByText('Restringido').waitFor()
  await look(stage, patient, 'received-open')
}

/** What the clinic gives no more is refused with words, for the one who was left out. */
export async function recordTakenBack(stage) {
  const { doctor, patient } = stage
  await doctor.page.goto(stage.shared)
  await doctor.page.getByRole('button', { name: 'Take it back from Rosa Weiss' }).click()
  await doctor.page.getByText('Whoever has read it keeps what they saw').waitFor()
  await look(stage, doctor, 'take-back')
  await doctor.page.getByRole('button', { name: 'Take it back from Rosa Weiss' }).click()
  await doctor.page.getByText('Nobody any more.').waitFor()
  // Before, it is on its way.
  await state(doctor, 'shared').waitFor()
  await patient.page.reload()
  await unlock(patient, words.es)
  await patient.page.getByRole('button', { name: es.open }).click()
  await patient.page.getByText('Este expediente no se le da').waitFor()
  await look(stage, patient, 'received-refused')
  await doctor.page.getByRole('button', { name: 'Destroy it' }).click()
  await doctor.page.locator('.statement').getByRole('button', { name: 'Destroy it' }).click()
  await state(doctor, 'shredded').waitFor()
  await look(stage, doctor, 'own-shredded')
}

/** The network goes in the middle of an upload, and the page is loaded anew: it goes on with what is missing. */
export async function uploadCutOff(stage) {
  const { doctor, patient, clinic } = stage
  const [puts, stored] = [[], []]
  const isCut = request => request.method() === 'PUT' && puts.push(request.url()) > 2
  await doctor.context.route('**/v1/blobs/**', route =>
    isCut(route.request()) ? route.abort() : route.continue(),
  )
  const isStored = response => response.request().method() === 'PUT' && response.ok()
  const noteStored = response => {
    if (isStored(response)) stored.push(response.url())
  }
  doctor.page.on('response', noteStored)
  await doctor.page.goto(`${clinic.origin}/#/share`)
  const file = { name: 'film.bin', type: '', bytes: largeFile() }
  await dropFile(doctor, file)
  await doctor.page.getByLabel('Rosa Weiss').check()
  await during(doctor.page.waitForEvent('response', isStored), async () => {
    await doctor.page.getByRole('button', { name: 'Seal and share with Rosa Weiss' }).click()
    await state(doctor, 'sending').waitFor()
    await look(stage, doctor, 'own-sending')
  })
  await doctor.page.reload()
  doctor.page.off('response', noteStored)
  await doctor.context.unroute('**/v1/blobs/**')
  const sent = []
  const note = request => {
    if (request.method() === 'PUT' && request.url().includes('/v1/blobs/')) sent.push(request.url())
  }
  doctor.page.on('request', note)
  await unlock(doctor, words.en)
  await state(doctor, 'shared').waitFor()
  doctor.page.off('request', note)
  // A block whose answer was lost with the page may go again.
  const twice = sent.filter(url => stored.includes(url))
  expect(
    stage,
    `blocks were sent twice: ${twice.length}`,
    twice.length === 0 && sent.length > 0 && stored.length > 0,
  )
  await patient.page.goto(`${clinic.origin}/#/home`)
  await message(patient, 'film.bin').getByRole('link', { name: 'Al expediente' }).click()
  const bytes = await openedBytes(stage, patient, es)
  expect(stage, 'the record that was cut off is another one', bytes.equals(file.bytes))
}

/** The patient shares, the doctor looks; the patient sees who, and what for, with a receipt that was checked. */
export async function recordSeenBy(stage) {
  const { doctor, patient, clinic } = stage
  const image = Buffer.from(
    encode({ width: 64, height: 48, channels: 3, data: new Uint8Array(64 * 48 * 3).fill(90) }),
  )
  await patient.page.goto(`${clinic.origin}/#/records`)
  await look(stage, patient, 'records')
  await patient.page.getByRole('link', { name: 'Compartir un expediente' }).click()
  await dropFile(patient, { name: 'piel.png', type: 'image/png', bytes: image })
  await patient.page.getByLabel('Dr. Ada Okafor').check()
  await patient.page.getByRole('button', { name: /Sellar y compartir con Dr\. Ada Okafor/ }).click()
  await state(patient, 'shared').waitFor()
  await doctor.page.goto(`${clinic.origin}/#/records`)
  await doctor.page.getByRole('link', { name: /piel\.png/ }).click()
  await doctor.page.getByLabel('What do you open it for?').selectOption('ETREAT')
  const bytes = await openedBytes(stage, doctor, en)
  expect(stage, 'the image that was opened is another one', bytes.equals(image))
  expect(stage, 'an image is drawn unasked', (await doctor.page.locator('main img').count()) === 0)
  await doctor.page.getByRole('button', { name: 'Show the image' }).click()
  await doctor.page.waitForFunction(() => document.querySelector('main img')?.naturalWidth === 64)
  await patient.page.getByRole('link', { name: 'Accesos' }).click()
  const seen = 'Dr. Ada Okafor abrió «piel.png». Para: Tratamiento de urgencia'
  await patient.page.locator('.entry-proven', { hasText: seen }).first().waitFor()
  await look(stage, patient, 'access-records')
}

const bundle = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [{ resource: { resourceType: 'Patient', name: [{ family: 'Weiss', given: ['Rosa'] }] } }],
}

/** Handed out as a code; an implementation of others opens it with the passcode, and not without. */
export async function linkForOthers(stage) {
  const { patient, clinic } = stage
  await patient.page.goto(`${clinic.origin}/#/link`)
  const bytes = Buffer.from(JSON.stringify(bundle))
  await dropFile(patient, { name: 'resumen.json', type: 'application/fhir+json', bytes })
  await patient.page.getByLabel('Lo que la otra parte lee al lado (opcional)').fill('Resumen de Rosa')
  await patient.page.getByLabel('Código (opcional)').fill('garza 7')
  await look(stage, patient, 'link-form')
  await patient.page.getByRole('button', { name: 'Crear el enlace' }).click()
  await state(patient, 'open').waitFor()
  await look(stage, patient, 'link')
  await patient.page.getByRole('button', { name: 'Pantalla completa' }).click()
  await patient.page.locator('dialog').getByRole('img', { name: 'Código QR del enlace' }).waitFor()
  await look(stage, patient, 'link-full')
  await patient.page.getByRole('button', { name: 'Cerrar' }).click()
  const text = (await patient.page.locator('[data-link]').textContent()).trim()
  stage.link = text
  const viewer = new SHLViewer({ shlinkURI: text, fetch: (url, options) => fetch(url, options) })
  const wrong = await viewer
    .resolveSHL({ recipient: 'Dr. Lindqvist', passcode: 'falso' })
    .catch(error => error)
  expect(stage, 'a wrong passcode opens a link', wrong instanceof Error)
  const { fhirResources } = await viewer.resolveSHL({ recipient: 'Dr. Lindqvist', passcode: 'garza 7' })
  expect(
    stage,
    'another implementation opens something else',
    JSON.stringify(fhirResources[0]) === JSON.stringify(bundle),
  )
  await patient.page.getByRole('button', { name: 'Mirar otra vez' }).click()
  await patient.page.locator('.entry', { hasText: 'Dr. Lindqvist lo abrió' }).waitFor()
  await patient.page.locator('.entry', { hasText: 'probó un código equivocado' }).waitFor()
  await patient.page.getByRole('button', { name: 'Terminar el enlace' }).click()
  await patient.page.getByRole('button', { name: 'Terminar el enlace' }).click()
  await state(patient, 'ended').waitFor()
  await look(stage, patient, 'link-ended')
  await patient.page.goto(`${clinic.origin}/#/home`)
  await stage.doctor.page.goto(`${clinic.origin}/#/home`)
  await stage.doctor.page.getByRole('link', { name: /Rosa Weiss/ }).click()
  const late = new SHLViewer({ shlinkURI: text, fetch: (url, options) => fetch(url, options) })
  const gone = await late
    .resolveSHL({ recipient: 'Dr. Lindqvist', passcode: 'garza 7' })
    .catch(error => error)
  expect(stage, 'a link that was ended opens', gone instanceof Error)
}
