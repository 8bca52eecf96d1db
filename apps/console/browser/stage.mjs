/** What the tasks share: the two people, the clinic, what was found, and small steps. */
import { checkAccess, passphrase } from './people.mjs'
import { lookAt } from './pictures.mjs'

export const phone = { width: 390, height: 844 }
export const desktop = { width: 1280, height: 800 }

/** Planted: nowhere outside of the two pages. */
export const doctorSays = 'Take 5 mg of amlodipine each morning.'
/** With what a page must not take for more than text. */
export const patientSays = 'Gracias: <b>hoy</b> 124/82, https://example.org/diario'
export const offlineSays = 'Esto lo escribí sin red.'
export const recordSays = 'planted content of a record, 4b81d2'
export const fileSays = 'planted content of an attachment, 7f3c9a'

/** One screen: no violation of axe at either width, light or dark, and pictures where they are wanted. */
export async function look(stage, person, screen) {
  await person.page.locator('h1').filter({ visible: true }).first().waitFor()
  const check = name => checkAccess(person, name, stage.findings)
  await lookAt(person, screen, stage.pictures, check, stage.pictureScale)
}

export function expect(stage, what, isSo) {
  if (!isSo) stage.findings.push(what)
}

/** What an act brings about: waited for from before the act, and given up with it. */
export async function during(waiting, act) {
  const [found] = await Promise.all([waiting, act()])
  return found
}

/** Waits for what must become so; what it is when it does not. */
export async function becomes(what, waiting) {
  await waiting.catch(error => {
    throw new Error(`${what}: ${error.message}`)
  })
}

export async function write({ page }, field, button, text) {
  await page.getByLabel(field).fill(text)
  await page.getByRole('button', { name: button, exact: true }).click()
}

export const message = ({ page }, text) => page.locator('.message', { hasText: text })

/** Everything that this person wrote in the thread on the screen was opened by the other side: nothing is on its way. */
export async function allOpened({ page }) {
  await page.locator('.message').first().waitFor()
  await page.waitForFunction(() => {
    const own = [...document.querySelectorAll('.message.own')]
    return own.every(({ dataset }) => dataset.state === 'opened')
  })
}

export async function unlock({ page }, { passphrase: label, unlock: button }) {
  await page.getByLabel(label, { exact: true }).fill(passphrase)
  await page.getByRole('button', { name: button, exact: true }).click()
  await page.getByRole('navigation').waitFor()
}
