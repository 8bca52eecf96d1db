/** More messages than a screen shows first: all of them, in order, to be found, and none that moves what somebody reads. */
import { words } from './people.mjs'
import { becomes, expect, message, unlock, write } from './stage.mjs'

const count = 60
const numbered = Array.from({ length: count }, (_, i) => `Number ${i + 1} of ${count}.`)

const shown = ({ page }) => page.locator('.message .text').allTextContents()
const place = ({ page }) => page.locator('.messages').evaluate(({ scrollTop }) => scrollTop)

export async function longThread(stage) {
  const { doctor, patient } = stage
  const field = doctor.page.getByLabel('Message to Rosa Weiss')
  for (const text of numbered) {
    await field.fill(text)
    await field.press('Control+Enter')
    await doctor.page.waitForFunction(() => document.getElementById('compose')?.value === '')
  }
  await message(patient, numbered.at(-1)).waitFor()
  const before = await shown(patient)
  await patient.page.reload()
  await unlock(patient, words.es)
  await patient.page.waitForFunction(
    least => document.querySelectorAll('.message .text').length >= least,
    before.length,
  )
  const after = await shown(patient)
  expect(stage, 'a long thread is another one after unlocking', `${after}` === `${before}`)
  expect(stage, 'a long thread is out of order', `${after.slice(-count)}` === `${numbered}`)
  await becomes('the newest message is in view', isInView(patient, numbered.at(-1)))
  const isFound = await patient.page.evaluate(text => window.find(text), numbered[0])
  expect(stage, 'the browser does not find an older message', isFound)
  await readerStays(stage)
}

/** Whoever reads further up stays there when something comes, and is taken to the end when they write. */
async function readerStays(stage) {
  const { doctor, patient } = stage
  await patient.page.locator('.messages').evaluate(element => element.scrollTo(0, 40))
  const before = await place(patient)
  await write(doctor, 'Message to Rosa Weiss', 'Send', 'One more while you read.')
  await message(patient, 'One more while you read.').waitFor()
  expect(stage, 'a new message moves what somebody reads', (await place(patient)) === before)
  await write(patient, 'Mensaje para Dr. Ada Okafor', 'Enviar', 'Leído todo.')
  await becomes('an own message is in view', isInView(patient, 'Leído todo.'))
  await message(doctor, 'Leído todo.').waitFor()
}

/** Waits until the newest message says this, and is in view: what moves has come to rest. */
const isInView = ({ page }, text) =>
  page.waitForFunction(said => {
    const element = [...document.querySelectorAll('.message')].at(-1)
    if (!element?.textContent.includes(said)) return false
    const box = element.closest('.messages').getBoundingClientRect()
    const { top, bottom } = element.getBoundingClientRect()
    return top >= box.top - 1 && bottom <= box.bottom + 1
  }, text)
