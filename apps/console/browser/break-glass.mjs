/**
 * Break-glass at one real clinic with two witnesses: an owner prepares a record, a doctor whom nobody knows asks for it at night,
 * two of three custodians release it, a pharmacist from a sheet, the third denies, it is opened, closed and reviewed, and the
 * patient sees it with valid receipts, for ever. Then the officers take who reviewed off the roster, and one of them denies a
 * drill while it waits.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rosterDigest, rosterMessage } from '@chartseal/clinic/roster'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { startClinic } from './clinic.mjs'
import { newDevice } from './device.mjs'
import { coverWithKit } from './kits.mjs'
import { pairByText } from './pairing.mjs'
import { enrol, newPerson, words } from './people.mjs'
import { desktop, during, expect, look, phone } from './stage.mjs'

/** Planted: the clinic's folder and the wire have none of it. What is signed in an emergency is for many to read. */
export const glassSays = { record: 'planted content of an emergency, 9c2f17' }
const about = 'Discharge letter, ward 3'
const why = 'Unconscious after a fall; which anticoagulant?'
const custodianNames = [
  'Custodian Abel (Custodian)',
  'Pharmacist Berit (Pharmacist)',
  'Auditor Chidi (Auditor)',
]
const drill = 'A drill of ward 3'
const closing = 'Given: vitamin K. Handed over to day staff.'

export async function breakGlass(stage) {
  const clinic = await startClinic({ numWitnesses: 2 })
  try {
    const people = await everybody(stage, clinic)
    await prepared(stage, clinic, people)
    await askedAtNight(stage, people)
    await decided(stage, clinic, people)
    await openedAndClosed(stage, people)
    await reviewed(stage, people)
    await patientSees(stage, clinic, people)
    await unknownSigner(stage, clinic, people)
    await vetoed(stage, clinic, people)
    for (const { page, name } of Object.values(people))
      expect(stage, `${name} is told of trouble`, (await page.locator('.banner.bad').count()) === 0)
    stage.glassWire = Object.values(people).flatMap(({ wire }) => wire)
    for (const { context } of Object.values(people)) await context.close()
  } finally {
    await clinic.stop()
  }
}

const kidOf = ({ page }) =>
  page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('chartseal')
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const database = opening.result
          const [store] = database.objectStoreNames
          const found = database.transaction(store).objectStore(store).get('device')
          found.onsuccess = () => {
            resolve(JSON.parse(found.result))
            database.close()
          }
        }
      }),
  )

/** An owner with a patient, a doctor at night, a custodian, and a pharmacist and an auditor who keep shares, too. */
async function everybody({ browser, findings }, clinic) {
  const person = (name, viewport, locale = 'en-GB') =>
    newPerson(browser, { name, locale, viewport, findings })
  const people = {
    owner: await person('Dr. Ines Marte', desktop),
    patient: await person('Rosa Weiss', phone),
    night: await person('Dr. Noor Haddad', desktop),
    first: await person('Custodian Abel', phone),
    second: await person('Pharmacist Berit', phone),
    auditor: await person('Auditor Chidi', desktop),
  }
  const roles = {
    owner: 'doctor',
    patient: 'patient',
    night: 'doctor',
    first: 'custodian',
    second: 'pharmacist',
    auditor: 'auditor',
  }
  for (const [who, role] of Object.entries(roles)) await enrol(people[who], clinic.invite(role), words.en)
  await pairByText(clinic, people.owner, people.patient)
  await coverWithKit(people.patient, clinic)
  await coverWithKit(people.owner, clinic)
  await people.patient.page.getByLabel('Language').selectOption('es')
  await signRoster(clinic, people, roles)
  return people
}

/** An officer without a page signs who is who, and that the owner of the record is an officer, too. */
async function signRoster(clinic, people, roles) {
  const officer = await newDevice(clinic)
  const staff = await Promise.all(
    Object.entries(roles).map(async ([who, role]) => {
      const { kid, mailbox } = await kidOf(people[who])
      return { kid, role, mailbox, ...(role === 'patient' ? {} : { name: people[who].name }) }
    }),
  )
  const officers = [officer.signer.kid, staff[0].kid]
  const roster = { v: 1, origin: clinic.origin, seq: 1, previous: '', officers, threshold: 1, people: staff }
  clinic.roster = { officer, roster }
  await putRoster(clinic)
}

async function putRoster({ roster: { officer, roster } }) {
  const { signer, requests } = officer
  const text = encodeUtf8(JSON.stringify(roster))
  const signature = encodeBase64Url(await signer.sign(rosterMessage(text)))
  const body = encodeUtf8(
    JSON.stringify({ roster: encodeBase64Url(text), signatures: [{ kid: signer.kid, signature }] }),
  )
  await requests.signed('PUT', `/v1/roster/${roster.seq}`, 'json', body, 'application/json')
}

async function prepared(stage, clinic, { owner, first, second, auditor }) {
  for (const custodian of [first, second, auditor]) {
    await custodian.page.getByRole('link', { name: 'Emergency' }).click()
    await custodian.page.getByRole('button', { name: 'Keep shares on this device' }).click()
    const ready = `Shares can be sealed to this device. Owners see it as: ${custodian.name}.`
    await custodian.page.getByText(ready).waitFor()
  }
  await look(stage, first, 'glass-custodian')
  await owner.page.goto(`${clinic.origin}/#/share`)
  await owner.page.getByRole('checkbox', { name: 'Rosa Weiss' }).check()
  const file = { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from(glassSays.record) }
  await owner.page.locator('.drop input[type=file]').setInputFiles(file)
  await owner.page.getByRole('button', { name: 'Seal and share with Rosa Weiss' }).click()
  await owner.page.locator('[role=status][data-state=shared]').waitFor()
  await owner.page.getByRole('link', { name: 'Prepare it for emergencies' }).click()
  clinic.safeguard = owner.page.url()
  for (const name of custodianNames) await owner.page.getByRole('checkbox', { name }).check()
  await owner.page.getByLabel('What custodians and doctors read').fill(about)
  await owner.page
    .getByLabel('The patient, who is told of each opening')
    .selectOption({ label: 'Rosa Weiss' })
  await owner.page.getByLabel('Witnesses that must confirm the log').selectOption('2')
  await look(stage, owner, 'glass-set')
  await owner.page.getByRole('button', { name: 'Make the set' }).click()
  await owner.page.getByText('The set is made.').waitFor()
}

async function askedAtNight(stage, { night }) {
  const { page } = night
  await page.getByRole('link', { name: 'Emergency' }).click()
  await page
    .getByLabel('Record', { exact: true })
    .selectOption({ label: `${about} · Dr. Ines Marte (Doctor)` })
  await page.getByLabel('Who you are').fill('Dr. Noor Haddad, emergency room, ext. 440')
  await page.getByLabel('Why, in words').fill(why)
  await page.getByText('You sign:').waitFor()
  await look(stage, night, 'glass-ask')
  await page.getByRole('button', { name: 'Sign and ask' }).click()
  await page.locator('[data-phase=asked]').waitFor()
  await page.locator('[data-log=proven]').waitFor()
  const opens = await page.getByRole('button', { name: 'Open the record' }).count()
  expect(stage, 'a request opens before anybody decided', opens === 0)
}

/** Each is told by the clinic, and checks before anything is released. */
async function decided(stage, clinic, { first, second, auditor, night }) {
  const told = async ({ page }) => {
    await page.goto(`${clinic.origin}/#/about`)
    await page.locator('.banner', { hasText: 'your share is needed' }).getByRole('link').click()
    await page.locator('[data-log=proven]').waitFor()
  }
  await told(auditor)
  await auditor.page.getByText('Deny', { exact: true }).click()
  await auditor.page.getByLabel('Why you deny it').fill('I could not reach her by phone.')
  await auditor.page.getByRole('button', { name: 'Deny this request' }).click()
  await auditor.page.getByText('denied', { exact: true }).waitFor()
  await told(first)
  await look(stage, first, 'glass-decide')
  await first.page.getByRole('button', { name: 'Release my share' }).click()
  await look(stage, first, 'glass-release')
  await first.page.getByRole('button', { name: 'Release it' }).click()
  await first.page.locator('li', { hasText: 'You' }).getByText('released', { exact: true }).waitFor()
  const focused = await first.page.evaluate(() => document.activeElement.textContent)
  expect(stage, `after a release the focus is at ${focused.slice(0, 40)}`, focused === about)
  await fromTheSheet(stage, clinic, second)
  await night.page.locator('[data-phase=released]').waitFor()
}

/** The key of this custodian's device is gone; the sheet that was printed before has the share. */
async function fromTheSheet(stage, clinic, second) {
  const { page } = second
  await page.goto(`${clinic.origin}/#/emergency`)
  await page.getByRole('button', { name: /^Show the sheet of share/ }).click()
  const sheet = await page.locator('.sheet .code').textContent()
  await look(stage, second, 'glass-sheet')
  await page.route(/\/v1\/breakglass\/sets\/[\w-]{22}$/, async route => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), share: null } })
  })
  await page.locator('.banner', { hasText: 'your share is needed' }).getByRole('link').click()
  await page.getByRole('button', { name: 'Release my share' }).click()
  await page.getByRole('button', { name: 'Release it' }).click()
  await page.getByText('Take the sheet with that number').waitFor()
  await look(stage, second, 'glass-no-share')
  await page.getByLabel(/^Text of the sheet of share/).fill(sheet.toUpperCase())
  await page.getByRole('button', { name: 'Release the share of this sheet' }).click()
  await page.locator('li', { hasText: 'You' }).getByText('released', { exact: true }).waitFor()
}

async function openedAndClosed(stage, { night }) {
  const { page } = night
  await page.getByRole('button', { name: 'Open the record' }).click()
  const button = page.getByRole('button', { name: 'Save the file' })
  await button.waitFor()
  await look(stage, night, 'glass-opened')
  const saved = await during(page.waitForEvent('download'), () => button.click())
  const path = join(stage.folder, 'emergency')
  await saved.saveAs(path)
  expect(stage, 'what was opened is another record', readFileSync(path, 'utf8') === glassSays.record)
  await page.getByText('Close the access', { exact: true }).first().click()
  await page.getByLabel('What was done').fill(closing)
  await page.getByRole('button', { name: 'Close the access' }).click()
  await page.locator('[data-phase=closed]').waitFor()
  const opens = await page.getByRole('button', { name: /Open the record|Save the file/ }).count()
  expect(stage, 'a closed request opens', opens === 0)
}

async function reviewed(stage, { auditor }) {
  const { page } = auditor
  await page.locator('[data-phase=closed]').waitFor()
  await judge(auditor, 'Life was at risk; two custodians called back.', () =>
    look(stage, auditor, 'glass-review'),
  )
  await page.locator('[data-phase=reviewed]').waitFor()
}

async function judge({ page }, why, before = async () => {}) {
  await page.getByLabel('Justified', { exact: true }).check()
  await page.getByLabel('Why', { exact: true }).fill(why)
  await before()
  await page.getByRole('button', { name: 'Sign the review' }).click()
}

async function patientSees(stage, clinic, { patient, owner, night }) {
  const { page } = patient
  await page.locator('.banner', { hasText: 'se abrió en una emergencia' }).getByRole('link').click()
  await page.getByText('Su expediente se abrió en una emergencia.').waitFor()
  await page.getByText(closing).waitFor()
  await look(stage, patient, 'glass-patient')
  await page.getByRole('button', { name: 'Lo he leído' }).click()
  await page.getByRole('link', { name: 'Accesos' }).click()
  const entry = page.locator('.entry-proven', { hasText: 'abrió un expediente en una emergencia' })
  await entry.getByText('recibo comprobado').waitFor()
  await entry.getByText('Emergencia', { exact: true }).waitFor()
  await page.getByText('Testigos: lo confirman 2 de 2').waitFor()
  expect(stage, 'an entry of break-glass is false', (await page.locator('.entry-false').count()) === 0)
  await look(stage, patient, 'glass-access')
  await owner.page.locator('.banner', { hasText: 'was opened in an emergency' }).getByRole('link').click()
  await owner.page.getByRole('button', { name: 'I have read this' }).click()
  await owner.page.getByText('The owner has not sealed the record anew yet.').waitFor()
  await night.page.goto(`${clinic.origin}/#/emergency`)
  await night.page.locator('.line', { hasText: about }).getByText('Reviewed').waitFor()
  await look(stage, night, 'glass-queue')
}

/** A set that waits: an officer is told, looks at who is who, and denies. */
async function vetoed(stage, clinic, { owner, night }) {
  const { page } = owner
  await page.goto(clinic.safeguard)
  for (const name of custodianNames.slice(0, 2)) await page.getByRole('checkbox', { name }).check()
  await page.getByLabel('What custodians and doctors read').fill(drill)
  await page.getByLabel('Waiting time before it opens').selectOption('15 minutes')
  await page.getByLabel('Witnesses that must confirm the log').selectOption('2')
  await page.getByLabel('This is for a drill').check()
  await page.getByRole('button', { name: 'Make the set' }).click()
  await page.getByText('The set is made.').waitFor()
  await page.goto(`${clinic.origin}/#/emergency`)
  await page.getByText('Who is on the list').click()
  await page
    .locator('li', { hasText: 'Dr. Noor Haddad' })
    .getByText(/^Device .{8}, Doctor$/)
    .waitFor()
  await page.getByText('Patients on it: 1. Of 2 officers, 1 must sign the next list.').waitFor()
  await look(stage, owner, 'glass-roster')
  await anew(clinic, night)
  const label = `${drill} · Dr. Ines Marte (Doctor) (Drill)`
  await night.page.getByLabel('Record', { exact: true }).selectOption({ label })
  await night.page.getByLabel('Who you are').fill('Dr. Noor Haddad')
  await night.page.getByLabel('Why, in words').fill('A drill.')
  await night.page.getByRole('button', { name: 'Sign and ask' }).click()
  await night.page.locator('[data-log=proven]').waitFor()
  const note = page.locator('.banner', { hasText: `Drill: A doctor asks for “${drill}”` })
  await note.getByText(/As an officer you can deny it until/).waitFor()
  await look(stage, owner, 'glass-veto')
  await note.getByRole('link').click()
  await page.getByText('Deny', { exact: true }).click()
  await page.getByRole('button', { name: 'Deny this request as an officer' }).click()
  await page.getByText('You denied it as an officer.').waitFor()
  await night.page.locator('[data-phase=denied]').waitFor()
  await night.page.getByText('Dr. Ines Marte denied it as an officer.').waitFor()
}

/** The screen reads when it opens. */
async function anew(clinic, { page }) {
  await page.goto(`${clinic.origin}/#/about`)
  await page.getByRole('link', { name: 'Emergency' }).click()
  await page.getByRole('heading', { name: 'Requests' }).waitFor()
}

/** The officers take who reviewed off the roster: that review is marked, and an officer is told that one is missing. */
async function unknownSigner(stage, clinic, { auditor, night, owner }) {
  const { page } = night
  const { kid } = await kidOf(auditor)
  const { roster } = clinic.roster
  const previous = rosterDigest(encodeUtf8(JSON.stringify(roster)))
  const people = roster.people.filter(person => person.kid !== kid)
  clinic.roster.roster = { ...roster, seq: 2, previous, people }
  await putRoster(clinic)
  await anew(clinic, night)
  const line = page.locator('.line', { hasText: about })
  await line.getByText('Signer unknown').waitFor()
  await line.click()
  await page.locator('.entry', { hasText: 'reviewed: Justified' }).locator('[data-signer=unknown]').waitFor()
  const marks = await page.locator('[data-signer=unknown]').count()
  expect(stage, 'signers whom the roster names are marked', marks === 2)
  await look(stage, night, 'glass-unknown')
  await anew(clinic, owner)
  await owner.page.locator('.banner', { hasText: 'waits for a review' }).getByRole('link').click()
  await judge(owner, 'The auditor has left; I looked at it again.')
  await owner.page.getByText('You reviewed: Justified').waitFor()
}
