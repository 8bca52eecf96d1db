/**
 * A care team at one real clinic: a doctor begins it with a patient, a nurse is added later and sees nothing of before, one is
 * away and catches up, a message waits without a network, the nurse is removed and sees nothing of what comes after, and the
 * patient leaves.
 */
import { coverWithKit } from './kits.mjs'
import { pairByText } from './pairing.mjs'
import { enrol, newPerson, words } from './people.mjs'
import { desktop, expect, look, message, phone, unlock } from './stage.mjs'
import { tabTo } from './unlocking.mjs'

const doctorName = 'Dr. Lena Vogt'
const nurseName = 'Nurse Tobi Adeyemi'
const patientName = 'Marta Ruiz'
/** Planted: nowhere outside of the three pages. */
export const teamSays = {
  title: 'Heart clinic, Marta',
  before: 'Before the nurse came: 148/95.',
  answer: 'Esta mañana 139/88, gracias.',
  together: 'Tobi will call you at five.',
  nurse: 'I call at five, Marta.',
  away: 'While your device was away.',
  offline: 'Esto lo escribí sin red, para el equipo.',
  after: 'Without the nurse from now on.',
}

export async function careTeam(stage) {
  const people = await threePeople(stage)
  await begun(stage, people)
  await nurseAdded(stage, people)
  await awayAndOffline(stage, people)
  await nurseRemoved(stage, people)
  await loadedAnew(stage, people)
  await patientLeaves(stage, people)
  const all = [people.doctor, people.nurse, people.marta]
  for (const { page, name } of all)
    expect(stage, `${name} is told of trouble`, (await page.locator('.banner.bad').count()) === 0)
  stage.teamWire = all.flatMap(({ wire }) => wire)
  for (const { context } of all) await context.close()
}

/** The nurse is paired with the doctor alone. */
async function threePeople({ browser, clinic, findings }) {
  const person = (name, locale, viewport) => newPerson(browser, { name, locale, viewport, findings })
  const doctor = await person(doctorName, 'en-GB', desktop)
  const nurse = await person(nurseName, 'en-GB', desktop)
  const marta = await person(patientName, 'en-GB', phone)
  await enrol(doctor, clinic.invite('doctor'), words.en)
  await enrol(nurse, clinic.invite('doctor'), words.en)
  await enrol(marta, clinic.invite('patient'), words.en)
  for (const other of [nurse, marta]) {
    await pairByText(clinic, doctor, other)
    await coverWithKit(other, clinic)
    await other.page.goto(`${clinic.origin}/#/home`)
  }
  await coverWithKit(doctor, clinic)
  await marta.page.getByLabel('Language').selectOption('es')
  await marta.page.getByRole('link', { name: 'Mensajes', exact: true }).waitFor()
  return { doctor, nurse, marta }
}

const line = ({ page }, text) => page.locator('.messages .message', { hasText: text })
const event = ({ page }, kind) => page.locator(`[data-event=${kind}]`)
const inState = ({ page }, state) => page.locator(`section[data-team=${state}]`)

async function say({ page }, text) {
  const field = page.locator('#team-write')
  await field.fill(text)
  await field.press('Control+Enter')
  await page.waitForFunction(() => document.getElementById('team-write')?.value === '')
}

const delivered = (person, text) => line(person, text).and(person.page.locator('[data-state=delivered]'))

async function begun(stage, { doctor, marta }) {
  await doctor.page.goto(`${stage.clinic.origin}/#/home`)
  await doctor.page.getByRole('link', { name: 'Care teams' }).click()
  await doctor.page.getByLabel('Title, as everybody in it will see it').fill(teamSays.title)
  await doctor.page.getByLabel(new RegExp(patientName)).check()
  await look(stage, doctor, 'team-new')
  await doctor.page.getByRole('button', { name: 'Start and invite 1' }).click()
  await inState(doctor, 'in').waitFor()
  await message(marta, teamSays.title).getByRole('link', { name: 'Al equipo de atención' }).click()
  await inState(marta, 'invited').waitFor()
  await look(stage, marta, 'team-invited')
  await marta.page.getByRole('button', { name: 'Entrar' }).click()
  await inState(marta, 'in').waitFor()
  await event(doctor, 'added').waitFor()
  await tabTo(doctor.page, `To ${patientName}`)
  await doctor.page.keyboard.type(teamSays.before)
  await doctor.page.keyboard.press('Control+Enter')
  await line(marta, teamSays.before).waitFor()
  await say(marta, teamSays.answer)
  await line(doctor, teamSays.answer).waitFor()
  await delivered(doctor, teamSays.before).waitFor()
}

async function openMembers({ page }, name) {
  const panel = page.locator('.team-members')
  if ((await panel.getAttribute('open')) === null) await panel.locator('summary').click()
  return panel.locator(`[data-member="${name}"]`)
}

async function nurseAdded(stage, { doctor, nurse, marta }) {
  await openMembers(doctor, doctorName)
  await doctor.page.getByRole('button', { name: 'Add somebody' }).click()
  await doctor.page.waitForFunction(() => document.activeElement?.matches('.team-members form') === true)
  await doctor.page.getByLabel(new RegExp(nurseName)).check()
  await look(stage, doctor, 'team-add')
  await doctor.page.getByRole('button', { name: 'Invite 1' }).click()
  await doctor.page.locator(`[data-member="${nurseName}"][data-state=invited]`).waitFor()
  await nurse.page.getByRole('link', { name: `${teamSays.title} invitation` }).click()
  await nurse.page.getByRole('button', { name: 'Join' }).click()
  await inState(nurse, 'in').waitFor()
  await doctor.page.locator(`[data-member="${nurseName}"][data-state=in]`).waitFor()
  await look(stage, doctor, 'team-members')
  await (await openMembers(doctor, doctorName)).waitFor()
  await doctor.page.locator('.team-members summary').click()
  await say(doctor, teamSays.together)
  for (const one of [nurse, marta]) await line(one, teamSays.together).waitFor()
  await say(nurse, teamSays.nurse)
  for (const one of [doctor, marta]) await line(one, teamSays.nurse).waitFor()
  for (const text of [teamSays.before, teamSays.answer])
    expect(stage, 'who came later sees what was before', (await line(nurse, text).count()) === 0)
  await delivered(nurse, teamSays.nurse).waitFor()
  await look(stage, nurse, 'team-nurse')
  await openMembers(marta, doctorName)
  await look(stage, marta, 'team-members-patient')
  await marta.page.locator('.team-members summary').click()
  await look(stage, marta, 'team-patient')
}

/** One device is locked while others write; then the network is gone where somebody writes. */
async function awayAndOffline(stage, { doctor, nurse, marta }) {
  await marta.page.getByRole('button', { name: 'Bloquear' }).click()
  await marta.page.getByLabel('Frase de paso', { exact: true }).waitFor()
  await say(doctor, teamSays.away)
  await line(nurse, teamSays.away).waitFor()
  await line(doctor, teamSays.away).getByText('delivered to 1 of 2').waitFor()
  await look(stage, doctor, 'team-one-of-two')
  await unlock(marta, words.es)
  await line(marta, teamSays.away).waitFor()
  await delivered(doctor, teamSays.away).waitFor()
  await marta.context.setOffline(true)
  await say(marta, teamSays.offline)
  await line(marta, teamSays.offline).and(marta.page.locator('[data-state=sealed]')).waitFor()
  await look(stage, marta, 'team-offline')
  await marta.context.setOffline(false)
  for (const one of [doctor, nurse]) await line(one, teamSays.offline).waitFor()
  await delivered(marta, teamSays.offline).waitFor()
}

/** By keyboard, with what it does and does not do before one's eyes. */
async function nurseRemoved(stage, { doctor, nurse, marta }) {
  const row = await openMembers(doctor, nurseName)
  await row.getByRole('button', { name: `Remove: ${nurseName}` }).focus()
  await doctor.page.keyboard.press('Enter')
  await doctor.page.getByText('They cannot open what is written from now on.').waitFor()
  await look(stage, doctor, 'team-remove')
  // The question has the focus; the button that removes is the first one in it.
  await doctor.page.waitForFunction(() => document.activeElement?.matches('.ask') === true)
  await doctor.page.keyboard.press('Tab')
  await doctor.page.keyboard.press('Enter')
  await row.waitFor({ state: 'detached' })
  await inState(nurse, 'removed').waitFor()
  await event(marta, 'removed').waitFor()
  await doctor.page.locator('.team-members summary').click()
  await say(doctor, teamSays.after)
  await line(marta, teamSays.after).waitFor()
  await delivered(doctor, teamSays.after).waitFor()
  await nurse.page.reload()
  await unlock(nurse, words.en)
  await inState(nurse, 'removed').waitFor()
  await line(nurse, teamSays.offline).waitFor()
  const seen = await line(nurse, teamSays.after).count()
  expect(stage, 'who was removed sees what came after', seen === 0)
  await look(stage, nurse, 'team-removed')
}

async function loadedAnew(stage, { marta, doctor }) {
  await marta.page.reload()
  await unlock(marta, words.es)
  for (const text of [teamSays.before, teamSays.answer, teamSays.nurse, teamSays.offline, teamSays.after]) {
    await line(marta, text).waitFor()
    expect(stage, `it is there ${text} more than once`, (await line(marta, text).count()) === 1)
  }
  await doctor.page.getByRole('link', { name: 'Patients' }).click()
  const inList = doctor.page.getByRole('link', { name: `${teamSays.title} care team` })
  await inList.waitFor()
  await look(stage, doctor, 'team-in-list')
  await inList.click()
  await inState(doctor, 'in').waitFor()
}

async function patientLeaves(stage, { doctor, marta }) {
  await openMembers(marta, doctorName)
  await marta.page.getByRole('button', { name: 'Salir', exact: true }).click()
  await look(stage, marta, 'team-leave')
  await marta.page.locator('.ask').getByRole('button', { name: 'Salir', exact: true }).click()
  await inState(marta, 'left').waitFor()
  await event(doctor, 'left').waitFor()
  await look(stage, marta, 'team-left')
  await look(stage, doctor, 'team-doctor')
  await forgotten(stage, marta)
}

/** What is kept here goes after a second word. */
async function forgotten(stage, { page }) {
  await page.getByRole('button', { name: 'Quitar de este dispositivo' }).click()
  await page.getByText('Lo que se escribió en él se borra aquí.').waitFor()
  await page.getByRole('button', { name: 'Borrarlo aquí' }).click()
  await page.getByText('Aún no hay ninguno.').waitFor()
  expect(stage, 'a care team that was erased is listed', (await page.locator('.list .line').count()) === 0)
}
