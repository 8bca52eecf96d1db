/**
 * A conference of a doctor and two patients at one real clinic: invited, joined, said, an emergency, words between two, a
 * server that is killed, a block, a page that is loaded anew, one who leaves, and the end.
 */
import { coverWithKit } from './kits.mjs'
import { pairByText } from './pairing.mjs'
import { enrol, newPerson, words } from './people.mjs'
import { desktop, expect, look, message, phone, unlock } from './stage.mjs'
import { tabTo } from './unlocking.mjs'

const doctorName = 'Dr. Ines Marta'
/** Planted: nowhere outside of the three pages. */
export const conferenceSays = {
  title: 'Blood pressure evening',
  first: 'Please sit down and measure twice.',
  urgent: 'Stop taking the white tablets at once.',
  direct: 'Tomé una esta mañana.',
  answer: 'Call me now: I am at the desk.',
  after: 'We go on after the break.',
  blocked: 'This is not for who is blocked.',
  both: 'All of you again, welcome.',
  resumed: 'My page was loaded anew.',
}

export async function conference(stage) {
  const people = await threePeople(stage)
  await invited(stage, people)
  await said(stage, people)
  await urgent(stage, people)
  await betweenTwo(stage, people)
  await serverKilled(stage, people)
  await oneBlocked(stage, people)
  await loadedAnew(stage, people)
  await oneLeaves(stage, people)
  await ended(stage, people)
  stage.conferenceWire = [people.doctor, people.rosa, people.ulrich].flatMap(({ wire }) => wire)
  for (const { context } of [people.doctor, people.rosa, people.ulrich]) await context.close()
}

async function threePeople({ browser, clinic, findings }) {
  const person = (name, locale, viewport) => newPerson(browser, { name, locale, viewport, findings })
  const doctor = await person(doctorName, 'en-GB', desktop)
  const rosa = await person('Rosa Prieto', 'en-GB', phone)
  const ulrich = await person('Ulrich Ahrens', 'en-GB', phone)
  await enrol(doctor, clinic.invite('doctor'), words.en)
  for (const patient of [rosa, ulrich]) {
    await enrol(patient, clinic.invite('patient'), words.en)
    await pairByText(clinic, doctor, patient)
    await coverWithKit(patient, clinic)
    await patient.page.goto(`${clinic.origin}/#/home`)
  }
  await coverWithKit(doctor, clinic)
  await rosa.page.getByLabel('Language').selectOption('es')
  await rosa.page.getByRole('link', { name: 'Mensajes' }).waitFor()
  return { doctor, rosa, ulrich }
}

const link = ({ page }, state) => page.locator(`[data-link=${state}]`)
const member = ({ page }, name, states) => page.locator(`[data-member="${name}"]`).and(page.locator(states))
const isIn = '[data-state=here], [data-state=behind]'
const word = ({ page }, text) => page.locator('.words .message', { hasText: text })

/** Both patients are in the list as those who are here. */
async function bothHere(doctor) {
  for (const name of ['Rosa Prieto', 'Ulrich Ahrens']) await member(doctor, name, isIn).waitFor()
}

async function say({ page }, text) {
  const field = page.getByLabel('To all who are here')
  await field.fill(text)
  await field.press('Control+Enter')
  await page.waitForFunction(() => document.getElementById('say')?.value === '')
}

async function invited(stage, { doctor, rosa, ulrich }) {
  await doctor.page.goto(`${stage.clinic.origin}/#/home`)
  await doctor.page.getByRole('link', { name: 'Conference', exact: true }).click()
  await doctor.page.getByLabel('Title, as your patients will see it').fill(conferenceSays.title)
  await doctor.page.getByRole('button', { name: 'Choose all' }).click()
  await look(stage, doctor, 'conference-new')
  await doctor.page.getByRole('button', { name: 'Start and invite 2' }).click()
  await link(doctor, 'live').waitFor()
  const banner = rosa.page.getByText(`${doctorName} le invita a una conferencia`)
  await banner.waitFor()
  await look(stage, rosa, 'conference-banner')
  await rosa.page.locator('.banner').getByRole('link', { name: 'Abrir' }).click()
  await rosa.page.getByRole('button', { name: 'Entrar' }).waitFor()
  await look(stage, rosa, 'seat-invited')
  await rosa.page.getByRole('button', { name: 'Entrar' }).click()
  await message(ulrich, conferenceSays.title).getByRole('link', { name: 'To the conference' }).click()
  await ulrich.page.getByRole('button', { name: 'Join' }).click()
  for (const patient of [rosa, ulrich]) await link(patient, 'live').waitFor()
  await bothHere(doctor)
}

async function said(stage, { doctor, rosa, ulrich }) {
  await tabTo(doctor.page, 'To all who are here')
  await doctor.page.keyboard.type(conferenceSays.first)
  await doctor.page.keyboard.press('Control+Enter')
  for (const patient of [rosa, ulrich]) await word(patient, conferenceSays.first).waitFor()
  await doctor.page.getByText('has heard all').nth(1).waitFor()
  await look(stage, doctor, 'conference-live')
  await look(stage, rosa, 'seat-live')
}

/** By keyboard, while one patient looks at another screen. */
async function urgent(stage, { doctor, rosa, ulrich }) {
  await ulrich.page.getByRole('link', { name: 'Info' }).click()
  await ulrich.page.getByRole('heading', { name: 'About' }).or(ulrich.page.locator('h1')).first().waitFor()
  await tabTo(doctor.page, 'To all who are here')
  await doctor.page.keyboard.type(conferenceSays.urgent)
  await tabTo(doctor.page, 'As an emergency')
  await doctor.page.keyboard.press('Enter')
  await doctor.page.getByText('it stands above whatever is open').waitFor()
  await look(stage, doctor, 'conference-emergency')
  expect(
    stage,
    'an emergency is said before it is confirmed',
    (await word(doctor, conferenceSays.urgent).count()) === 0,
  )
  // The question has the focus; the button that says it is the first one in it.
  await doctor.page.waitForFunction(() => document.activeElement?.matches('.ask') === true)
  await doctor.page.keyboard.press('Tab')
  await doctor.page.keyboard.press('Enter')
  for (const patient of [rosa, ulrich])
    await patient.page.getByRole('alert').filter({ hasText: conferenceSays.urgent }).waitFor()
  await look(stage, ulrich, 'emergency-elsewhere')
  await look(stage, rosa, 'seat-emergency')
  for (const name of ['Rosa Prieto', 'Ulrich Ahrens'])
    await member(doctor, name, '[data-emergency=received]').waitFor()
  await look(stage, doctor, 'conference-who-has-it')
  await rosa.page.getByRole('button', { name: 'Lo he leído' }).click()
  await ulrich.page.getByRole('button', { name: 'I have read it' }).click()
  for (const patient of [rosa, ulrich])
    await patient.page.locator('.emergency').first().waitFor({ state: 'detached' })
  await ulrich.page.locator('.banner').getByRole('link', { name: 'Open' }).click()
  await word(ulrich, conferenceSays.urgent).waitFor()
}

async function betweenTwo(stage, { doctor, rosa, ulrich }) {
  await rosa.page.getByLabel(`Solo para ${doctorName}`).fill(conferenceSays.direct)
  await rosa.page.getByRole('button', { name: 'Enviar' }).click()
  await word(rosa, conferenceSays.direct).and(rosa.page.locator('[data-state=received]')).waitFor()
  await doctor.page.getByRole('button', { name: 'Answer Rosa Prieto' }).click()
  await doctor.page.getByLabel('Answer to Rosa Prieto alone').fill(conferenceSays.answer)
  await look(stage, doctor, 'conference-answer')
  await doctor.page.getByRole('button', { name: 'Send the answer' }).click()
  await word(rosa, conferenceSays.answer).waitFor()
  await word(doctor, conferenceSays.answer).and(doctor.page.locator('[data-state=received]')).waitFor()
  for (const text of [conferenceSays.direct, conferenceSays.answer])
    expect(stage, 'a word between two is heard by a third', (await word(ulrich, text).count()) === 0)
}

/** Killed as by a power cut: everybody sees it, and comes back without being asked. */
async function serverKilled(stage, { doctor, rosa, ulrich }) {
  await stage.clinic.kill()
  for (const one of [doctor, rosa, ulrich]) await link(one, 'dead').waitFor()
  await look(stage, doctor, 'conference-dead')
  await look(stage, rosa, 'seat-dead')
  await stage.clinic.begin()
  for (const one of [doctor, rosa, ulrich]) await link(one, 'live').waitFor()
  await bothHere(doctor)
  await say(doctor, conferenceSays.after)
  for (const patient of [rosa, ulrich]) await word(patient, conferenceSays.after).waitFor()
}

async function oneBlocked(stage, { doctor, rosa, ulrich }) {
  await doctor.page.getByRole('button', { name: /^Block: Rosa Prieto/ }).click()
  await rosa.page.locator('[data-standing=blocked]').waitFor()
  await member(doctor, 'Rosa Prieto', '[data-state=blocked]').waitFor()
  await look(stage, rosa, 'seat-blocked')
  await look(stage, doctor, 'conference-blocked')
  await say(doctor, conferenceSays.blocked)
  await word(ulrich, conferenceSays.blocked).waitFor()
  await doctor.page.getByRole('button', { name: 'End the block: Rosa Prieto' }).click()
  await bothHere(doctor)
  await say(doctor, conferenceSays.both)
  for (const patient of [rosa, ulrich]) await word(patient, conferenceSays.both).waitFor()
  const heard = await word(rosa, conferenceSays.blocked).count()
  expect(stage, 'who is blocked hears what was said meanwhile', heard === 0)
}

/** The page goes without a word, and the conference goes on once it is unlocked again. */
async function loadedAnew(stage, { doctor, rosa, ulrich }) {
  await doctor.page.reload()
  await unlock(doctor, words.en)
  await link(doctor, 'live').waitFor()
  await bothHere(doctor)
  await say(doctor, conferenceSays.resumed)
  for (const patient of [rosa, ulrich]) await word(patient, conferenceSays.resumed).waitFor()
  for (const text of [conferenceSays.first, conferenceSays.after, conferenceSays.resumed])
    expect(stage, `it is there ${text} more than once`, (await word(rosa, text).count()) === 1)
}

async function oneLeaves(stage, { doctor, ulrich }) {
  await ulrich.page.getByRole('button', { name: 'Leave', exact: true }).click()
  await look(stage, ulrich, 'seat-leave')
  await ulrich.page.getByRole('button', { name: 'Leave it' }).click()
  await ulrich.page.getByText('You left').waitFor()
  await member(doctor, 'Ulrich Ahrens', '[data-state=left]').waitFor()
  await look(stage, ulrich, 'seat-left')
}

async function ended(stage, { doctor, rosa }) {
  await doctor.page.getByRole('button', { name: 'End the conference' }).click()
  await doctor.page.getByText('End it for all?').first().waitFor()
  await look(stage, doctor, 'conference-end')
  await doctor.page.getByRole('button', { name: 'End it for all' }).click()
  await doctor.page.locator('[role=status][data-state=ended]').waitFor()
  await rosa.page.locator('[role=status][data-state=ended]').waitFor()
  await look(stage, doctor, 'conference-ended')
  await look(stage, rosa, 'seat-ended')
  await rosa.page.getByRole('link', { name: 'Todas las conferencias' }).click()
  await rosa.page.getByRole('link', { name: new RegExp(conferenceSays.title) }).waitFor()
  await look(stage, rosa, 'conferences')
}
