/**
 * A conference of a doctor and two patients at one real clinic: invited, joined, said, an emergency, words between two, a
 * server that is killed, a block, a page that is loaded anew, one who comes late, one who leaves, and the end. What a
 * person does often, they do by keyboard.
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
  late: 'Welcome to who came late.',
  second: 'An evening that ended elsewhere',
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
  const nora = await oneComesLate(stage, people)
  await oneLeaves(stage, people)
  await figuresOf(stage, people)
  await ended(stage, people)
  await endedElsewhere(stage, people)
  const all = [...Object.values(people), nora]
  stage.conferenceWire = all.flatMap(({ wire }) => wire)
  for (const { context } of all) await context.close()
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
  await rosa.page.getByRole('link', { name: 'Mensajes', exact: true }).waitFor()
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
  await doctor.page.getByLabel('How long it may last').selectOption({ label: '4 hours' })
  await doctor.page.getByRole('button', { name: 'Choose all' }).click()
  await doctor.page.getByText('Key agreement').first().click()
  await look(stage, doctor, 'conference-new')
  await doctor.page.getByRole('button', { name: 'Start and invite 2' }).click()
  await link(doctor, 'live').waitFor()
  const banner = rosa.page.getByText(`${doctorName} le invita a una conferencia`)
  await banner.waitFor()
  await look(stage, rosa, 'conference-banner')
  await rosa.page.locator('.banner').getByRole('link', { name: 'Abrir' }).click()
  await rosa.page.getByRole('button', { name: 'Entrar' }).waitFor()
  await look(stage, rosa, 'seat-invited')
  await tabTo(rosa.page, 'Entrar')
  await rosa.page.keyboard.press('Enter')
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

const hasFocus = ({ page }, selector) =>
  page.waitForFunction(wanted => document.activeElement?.matches(wanted) === true, selector)

/** The question has the focus; the button that says yes is the first one in it. */
async function answerYes(person) {
  const { page } = person
  await hasFocus(person, '.ask')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
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
  await answerYes(doctor)
  await hasFocus(doctor, '#say')
  for (const patient of [rosa, ulrich])
    await patient.page.getByRole('alert').filter({ hasText: conferenceSays.urgent }).waitFor()
  await ulrich.page.waitForFunction(() => document.title.startsWith('(!) '))
  await look(stage, ulrich, 'emergency-elsewhere')
  await look(stage, rosa, 'seat-emergency')
  for (const name of ['Rosa Prieto', 'Ulrich Ahrens'])
    await member(doctor, name, '[data-emergency=received]').waitFor()
  await look(stage, doctor, 'conference-who-has-it')
  await rosa.page.getByRole('button', { name: 'Lo he leído' }).click()
  await ulrich.page.getByRole('button', { name: 'I have read it' }).click()
  for (const patient of [rosa, ulrich])
    await patient.page.locator('.emergency').first().waitFor({ state: 'detached' })
  await ulrich.page.waitForFunction(() => !document.title.startsWith('(!)'))
  await ulrich.page.locator('.banner').getByRole('link', { name: 'Open' }).click()
  await word(ulrich, conferenceSays.urgent).waitFor()
}

async function betweenTwo(stage, { doctor, rosa, ulrich }) {
  await tabTo(rosa.page, `Solo para ${doctorName}`)
  await rosa.page.keyboard.type(conferenceSays.direct)
  await rosa.page.keyboard.press('Control+Enter')
  await word(rosa, conferenceSays.direct).and(rosa.page.locator('[data-state=received]')).waitFor()
  await tabTo(doctor.page, 'Answer Rosa Prieto')
  await doctor.page.keyboard.press('Enter')
  await hasFocus(doctor, 'textarea')
  await doctor.page.keyboard.type(conferenceSays.answer)
  await look(stage, doctor, 'conference-answer')
  await doctor.page.keyboard.press('Control+Enter')
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
  await tabTo(doctor.page, 'Block for 2 min: Rosa Prieto')
  await doctor.page.keyboard.press('Enter')
  await rosa.page.locator('[data-standing=blocked]').waitFor()
  await member(doctor, 'Rosa Prieto', '[data-state=blocked]').waitFor()
  await look(stage, rosa, 'seat-blocked')
  await look(stage, doctor, 'conference-blocked')
  await say(doctor, conferenceSays.blocked)
  await word(ulrich, conferenceSays.blocked).waitFor()
  await tabTo(doctor.page, 'End the block: Rosa Prieto')
  await doctor.page.keyboard.press('Enter')
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

/** Paired, invited and let in while it is on: they hear what is said from then on, and nothing of before. */
async function oneComesLate(stage, { doctor }) {
  const { browser, clinic, findings } = stage
  const options = { name: 'Nora Lindt', locale: 'en-GB', viewport: phone, findings }
  const nora = await newPerson(browser, options)
  await enrol(nora, clinic.invite('patient'), words.en)
  await pairByText(clinic, doctor, nora)
  await coverWithKit(nora, clinic)
  await nora.page.goto(`${clinic.origin}/#/home`)
  await doctor.page.locator('.banner').getByRole('link', { name: 'Open' }).click()
  await tabTo(doctor.page, 'Invite others')
  await doctor.page.keyboard.press('Enter')
  await tabTo(doctor.page, 'Nora Lindt')
  await doctor.page.keyboard.press('Space')
  await look(stage, doctor, 'conference-invite')
  await tabTo(doctor.page, 'Invite 1')
  await doctor.page.keyboard.press('Enter')
  await nora.page.locator('.banner').getByRole('link', { name: 'Open' }).click()
  await nora.page.getByRole('button', { name: 'Join' }).click()
  await link(nora, 'live').waitFor()
  await member(doctor, 'Nora Lindt', isIn).waitFor()
  await say(doctor, conferenceSays.late)
  await word(nora, conferenceSays.late).waitFor()
  const heard = await nora.page.locator('.words .message').count()
  expect(stage, 'who comes late hears what was said before', heard === 1)
  return nora
}

/** Whose question closed with the screen of before: the name of the screen has the focus, and is in view. */
const nameHasFocus = ({ page }) =>
  page.waitForFunction(() => {
    const { activeElement } = document
    return activeElement?.matches('h1') === true && activeElement.getBoundingClientRect().top >= 0
  })

async function oneLeaves(stage, { doctor, ulrich }) {
  await tabTo(ulrich.page, 'Leave')
  await ulrich.page.keyboard.press('Enter')
  await look(stage, ulrich, 'seat-leave')
  await answerYes(ulrich)
  await ulrich.page.getByText('You left').waitFor()
  await nameHasFocus(ulrich)
  await member(doctor, 'Ulrich Ahrens', '[data-state=left]').waitFor()
  await look(stage, ulrich, 'seat-left')
}

/** Both ends tell what they computed. */
async function figuresOf(stage, { doctor, rosa }) {
  const counted = primitive => `[data-primitive=${primitive}]:not([data-calls="0"])`
  await doctor.page.getByText('How long it takes').click()
  await rosa.page.getByText('Cuánto tarda').click()
  for (const primitive of ['agree', 'sign', 'seal']) await doctor.page.locator(counted(primitive)).waitFor()
  for (const primitive of ['verify', 'open']) await rosa.page.locator(counted(primitive)).waitFor()
  await look(stage, doctor, 'conference-figures')
  await look(stage, rosa, 'seat-figures')
}

async function ended(stage, { doctor, rosa }) {
  await tabTo(doctor.page, 'End the conference')
  await doctor.page.keyboard.press('Enter')
  await doctor.page.getByText('End it for all?').first().waitFor()
  await look(stage, doctor, 'conference-end')
  await answerYes(doctor)
  await doctor.page.locator('[role=status][data-state=ended]').waitFor()
  await nameHasFocus(doctor)
  await rosa.page.locator('[role=status][data-state=ended]').waitFor()
  await look(stage, doctor, 'conference-ended')
  await look(stage, rosa, 'seat-ended')
  await rosa.page.getByRole('link', { name: 'Todas las conferencias' }).click()
  await rosa.page.getByRole('link', { name: new RegExp(conferenceSays.title) }).waitFor()
  await look(stage, rosa, 'conferences')
  await forgotten(stage, rosa)
}

/** What is kept here goes after a second word. */
async function forgotten(stage, rosa) {
  const { page } = rosa
  await page.getByRole('link', { name: new RegExp(conferenceSays.title) }).click()
  await page.getByRole('button', { name: 'Quitar de este dispositivo' }).click()
  await page.getByText('Lo que se dijo en ella se borra aquí.').waitFor()
  await look(stage, rosa, 'seat-forget')
  await page.getByRole('button', { name: 'Borrarla aquí' }).click()
  await page.getByText('Aún ninguna.').waitFor()
}

/** The clinic says that another device has ended it: nothing can be done here any more, and the page says why. */
async function endedElsewhere(stage, { doctor }) {
  const { page } = doctor
  await page.getByRole('link', { name: 'All conferences' }).click()
  await page.getByLabel('Title, as your patients will see it').fill(conferenceSays.second)
  await page.getByRole('button', { name: 'Choose all' }).click()
  await page.getByRole('button', { name: 'Start and invite 3' }).click()
  await link(doctor, 'live').waitFor()
  await stage.clinic.kill()
  await link(doctor, 'dead').waitFor()
  const ended = JSON.stringify({
    type: 'about:blank',
    title: 'ended',
    status: 410,
    code: 'relay/ended',
    next: '',
  })
  await page.route('**/v1/conferences/*', route =>
    route.request().method() === 'PUT'
      ? route.fulfill({ status: 410, contentType: 'application/problem+json', body: ended })
      : route.continue(),
  )
  await stage.clinic.begin()
  await link(doctor, 'over').waitFor()
  await page.getByText('nobody invited or blocked').waitFor()
  const offered = page.getByRole('button', { name: /^(Say to all|Invite again)/ })
  expect(stage, 'nothing is offered on a conference that is over', (await offered.count()) === 4)
  for (const one of await offered.all())
    expect(stage, 'it can be used on a conference that is over', await one.isDisabled())
  await look(stage, doctor, 'conference-over')
  await page.unroute('**/v1/conferences/*')
  await tabTo(page, 'End the conference')
  await page.keyboard.press('Enter')
  await answerYes(doctor)
  await page.locator('[role=status][data-state=ended]').waitFor()
}
