/** What people wait for with a long thread, timed in the page; that all of it is there, in order, is looked at first. */
import { coverWithKit } from './kits.mjs'
import { pairByText } from './pairing.mjs'
import { enrol, newPerson, passphrase, words } from './people.mjs'
import { desktop } from './stage.mjs'
import { usePasskey } from './unlocking.mjs'

const messages = 500
const atOnce = 25

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Two people at one clinic with a thread of 500 messages, by turns; gives what they said, in its order. */
async function longThread({ browser, clinic, say }) {
  const findings = []
  const person = name => newPerson(browser, { name, locale: 'en-GB', viewport: desktop, findings })
  const doctor = await person('Dr. Ada Okafor')
  const patient = await person('Rosa Weiss')
  await enrol(doctor, clinic.invite('doctor'), words.en)
  await enrol(patient, clinic.invite('patient'), words.en)
  await pairByText(clinic, doctor, patient)
  for (const one of [doctor, patient]) await coverWithKit(one, clinic)
  await doctor.page.goto(`${clinic.origin}/#/home`)
  await doctor.page.getByRole('link', { name: /Rosa Weiss/ }).click()
  await patient.page.goto(`${clinic.origin}/#/home`)
  const said = Array.from({ length: messages }, (_, i) => `${i + 1}. ${sentences[i % sentences.length]}`)
  for (let from = 0; from < messages; from += atOnce) {
    const isDoctor = (from / atOnce) % 2 === 0
    const [writer, reader] = isDoctor ? [doctor, patient] : [patient, doctor]
    await writeAll(writer, isDoctor ? patient.name : doctor.name, said.slice(from, from + atOnce))
    await lastIs(reader, said[from + atOnce - 1])
    if ((from + atOnce) % 100 === 0) say(`${from + atOnce} messages written`)
  }
  return { doctor, said, findings }
}

const sentences = [
  'This morning 124 over 82, pulse 68.',
  'Good. Please keep to 5 mg and measure again on Friday before breakfast.',
  'I slept badly and forgot the evening tablet.',
  'One tablet that was forgotten does no harm: go on as usual, do not take two.',
  'Thank you, I will write again on Friday.',
]

async function writeAll({ page }, to, texts) {
  const field = page.getByLabel(`Message to ${to}`)
  for (const text of texts) {
    await field.fill(text)
    await field.press('Control+Enter')
    await page.waitForFunction(() => document.getElementById('compose')?.value === '')
  }
  await lastIs({ page }, texts.at(-1))
}

const lastIs = ({ page }, text) =>
  page.waitForFunction(
    last => [...document.querySelectorAll('.message .text')].at(-1)?.textContent === last,
    text,
  )

const shown = ({ page }) => page.locator('.message .text').allTextContents()

function requireSame(texts, said) {
  const at = said.findIndex((text, i) => texts[i] !== text)
  if (at >= 0 || texts.length !== said.length)
    throw new Error(
      `the thread must show ${said.length} messages in order: has ${texts.length}, differs at ${at}`,
    )
}

const ways = {
  passphrase: async ({ page }) => {
    const field = page.getByLabel('Passphrase', { exact: true })
    await field.fill(passphrase)
    return field
  },
  passkey: async ({ page }) => {
    const button = page.getByRole('button', { name: 'Unlock with passkey' })
    await button.waitFor()
    return button
  },
}

/** From the press that unlocks until the newest message was painted, and until all of them were. */
async function unlockOnce(person, said, way) {
  const { page } = person
  await page.reload()
  const pressed = await ways[way](person)
  await page.evaluate(watchThread, { last: said.at(-1), count: said.length })
  await pressed.press('Enter')
  await page.waitForFunction(() => window.seen?.allMs > 0, null, { polling: 200 })
  requireSame(await shown(person), said)
  return page.evaluate(() => window.seen)
}

/** Runs in the page. A frame that was drawn is over when the task behind it runs. */
function watchThread({ last, count }) {
  const seen = { newestMs: 0, allMs: 0 }
  window.seen = seen
  let startMs = 0
  addEventListener('keydown', () => (startMs = performance.now()), { capture: true, once: true })
  const isVisible = element => {
    const box = element.getBoundingClientRect()
    return box.height > 0 && box.bottom > 0 && box.top < innerHeight
  }
  const look = () => {
    const texts = document.querySelectorAll('.message .text')
    const newest = texts[texts.length - 1]
    const isNewest = newest?.textContent === last && isVisible(newest)
    setTimeout(() => {
      const ms = performance.now() - startMs
      if (isNewest && seen.newestMs === 0) seen.newestMs = ms
      if (isNewest && texts.length === count) seen.allMs = ms
      else requestAnimationFrame(look)
    }, 0)
  }
  requestAnimationFrame(look)
}

/** From the key that sends until the message was painted. */
async function sendOnce({ page }, i) {
  const text = `Sent ${i}.`
  const field = page.getByLabel('Message to Rosa Weiss')
  await field.fill(text)
  await page.evaluate(watchSend, text)
  await field.press('Control+Enter')
  await page.waitForFunction(() => window.sentMs > 0)
  return page.evaluate(() => window.sentMs)
}

/** Runs in the page. */
function watchSend(text) {
  window.sentMs = 0
  let startMs = 0
  addEventListener('keydown', () => (startMs = performance.now()), { capture: true, once: true })
  const look = () => {
    const is = [...document.querySelectorAll('.message .text')].at(-1)?.textContent === text
    if (!is) return requestAnimationFrame(look)
    setTimeout(() => (window.sentMs = performance.now() - startMs), 0)
  }
  requestAnimationFrame(look)
}

const spread = values => ({ median: median(values), min: Math.min(...values), max: Math.max(...values) })

/** So often, behind one that warms up. */
async function several(samples, once) {
  await once(-1)
  const seen = []
  for (let i = 0; i < samples; i++) seen.push(await once(i))
  return seen
}

/** Medians in milliseconds, each with the least and the most. */
export async function threadFigures({ browser, clinic, samples, say }) {
  const { doctor, said, findings } = await longThread({ browser, clinic, say })
  const thread = doctor.page.url()
  const byPassphrase = await several(samples, () => unlockOnce(doctor, said, 'passphrase'))
  await usePasskey(doctor, clinic)
  await doctor.page.goto(thread)
  const byPasskey = await several(samples, () => unlockOnce(doctor, said, 'passkey'))
  const sends = await several(samples, i => sendOnce(doctor, i))
  if (findings.length > 0) throw new Error(findings.join('\n'))
  return {
    newestByPassphrase: spread(byPassphrase.map(({ newestMs }) => newestMs)),
    allByPassphrase: spread(byPassphrase.map(({ allMs }) => allMs)),
    allByPasskey: spread(byPasskey.map(({ allMs }) => allMs)),
    send: spread(sends),
  }
}
