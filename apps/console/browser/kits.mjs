/** The recovery kit: made, scanned back, and brought to a new device when the first one is lost. */
import { join } from 'node:path'
import { enrol, newPerson, words } from './people.mjs'
import { during, expect, look, message, phone, write } from './stage.mjs'

export async function kits(stage) {
  const { doctor, patient } = stage
  await doctor.page.getByRole('link', { name: 'Patients' }).click()
  await doctor.page.getByRole('link', { name: /Rosa Weiss/ }).click()
  await doctor.page.getByText('No message leaves before').waitFor()
  const fields = await doctor.page.locator('#compose').count()
  expect(stage, 'a message can be written before the kit', fields === 0)
  await look(stage, doctor, 'thread-without-kit')
  await doctor.page.getByRole('link', { name: 'Make the kit' }).click()
  await doctor.page.getByRole('button', { name: 'Make the kit' }).waitFor()
  await look(stage, doctor, 'kit-make')
  await makeKit(doctor, 'Make the kit')
  expect(
    stage,
    'a sheet counts before the file is saved',
    (await doctor.page.locator('#scan-text').count()) === 0,
  )
  await doctor.page.getByRole('button', { name: 'Save the file' }).click()
  await leftBeforeTheCheck(stage)
  await patient.page.getByRole('button', { name: 'Sigue: el kit de recuperación' }).click()
  await makeKit(patient, 'Hacer el kit')
  await look(stage, patient, 'kit-steps')
  await keepKit(stage)
  await scanSheet(stage)
}

/** Printed, and the screen is left: the sheet counts all the same, later. */
async function leftBeforeTheCheck(stage) {
  const { doctor, clinic } = stage
  const { page } = doctor
  const text = await page.locator('.sheet .code').nth(2).textContent()
  await page.getByRole('link', { name: 'Patients' }).click()
  await page.goto(`${clinic.origin}/#/kit`)
  await page.getByText('A kit was made').waitFor()
  await look(stage, doctor, 'kit-unfinished')
  await page.getByLabel('Text of the sheet').fill(text)
  await page.getByRole('button', { name: 'Check this sheet' }).click()
  await page.getByText('Myself, at home').waitFor()
  await look(stage, doctor, 'kit-holders')
}

async function makeKit({ page }, button) {
  await page.getByRole('button', { name: button }).click()
  await page.locator('.sheet').nth(2).waitFor()
}

/** Made, saved, and one sheet typed back. */
export async function coverWithKit(person, { origin }) {
  await person.page.goto(`${origin}/#/kit`)
  await makeKit(person, 'Make the kit')
  await person.page.getByRole('button', { name: 'Save the file' }).click()
  await typeSheet(person)
}

/** As it is printed, in groups; and in capitals, as people do. */
async function typeSheet({ page }, [label, button, done] = inEnglish) {
  const text = await page.locator('.sheet .code').nth(2).textContent()
  await page.getByLabel(label).fill(text.toUpperCase())
  await page.getByRole('button', { name: button }).click()
  await page.getByText(done).waitFor()
}

const inEnglish = ['Text of the sheet', 'Check this sheet', 'The sheet is sound']
const inSpanish = ['Texto de la hoja', 'Comprobar esta hoja', 'La hoja está bien']

/** What a person would keep: the file, and the sheets on paper. */
async function keepKit(stage) {
  const { page } = stage.patient
  const button = page.getByRole('button', { name: 'Guardar el archivo' })
  const saved = await during(page.waitForEvent('download'), () => button.click())
  stage.book = join(stage.folder, 'rosa.kit')
  await saved.saveAs(stage.book)
  stage.sheetTexts = await page.locator('.sheet .code').allTextContents()
  await page.emulateMedia({ media: 'print' })
  stage.sheets = []
  for (const i of [0, 1, 2]) {
    const path = join(stage.folder, `sheet-${i}.png`)
    await page.locator('.sheet .qr').nth(i).screenshot({ path })
    stage.sheets.push(path)
  }
  if (stage.pictures !== null)
    await page.screenshot({ path: join(stage.pictures, 'kit-print.png'), fullPage: true })
  await page.emulateMedia({ media: 'screen' })
}

/** One printed sheet, from its picture. */
async function scanSheet({ patient: { page }, sheets }) {
  await page.getByLabel('Imagen o archivo de texto').setInputFiles(sheets[1])
  await page.getByText('La hoja está bien').waitFor()
}

/** The phone is gone: a new one, two sheets as pictures, and the file. */
export async function lostPhone(stage) {
  const { doctor, patient, clinic, findings, browser } = stage
  await patient.context.close()
  const again = await newPerson(browser, { name: 'Rosa Weiss', locale: 'es-ES', viewport: phone, findings })
  await enrol(again, clinic.invite('patient'), words.es)
  await again.page.goto(`${clinic.origin}/#/restore`)
  await again.page.getByLabel('Archivo de claves').setInputFiles(stage.book)
  for (const [i, sheet] of [stage.sheets[0], stage.sheets[2]].entries()) {
    await again.page.getByLabel('Imagen o archivo de texto').setInputFiles(sheet)
    await again.page.getByText(`Hojas: ${i + 1} de 2`).waitFor()
  }
  await look(stage, again, 'restore')
  await again.page.getByRole('button', { name: 'Traer las claves' }).click()
  await again.page.getByText('Volvió un vínculo').waitFor()
  // The sheets are used.
  await again.page.getByRole('link', { name: 'Hacer un kit nuevo' }).click()
  await makeKit(again, 'Hacer el kit')
  await again.page.getByRole('button', { name: 'Guardar el archivo' }).click()
  await typeSheet(again, inSpanish)
  await doctor.page.goto(`${clinic.origin}/#/home`)
  await doctor.page.getByRole('link', { name: /Rosa Weiss/ }).click()
  await again.page.getByRole('link', { name: 'Mensajes', exact: true }).click()
  await write(again, 'Mensaje para Dr. Ada Okafor', 'Enviar', 'Ya tengo otro teléfono.')
  await message(doctor, 'Ya tengo otro teléfono.').waitFor()
  await write(doctor, 'Message to Rosa Weiss', 'Send', 'Good to see you again.')
  await message(again, 'Good to see you again.').waitFor()
  stage.again = again
}
