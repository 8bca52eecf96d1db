/** A part of the page that does not come: the person reads what to do, and nothing is lost. */

import { newPerson, passphrase, words } from './people.mjs'
import { expect, phone } from './stage.mjs'

const isPart = url => /\/assets\/unlocked-[\w-]+\.js$/.test(url.pathname)

export async function partMissing(stage) {
  const { browser, clinic, findings } = stage
  const person = await newPerson(browser, {
    name: 'Lena Roth',
    locale: 'en-GB',
    viewport: phone,
    findings,
    // Which would fetch each part before anybody needs it.
    serviceWorkers: 'block',
  })
  const { page } = person
  const begin = async () => {
    await page.getByLabel(words.en.name).fill(person.name)
    await page.getByLabel(words.en.passphrase, { exact: true }).fill(passphrase)
    await page.getByLabel(words.en.again).fill(passphrase)
    await page.getByRole('button', { name: words.en.make }).click()
  }
  await page.route(isPart, route => route.abort())
  await page.goto(clinic.invite('patient'))
  await begin()
  await page.getByRole('alert').getByText('A part of this page did not load.').waitFor()
  await page.unroute(isPart)
  const link = clinic.invite('patient')
  await page.goto('about:blank')
  await page.goto(link)
  await begin()
  await page.getByRole('navigation').waitFor()
  expect(
    stage,
    'a part that came late is not there',
    (await page.getByRole('heading', { level: 1 }).count()) > 0,
  )
  await person.context.close()
}
