/** Whole tasks as people do them, with two browsers' worth of storage against one real clinic. Gives the findings. */

import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { showToCamera } from './camera.mjs'
import { checkAccess, enrol, newPerson, passphrase, words } from './people.mjs'
import { lookAt } from './pictures.mjs'
import { secretsIn } from './secrets.mjs'

const doctorSays = 'Take 5 mg of amlodipine each morning.'
const patientSays = 'Gracias, doctora: hoy 124/82.'
const offlineSays = 'Esto lo escribí sin red.'
const fileSays = 'planted content of an attachment, 7f3c9a'
const phone = { width: 390, height: 844 }
const desktop = { width: 1280, height: 800 }

export async function wholeTasks({ browser, clinic, cameraFile, pictures, say }) {
  const findings = []
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-kit-'))
  const doctor = await newPerson(browser, {
    name: 'Dr. Ada Okafor',
    locale: 'en-GB',
    viewport: desktop,
    findings,
  })
  const patient = await newPerson(browser, { name: 'Rosa Weiss', locale: 'es-ES', viewport: phone, findings })
  const stage = { browser, clinic, cameraFile, pictures, findings, folder, doctor, patient }
  const steps = [
    enrolBoth,
    pairByCamera,
    kits,
    messagesBothWays,
    offlineOnce,
    whoOpened,
    passkeys,
    keyboardOnly,
    pairByTextAndDiffer,
    lostPhone,
    noSecretLeft,
  ]
  for (const step of steps) {
    const startMs = performance.now()
    try {
      await step(stage)
    } catch (error) {
      findings.push(`${step.name}: ${error.message}`)
      await doctor.page.screenshot({ path: join(folder, `${step.name}-doctor.png`) }).catch(() => undefined)
      await patient.page.screenshot({ path: join(folder, `${step.name}-patient.png`) }).catch(() => undefined)
      findings.push(`pictures of where it stopped: ${folder}`)
      break
    }
    say(`${step.name}: ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
  }
  return findings
}

/** One screen: no violation of axe, and pictures where they are wanted. */
async function look(stage, person, screen) {
  await checkAccess(person, screen, stage.findings)
  if (stage.pictures !== null) await lookAt(person, screen, stage.pictures)
}

function expect(stage, what, isSo) {
  if (!isSo) stage.findings.push(what)
}

async function enrolBoth(stage) {
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
  await patient.page.getByText('primero empareje').waitFor()
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
  await page.getByRole('link', { name: 'Pair with a patient' }).click()
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

async function pairByCamera(stage) {
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
  await doctor.page.getByRole('button', { name: 'The codes match' }).click()
  await patient.page.getByRole('button', { name: 'Los códigos coinciden' }).click()
  await doctor.page.getByText('Paired with Rosa Weiss.').waitFor()
  await patient.page.getByText('Emparejado con Dr. Ada Okafor.').waitFor()
}

async function kits(stage) {
  const { doctor, patient } = stage
  await doctor.page.getByRole('link', { name: 'Patients' }).click()
  await doctor.page.getByRole('link', { name: /Rosa Weiss/ }).click()
  await doctor.page.getByText('No message leaves before').waitFor()
  expect(
    stage,
    'a message can be written before the kit',
    (await doctor.page.locator('#compose').count()) === 0,
  )
  await look(stage, doctor, 'thread-without-kit')
  await doctor.page.getByRole('link', { name: 'Make the kit' }).click()
  await makeKit(stage, doctor, {
    make: 'Make the kit',
    sheet: 2,
    choose: 'Picture or text file',
    sound: 'The sheet is sound',
  })
  await patient.page.getByRole('button', { name: 'Sigue: el juego de recuperación' }).click()
  const save = patient.page.waitForEvent('download')
  await makeKit(stage, patient, {
    make: 'Hacer el juego',
    sheet: 1,
    choose: 'Imagen o archivo de texto',
    sound: 'La hoja está bien',
    beforeScan: async () => {
      await look(stage, patient, 'kit-steps')
      await patient.page.getByRole('button', { name: 'Guardar el archivo' }).click()
      stage.book = join(stage.folder, 'rosa.kit')
      await (await save).saveAs(stage.book)
      stage.sheets = await Promise.all(
        [0, 2].map(async i => {
          const path = join(stage.folder, `sheet-${i}.png`)
          await patient.page.locator('.sheet .qr').nth(i).screenshot({ path })
          return path
        }),
      )
      stage.sheetTexts = await patient.page.locator('.sheet .code').allTextContents()
    },
  })
}

/** Made, and one printed sheet scanned back from its picture. */
async function makeKit(stage, { page }, { make, sheet, choose, sound, beforeScan = async () => undefined }) {
  await page.getByRole('button', { name: make }).click()
  await page.locator('.sheet').nth(2).waitFor()
  await beforeScan()
  const picture = join(stage.folder, `${sheet}.png`)
  await page.emulateMedia({ media: 'print' })
  await page.locator('.sheet .qr').nth(sheet).screenshot({ path: picture })
  await page.emulateMedia({ media: 'screen' })
  await page.getByLabel(choose).setInputFiles(picture)
  await page.getByText(sound).waitFor()
}

async function write({ page }, field, button, text) {
  await page.getByLabel(field).fill(text)
  await page.getByRole('button', { name: button, exact: true }).click()
}

const message = ({ page }, text) => page.locator('.message', { hasText: text })

async function messagesBothWays(stage) {
  const { doctor, patient } = stage
  await doctor.page.getByRole('link', { name: 'Patients' }).click()
  await doctor.page.getByRole('link', { name: /Rosa Weiss/ }).click()
  await look(stage, doctor, 'thread-empty')
  await patient.page.getByRole('link', { name: 'Accesos' }).click()
  await write(doctor, 'Message to Rosa Weiss', 'Send', doctorSays)
  await message(doctor, doctorSays).and(doctor.page.locator('[data-state=delivered]')).waitFor()
  await patient.page.getByRole('link', { name: 'Mensajes' }).click()
  await message(patient, doctorSays).waitFor()
  await message(doctor, doctorSays).and(doctor.page.locator('[data-state=opened]')).waitFor()
  await write(patient, 'Mensaje para Dr. Ada Okafor', 'Enviar', patientSays)
  await message(doctor, patientSays).waitFor()
  await message(patient, patientSays).and(patient.page.locator('[data-state=opened]')).waitFor()
  await patient.page
    .getByLabel('Adjuntar un archivo')
    .setInputFiles({ name: 'presión.txt', mimeType: 'text/plain', buffer: Buffer.from(fileSays) })
  await message(doctor, 'presión.txt').waitFor()
  const saving = doctor.page.waitForEvent('download')
  await message(doctor, 'presión.txt').getByRole('button', { name: 'Save' }).click()
  const saved = join(stage.folder, 'saved.txt')
  await (await saving).saveAs(saved)
  expect(stage, 'the file that was saved is another one', readFileSync(saved, 'utf8') === fileSays)
  await look(stage, doctor, 'thread-doctor')
  await look(stage, patient, 'thread-patient')
}

async function offlineOnce(stage) {
  const { doctor, patient, clinic } = stage
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
  await patient.page.getByRole('link', { name: 'Mensajes' }).click()
  await message(patient, offlineSays).and(patient.page.locator('[data-state=sealed]')).waitFor()
  await patient.context.setOffline(false)
  await message(doctor, offlineSays).waitFor()
  await message(patient, offlineSays).and(patient.page.locator('[data-state=opened]')).waitFor()
  expect(stage, 'the message came twice', (await message(doctor, offlineSays).count()) === 1)
}

async function unlock({ page }, { passphrase: label, unlock: button }) {
  await page.getByLabel(label, { exact: true }).fill(passphrase)
  await page.getByRole('button', { name: button, exact: true }).click()
  await page.getByRole('navigation').waitFor()
}

async function whoOpened(stage) {
  const { patient } = stage
  await patient.page.getByRole('link', { name: 'Accesos' }).click()
  await patient.page.getByText('todos ciertos').waitFor()
  const lines = await patient.page.locator('.entry-proven').allTextContents()
  const opened = lines.some(line => /Dr\. Ada Okafor recogió .* del buzón de Dr\. Ada Okafor/.test(line))
  expect(stage, `the doctor's opening is missing: ${lines.slice(0, 5).join(' / ')}`, opened)
  expect(stage, 'an entry is false', (await patient.page.locator('.entry-false').count()) === 0)
  await look(stage, patient, 'access')
}

const authenticator = hasPrf => ({
  options: {
    protocol: 'ctap2',
    ctap2Version: 'ctap2_1',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    hasPrf,
    automaticPresenceSimulation: true,
  },
})

async function passkeys(stage) {
  const { doctor, clinic } = stage
  const { page } = doctor
  const { devTools: session } = doctor
  await session.send('WebAuthn.enable')
  await page.goto(`${clinic.origin}/#/device`)
  await look(stage, doctor, 'device')
  const dumb = await session.send('WebAuthn.addVirtualAuthenticator', authenticator(false))
  await addPasskey(page)
  await page.getByText('This passkey cannot unlock').waitFor()
  await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: dumb.authenticatorId })
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', authenticator(true))
  await addPasskey(page)
  await page.getByText('Passkey and passphrase.').waitFor()
  const second = await doctor.context.newPage()
  await second.goto(clinic.origin)
  await second.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await second.getByRole('button', { name: 'Unlock', exact: true }).click()
  await second.getByRole('navigation').waitFor()
  await page.getByRole('button', { name: 'Lock now' }).click()
  await second.getByRole('heading', { name: 'Unlock' }).waitFor()
  await second.close()
  await look(stage, doctor, 'unlock')
  await page.getByRole('button', { name: 'Unlock with passkey' }).click()
  await page.getByRole('button', { name: 'Lock now' }).click()
  await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
  await session.send('WebAuthn.addVirtualAuthenticator', authenticator(true))
  await page.getByRole('button', { name: 'Unlock with passkey' }).click()
  await page.getByText('The passkey was not used').waitFor({ timeout: 40_000 })
  await page.getByLabel('Passphrase', { exact: true }).fill('another passphrase')
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByText(words.en.wrong).waitFor()
  await look(stage, doctor, 'unlock-wrong')
  await unlock(doctor, words.en)
}

async function addPasskey(page) {
  await page.getByLabel('Passphrase of today').first().fill(passphrase)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
}

/** From a locked page to a message that left, without a pointer. */
async function keyboardOnly(stage) {
  const { doctor } = stage
  const { page } = doctor
  const says = 'Written with keys alone.'
  await page.reload()
  await page.getByLabel('Passphrase', { exact: true }).waitFor()
  await tabTo(page, 'Passphrase')
  await page.keyboard.type(passphrase)
  await page.keyboard.press('Enter')
  await page.getByRole('navigation').waitFor()
  await tabTo(page, 'Patients')
  await page.keyboard.press('Enter')
  await page.getByLabel('Search by name').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('rosa')
  await tabTo(page, 'Rosa Weiss')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Messages with Rosa Weiss' }).waitFor()
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1')
  await tabTo(page, 'Message to Rosa Weiss')
  await page.keyboard.type(says)
  await page.keyboard.press('Control+Enter')
  await message(doctor, says)
    .and(page.locator('[data-state=stored],[data-state=delivered],[data-state=opened]'))
    .waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Escape')
  await page.getByText('Choose a patient').waitFor()
}

/** Presses Tab until what has the focus is called so. */
async function tabTo(page, name) {
  for (let left = 40; left > 0; left--) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      if (element === document.body || element?.id === 'main') return ''
      return `${element?.getAttribute('aria-label') ?? ''} ${element?.labels?.[0]?.textContent ?? ''} ${element?.textContent ?? ''}`
    })
    if (focused.includes(name)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach “${name}”`)
}

async function pairByTextAndDiffer(stage) {
  const { doctor, clinic, findings, browser } = stage
  const other = await newPerson(browser, {
    name: 'Ulrich Brandt',
    locale: 'en-GB',
    viewport: phone,
    findings,
  })
  await enrol(other, clinic.invite('patient'), words.en)
  for (const ends of ['differ', 'match']) {
    await doctor.page.goto(`${clinic.origin}/#/home`)
    await shownCode(doctor)
    await doctor.page.getByText('The code as text').click()
    const text = await doctor.page.locator('[data-code]').textContent()
    await other.page.goto(`${clinic.origin}/#/pair`)
    await other.page.getByRole('button', { name: 'Read a code' }).click()
    await other.page.getByLabel('Code as text').fill(`Here it is:\n${text.trim()}\n`)
    await other.page.getByRole('button', { name: 'Read this code' }).click()
    await Promise.all([digitsOf(doctor), digitsOf(other)])
    const button = ends === 'match' ? 'The codes match' : 'They differ'
    await doctor.page.getByRole('button', { name: button }).click()
    await other.page.getByRole('button', { name: button }).click()
    const said = ends === 'match' ? /^Paired with/ : /The digits differ/
    await Promise.all([doctor, other].map(({ page }) => page.getByText(said).waitFor()))
    await other.page.goto(`${clinic.origin}/#/home`)
  }
  await doctor.page.goto(`${clinic.origin}/#/home`)
  await doctor.page.getByRole('link', { name: /Ulrich Brandt/ }).waitFor()
  await look(stage, doctor, 'patients')
  await doctor.page.goto(`${clinic.origin}/#/about`)
  await look(stage, doctor, 'about')
  await other.context.close()
}

/** The phone is gone: a new one, two sheets as pictures, and the file. */
async function lostPhone(stage) {
  const { doctor, patient, clinic, findings, browser } = stage
  await patient.context.close()
  const again = await newPerson(browser, { name: 'Rosa Weiss', locale: 'es-ES', viewport: phone, findings })
  await enrol(again, clinic.invite('patient'), words.es)
  await again.page.goto(`${clinic.origin}/#/restore`)
  await again.page.getByLabel('Archivo de claves').setInputFiles(stage.book)
  for (const [i, sheet] of stage.sheets.entries()) {
    await again.page.getByLabel('Imagen o archivo de texto').setInputFiles(sheet)
    await again.page.getByText(`Hojas: ${i + 1} de 2`).waitFor()
  }
  await look(stage, again, 'restore')
  await again.page.getByRole('button', { name: 'Traer las claves' }).click()
  await again.page.getByText('Volvió una pareja').waitFor()
  await doctor.page.goto(`${clinic.origin}/#/home`)
  await doctor.page.getByRole('link', { name: /Rosa Weiss/ }).click()
  await again.page.getByRole('link', { name: 'Mensajes' }).click()
  await write(again, 'Mensaje para Dr. Ada Okafor', 'Enviar', 'Ya tengo otro teléfono.')
  await message(doctor, 'Ya tengo otro teléfono.').waitFor()
  await write(doctor, 'Message to Rosa Weiss', 'Send', 'Good to see you again.')
  await message(again, 'Good to see you again.').waitFor()
  stage.again = again
}

/** What was planted is nowhere outside of the two pages: not on the wire, not in the clinic's folder or logs. */
async function noSecretLeft(stage) {
  const { doctor, patient, again, clinic, findings } = stage
  const planted = [
    passphrase,
    doctorSays,
    patientSays,
    offlineSays,
    fileSays,
    'presión.txt',
    doctor.name,
    patient.name,
    'Ulrich Brandt',
    ...stage.sheetTexts.map(text => text.replaceAll(' ', '').slice(20, 80)),
  ]
  const crossed = [doctor, patient, again].flatMap(({ wire }) => wire).map(part => Buffer.from(part))
  findings.push(...secretsIn('the wire', planted, crossed))
  findings.push(...secretsIn("the clinic's folder or logs", planted, clinic.traces()))
  expect(stage, 'nothing crossed the wire', crossed.length > 100)
}

export function pictureFolder(path) {
  if (path === undefined || path === '') return null
  mkdirSync(path, { recursive: true })
  return path
}
