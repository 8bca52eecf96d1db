/** Messages both ways, without a network, and who opened what. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from 'fast-png'
import { words } from './people.mjs'
import {
  allOpened,
  doctorSays,
  during,
  expect,
  fileSays,
  look,
  message,
  offlineSays,
  patientSays,
  unlock,
  write,
} from './stage.mjs'

export async function messagesBothWays(stage) {
  const { doctor, patient } = stage
  await doctor.page.getByRole('link', { name: 'Patients' }).click()
  await doctor.page.getByRole('link', { name: /Rosa Weiss/ }).click()
  await look(stage, doctor, 'thread-empty')
  await patient.page.getByRole('link', { name: 'Accesos' }).click()
  await write(doctor, 'Message to Rosa Weiss', 'Send', doctorSays)
  await message(doctor, doctorSays).and(doctor.page.locator('[data-state=delivered]')).waitFor()
  await patient.page.getByRole('link', { name: 'Mensajes', exact: true }).click()
  await message(patient, doctorSays).waitFor()
  await message(doctor, doctorSays).and(doctor.page.locator('[data-state=opened]')).waitFor()
  await write(patient, 'Mensaje para Dr. Ada Okafor', 'Enviar', patientSays)
  await message(doctor, patientSays).waitFor()
  await message(patient, patientSays).and(patient.page.locator('[data-state=opened]')).waitFor()
  const links = await message(doctor, patientSays).locator('a, b').count()
  expect(stage, 'what a message says is taken for HTML', links === 0)
  await filesArrive(stage)
  await look(stage, doctor, 'thread-doctor')
  await look(stage, patient, 'thread-patient')
}

/** A file is saved as it was sent; an image is drawn when it is asked for. */
async function filesArrive(stage) {
  const { doctor, patient } = stage
  await patient.page
    .getByLabel('Adjuntar un archivo')
    .setInputFiles({ name: 'presión.txt', mimeType: 'text/plain', buffer: Buffer.from(fileSays) })
  await message(doctor, 'presión.txt').waitFor()
  const button = message(doctor, 'presión.txt').getByRole('button', { name: 'Save' })
  const saved = await during(doctor.page.waitForEvent('download'), () => button.click())
  const path = join(stage.folder, 'saved.txt')
  await saved.saveAs(path)
  expect(stage, 'the file that was saved is another one', readFileSync(path, 'utf8') === fileSays)
  const image = encode({ width: 64, height: 48, channels: 3, data: new Uint8Array(64 * 48 * 3).fill(160) })
  await patient.page
    .getByLabel('Adjuntar un archivo')
    .setInputFiles({ name: 'herida.png', mimeType: 'image/png', buffer: Buffer.from(image) })
  await message(doctor, 'herida.png').waitFor()
  expect(stage, 'an image is drawn unasked', (await doctor.page.locator('.message img').count()) === 0)
  await message(doctor, 'herida.png').getByRole('button', { name: 'Show the image' }).click()
  await doctor.page.waitForFunction(() => document.querySelector('.message img')?.naturalWidth === 64)
}

export async function offlineOnce(stage) {
  const { doctor, patient, clinic } = stage
  await allOpened(patient)
  await patient.context.setOffline(true)
  await write(patient, 'Mensaje para Dr. Ada Okafor', 'Enviar', offlineSays)
  await message(patient, offlineSays).and(patient.page.locator('[data-state=sealed]')).waitFor()
  await patient.page.getByText('Sin conexión. En espera, sin enviar: 1.').waitFor()
  await look(stage, patient, 'thread-offline')
  await patient.page.goto(`${clinic.origin}/#/about`)
  await patient.page.reload()
  await look(stage, patient, 'about-locked')
  await patient.page.getByRole('link', { name: 'Volver' }).click()
  await unlock(patient, words.es)
  await patient.page.getByRole('link', { name: 'Mensajes', exact: true }).click()
  await message(patient, offlineSays).and(patient.page.locator('[data-state=sealed]')).waitFor()
  await patient.context.setOffline(false)
  await message(doctor, offlineSays).waitFor()
  await message(patient, offlineSays).and(patient.page.locator('[data-state=opened]')).waitFor()
  expect(stage, 'the message came twice', (await message(doctor, offlineSays).count()) === 1)
}

export async function whoOpened(stage) {
  const { patient } = stage
  await patient.page.getByRole('link', { name: 'Accesos' }).click()
  await patient.page.getByText('todos ciertos').waitFor()
  // The log publishes a receipt within seconds, and the page looks again.
  const opening = /Dr\. Ada Okafor recogió .* del buzón de Dr\. Ada Okafor/
  await patient.page.locator('.entry-proven', { hasText: opening }).first().waitFor()
  expect(stage, 'an entry is false', (await patient.page.locator('.entry-false').count()) === 0)
  await look(stage, patient, 'access')
  const others = patient.page.locator('.entry', { hasText: opening })
  await others
    .getByRole('button', { name: /^Preguntar a Dr\. Ada Okafor por la entrada/ })
    .first()
    .click()
  await patient.page.waitForFunction(() =>
    /^Sobre la entrada #\d+ del registro/.test(document.querySelector('#compose')?.value),
  )
  await patient.page.getByLabel('Mensaje para Dr. Ada Okafor').fill('')
}
