/** Ways in: passkeys that work, cannot, and are lost; the passphrase; and a whole task by keyboard alone. */
import { passphrase, words } from './people.mjs'
import { during, expect, look, message, unlock } from './stage.mjs'

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

export async function passkeys(stage) {
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
  await mistypedChange(stage)
  const second = await doctor.context.newPage()
  await second.goto(clinic.origin)
  await second.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await second.getByRole('button', { name: 'Unlock', exact: true }).click()
  await second.getByRole('navigation').waitFor()
  await page.getByRole('button', { name: 'Lock now' }).click()
  await second.getByRole('heading', { name: 'Unlock' }).waitFor()
  await second.close()
  await look(stage, doctor, 'unlock')
  await page.getByRole('link', { name: 'Recovery kit' }).click()
  await page.getByText('Ask the clinic for a new invitation.').waitFor()
  await look(stage, doctor, 'kit-way')
  await page.goto(`${clinic.origin}/#/device`)
  await page.getByRole('button', { name: 'Unlock with passkey' }).click()
  await page.getByRole('button', { name: 'Lock now' }).click()
  await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
  await session.send('WebAuthn.addVirtualAuthenticator', authenticator(true))
  await page.getByRole('button', { name: 'Unlock with passkey' }).click()
  await page.getByText('The passkey was not used').waitFor()
  await page.getByLabel('Passphrase', { exact: true }).fill('another passphrase')
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByText(words.en.wrong).waitFor()
  await look(stage, doctor, 'unlock-wrong')
  expect(stage, 'a wrong passphrase cannot be typed again at once', (await focusOf(page)) === 'passphrase')
  await unlock(doctor, words.en)
}

const focusOf = page => page.evaluate(() => document.activeElement.id || document.activeElement.textContent)

/** A new passphrase counts when it was typed twice, by whoever knows the one before. */
async function mistypedChange(stage) {
  const { page } = stage.doctor
  const change = page.locator('details', { hasText: 'Change the passphrase' })
  await change.locator('summary').click()
  await change.getByLabel('Current passphrase').fill('another passphrase')
  await change.getByLabel('New passphrase').fill('eight quiet herons crossed')
  const [again, go] = [change.getByLabel('Passphrase once more'), change.getByRole('button')]
  await again.fill('eight quite herons crossed')
  await go.click()
  await change.getByText('The two passphrases differ.').waitFor()
  await again.fill('eight quiet herons crossed')
  await go.click()
  await change.getByText(words.en.wrong).waitFor()
  expect(stage, 'what was pressed has lost the focus', (await focusOf(page)) === 'Change the passphrase')
}

/** A passkey that can unlock, beside the passphrase. */
export async function usePasskey({ page, devTools }, { origin }) {
  await devTools.send('WebAuthn.enable')
  await devTools.send('WebAuthn.addVirtualAuthenticator', authenticator(true))
  await page.goto(`${origin}/#/device`)
  await addPasskey(page)
  await page.getByText('Passkey and passphrase.').waitFor()
}

async function addPasskey(page) {
  await page.getByLabel('Current passphrase').first().fill(passphrase)
  await page.locator('form').getByRole('button', { name: 'Add a passkey' }).click()
}

/** From a locked page to a message that left, without a pointer. */
export async function keyboardOnly(stage) {
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
  // From then on the page hears keys.
  await headingHasFocus(page)
  await page.keyboard.press('/')
  await page.keyboard.type('rosa')
  await tabTo(page, 'Rosa Weiss')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Messages with Rosa Weiss' }).waitFor()
  await headingHasFocus(page)
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

const headingHasFocus = page => page.waitForFunction(() => document.activeElement?.tagName === 'H1')

/** A record is shared, and taken back, without a pointer. */
export async function recordByKeyboard({ doctor }) {
  const { page } = doctor
  await tabTo(page, 'Records')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Shared by you' }).waitFor()
  await tabTo(page, 'Share a record')
  await page.keyboard.press('Enter')
  await page.getByText('Drop a file here, or choose one.').waitFor()
  const buffer = Buffer.from('Chosen with keys alone.')
  const chooser = await chosenByKeys(page, 'Choose a file')
  await chooser.setFiles({ name: 'teclado.txt', mimeType: 'text/plain', buffer })
  await tabTo(page, 'Rosa Weiss')
  await page.keyboard.press('Space')
  await tabTo(page, 'Seal and share with Rosa Weiss')
  await page.keyboard.press('Enter')
  await page.locator('[role=status][data-state=shared]').waitFor()
  await tabTo(page, 'Take it back from Rosa Weiss')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.matches('.statement') === true)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByText('Nobody any more.').waitFor()
  await tabTo(page, 'Patients')
  await page.keyboard.press('Enter')
  await page.getByLabel('Search by name').waitFor()
}

/** The browser is told long before the key that its choice of a file is ours: told beside the key, it may be told too late. */
function chosenByKeys(page, name) {
  return during(page.waitForEvent('filechooser'), async () => {
    await tabTo(page, name)
    await page.keyboard.press('Enter')
  })
}

/** Presses Tab until what has the focus is called so. */
export async function tabTo(page, name) {
  for (let left = 40; left > 0; left--) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      if (element === document.body || element?.id === 'main') return ''
      // What is around others is not called as they are.
      const own = element?.matches('a, button, summary') === true ? element.textContent : ''
      return `${element?.getAttribute('aria-label') ?? ''} ${element?.labels?.[0]?.textContent ?? ''} ${own}`
    })
    if (focused.includes(name)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach “${name}”`)
}
