/** Another version of the page: it waits until a person accepts it, and the command line tells the two apart. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { finishPage } from '../build.mjs'
import { pageFolder } from './clinic.mjs'
import { expect } from './stage.mjs'

const cli = fileURLToPath(new URL('../../cli/dist/main.js', import.meta.url))

/** The page as it is, but for one property of its style. */
function makeVersion(folder) {
  cpSync(pageFolder, folder, { recursive: true })
  const style = readdirSync(join(folder, 'assets')).find(name => name.endsWith('.css'))
  const path = join(folder, 'assets', style)
  writeFileSync(path, `${readFileSync(path, 'utf8')}:root{--probe:second}`)
  finishPage(folder)
  return createHash('sha256')
    .update(readFileSync(join(folder, 'manifest.json')))
    .digest('hex')
}

const probe = page =>
  page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--probe').trim())

const verify = (origin, folder) =>
  spawnSync(
    process.execPath,
    [cli, 'console', 'verify', origin, '--manifest', join(folder, 'manifest.json')],
    {
      encoding: 'utf8',
    },
  ).status

export async function acceptVersion(stage) {
  const { clinic, doctor, folder } = stage
  const { page } = doctor
  const second = join(folder, 'second')
  const sha256 = makeVersion(second)
  expect(stage, 'the command line refuses the page of this build', verify(clinic.origin, pageFolder) === 0)
  await clinic.restart(second)
  expect(stage, 'the command line takes another page for this build', verify(clinic.origin, pageFolder) === 1)
  await page.reload()
  await page.getByText(`A new version of this page is ready: ${sha256.slice(0, 16)}`).waitFor()
  await page.reload()
  expect(stage, 'another version is used before it is accepted', (await probe(page)) === '')
  await page.getByRole('button', { name: 'Use it now' }).click()
  await page.waitForFunction(
    () => getComputedStyle(document.documentElement).getPropertyValue('--probe').trim() === 'second',
  )
}
