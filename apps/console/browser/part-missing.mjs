/** A part of the page that does not come, and one that cannot be drawn: the person reads what to do, and nothing is lost. */

import { newPerson, passphrase, words } from './people.mjs'
import { expect, phone } from './stage.mjs'

const isPart = url => /\/assets\/unlocked-[\w-]+\.js$/.test(url.pathname)
const isAbout = url => /\/assets\/about-[\w-]+\.js$/.test(url.pathname)

export async function partMissing(stage) {
  const { browser, clinic } = stage
  const findings = []
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
  await cannotBeDrawn(stage, person)
  const isMeant = finding => finding.includes(fault)
  expect(stage, 'what could not be drawn is not on the console', findings.some(isMeant))
  stage.findings.push(...findings.filter(finding => !isMeant(finding)))
  await person.context.close()
}

const fault = 'a screen that throws'

async function cannotBeDrawn(stage, { page }) {
  const body = `export function About() { throw new Error('${fault}') }`
  await page.route(isAbout, route => route.fulfill({ contentType: 'text/javascript', body }))
  await page.getByRole('link', { name: 'Info' }).click()
  await page.getByRole('alert').getByText('Something went wrong here').waitFor()
  await page.getByRole('link', { name: 'Keys' }).click()
  await page.getByRole('heading', { name: 'Device and keys' }).waitFor()
  const titles = await page.getByRole('heading', { level: 1 }).count()
  expect(stage, `${titles} screens stand there at once`, titles === 1)
}
