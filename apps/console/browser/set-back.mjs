/** The clinic lost its disk: a new log, which people compare, and a device that came after the backup. */
import { keyWords } from '@chartseal/clinic/key-words'
import { pairByText } from './pairing.mjs'
import { enrol, newPerson, words } from './people.mjs'
import { expect, look, message, phone, write } from './stage.mjs'

const saysAfter = 'The clinic is back, and so are we.'

export async function clinicSetBack(stage) {
  const { clinic, doctor, findings, browser } = stage
  const backup = clinic.backUp()
  const late = await newPerson(browser, { name: 'Nadia Haddad', locale: 'en-GB', viewport: phone, findings })
  await enrol(late, clinic.invite('patient'), words.en)
  await pairByText(clinic, doctor, late)
  const told = await clinic.restoreWithNewLog(backup, `${new URL(clinic.origin).host}/log2`)
  const { log } = await (await fetch(`${clinic.origin}/v1/clinic`)).json()
  const inWords = keyWords(log.verifier_key)
  expect(stage, 'the operator is not told the new key in words', told.includes(inWords))
  for (const person of [doctor, late]) {
    const { page } = person
    await page.getByText(inWords).waitFor()
    await look(stage, person, `other-log-${person === doctor ? 'doctor' : 'patient'}`)
    await page
      .getByRole('button', { name: 'The clinic has told me these words: go on with the new log' })
      .click()
    await page.getByText(inWords).waitFor({ state: 'detached' })
  }
  await useInvitation(stage, late)
  await doctor.page.goto(`${clinic.origin}/#/home`)
  await doctor.page.getByRole('link', { name: /Nadia Haddad/ }).click()
  await write(doctor, 'Message to Nadia Haddad', 'Send', saysAfter)
  await message(late, saysAfter).waitFor()
  await late.context.close()
}

/** The clinic does not know this device: the same keys, by another invitation. */
async function useInvitation(stage, late) {
  const { page } = late
  await page.getByText('The clinic does not know this device').waitFor()
  await page.getByRole('link', { name: 'Tell the clinic of this device again' }).click()
  await page.getByLabel('Invitation link').fill(stage.clinic.invite('patient'))
  await look(stage, late, 'device-again')
  await page.getByRole('button', { name: 'Use this invitation' }).click()
  await page.getByText('The clinic does not know this device').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Messages' }).click()
}
