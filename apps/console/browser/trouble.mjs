/** What does not open is asked for again; who is blocked; who came after the kit. */
import { allOpened, expect, look, message, write } from './stage.mjs'

const damagedSays = 'This one is changed on the way.'

/** The next message that the clinic gives has another byte than the one that was sent, as often as it is given. */
async function damageNext({ page }) {
  const lists = url => /^\/v1\/mailboxes\/[\w-]{22}$/.test(url.pathname) && url.searchParams.has('after')
  const damaged = new Set()
  await page.route(lists, async route => {
    const response = await route.fetch()
    const answer = await response.json()
    const messages = answer.messages ?? []
    if (damaged.size === 0) for (const { id } of messages) damaged.add(id)
    for (const one of messages.filter(({ id }) => damaged.has(id))) {
      const bytes = Buffer.from(one.body, 'base64url')
      bytes[60] ^= 1
      one.body = bytes.toString('base64url')
    }
    await route.fulfill({ response, json: answer })
  })
  return () => page.unroute(lists)
}

export async function askedAgain(stage) {
  const { doctor, patient } = stage
  await patient.page.getByRole('link', { name: 'Mensajes', exact: true }).click()
  // Word of what was opened before is not what is damaged.
  await allOpened(patient)
  const repair = await damageNext(patient)
  await write(doctor, 'Message to Rosa Weiss', 'Send', damagedSays)
  const ask = patient.page.getByRole('button', { name: 'Pedir a Dr. Ada Okafor que lo envíe otra vez' })
  await ask.waitFor()
  await look(stage, patient, 'thread-unopenable')
  await ask.click()
  await patient.page.getByText('Se pidió a Dr. Ada Okafor').waitFor()
  const wanted = message(doctor, damagedSays)
  await wanted.getByText('Rosa Weiss cannot open this message.').waitFor()
  await look(stage, doctor, 'thread-asked-again')
  await wanted.getByRole('button', { name: 'Send it again' }).click()
  await message(patient, damagedSays).waitFor()
  await wanted.and(doctor.page.locator('[data-state=opened]')).waitFor()
  expect(stage, 'it was sent again more than once', (await wanted.count()) === 2)
  await repair()
  await doctor.page.getByRole('button', { name: 'Send it again' }).waitFor({ state: 'detached' })
}

export async function blocked(stage) {
  const { doctor, patient } = stage
  await doctor.page.getByRole('button', { name: 'Block this person' }).click()
  await look(stage, doctor, 'thread-block')
  await doctor.page.getByRole('button', { name: 'Block Rosa Weiss' }).click()
  await doctor.page.getByText('You have blocked Rosa Weiss since').waitFor()
  await look(stage, doctor, 'thread-blocked')
  await doctor.page.locator('label.chip', { hasText: 'Blocked' }).click()
  await doctor.page.getByRole('link', { name: /Rosa Weiss/ }).waitFor()
  await doctor.page.locator('label.chip', { hasText: 'All' }).click()
  await patient.page.getByText('Dr. Ada Okafor no recibe mensajes aquí por ahora').waitFor()
  await look(stage, patient, 'thread-blocked-by-peer')
  expect(
    stage,
    'a message can be written to who blocks',
    (await patient.page.locator('#compose').count()) === 0,
  )
  await doctor.page.getByRole('button', { name: 'End the block' }).click()
  await write(doctor, 'Message to Rosa Weiss', 'Send', 'You can write to me again.')
  await message(patient, 'You can write to me again.').waitFor()
  await patient.page.getByLabel('Mensaje para Dr. Ada Okafor').waitFor()
}

/** A doctor whose kit is older than a pair writes to it at once, and is told what that means. */
export async function afterTheKit(stage) {
  const { doctor, other, clinic } = stage
  await doctor.page.goto(`${clinic.origin}/#/home`)
  await doctor.page.getByText('One person is not in your recovery kit.').waitFor()
  await doctor.page.getByRole('link', { name: /Ulrich Brandt/ }).click()
  await doctor.page.getByText('Ulrich Brandt is not in your recovery kit.').waitFor()
  await look(stage, doctor, 'thread-not-in-kit')
  await write(doctor, 'Message to Ulrich Brandt', 'Send', 'Welcome. Write here when you need me.')
  await message(other, 'Welcome. Write here when you need me.').waitFor()
  await other.page.getByText('No message leaves before').waitFor()
  await other.context.close()
}
