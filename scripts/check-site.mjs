/**
 * The documentation site: built, which fails on a dead link and on a claim without a test; given out by a clinic's server under
 * /docs; and looked at in Chromium, on a phone and at a desk, light and dark. `--pictures FOLDER` keeps pictures.
 * Exit 1 on a finding, 77 where there is no Chromium.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkAccess, lookAt, newPerson, openBrowser, pictureFolder } from '../apps/console/browser/main.mjs'
import { provideChromium } from '../bench/browser/chromium.mjs'
import { childEnv, run } from './lib/process.mjs'
import { report } from './lib/report.mjs'
import { root } from './lib/workspace.mjs'

const skipped = 77

/** One page of each kind. */
const pages = {
  home: 'index.html',
  guide: 'docs/guides/send-a-sealed-note.html',
  bytes: 'docs/spec/wire-v2.html',
  promises: 'SECURITY.html',
  claims: 'claims.html',
  attacks: 'docs/attacks.html',
  diagrams: 'ARCHITECTURE.html',
  figures: 'figures/index.html',
  plots: 'figures/mining.html',
  package: 'packages/wire/index.html',
  reference: 'api/index.html',
  module: 'api/@chartseal/wire.html',
  code: 'packages/wire/test/laws.test.ts.html',
  files: 'vectors/seeds/index.html',
}

/** A server that gives the site out, for as long as `work` takes. */
async function withServer(site, work) {
  const args = [
    'apps/server/dist/main.js',
    'serve',
    '--dev',
    '--port',
    '0',
    '--console',
    'off',
    '--docs',
    site,
  ]
  const options = { cwd: root, env: childEnv(), stdio: ['ignore', 'pipe', 2] }
  const child = spawn(process.execPath, [...args, '--log-level', 'error', '--network-rate', '10000'], options)
  const ended = once(child, 'exit')
  try {
    return await work(await addressIn(child, ended))
  } finally {
    child.kill()
    await ended
  }
}

async function addressIn({ stdout }, ended) {
  let text = ''
  const heard = new Promise(resolve => {
    stdout.setEncoding('utf8').on('data', part => {
      text += part
      const [, address] = /\(listening at ([\d.]+:\d+)\)/.exec(text) ?? []
      if (address !== undefined) resolve(`http://${address}`)
    })
  })
  const gone = ended.then(() => {
    throw new Error(`the server ended before it was ready: ${text}`)
  })
  return Promise.race([heard, gone])
}

/** Nothing but the boxes that move by themselves is wider than the screen. */
async function widthFindings({ page }, name) {
  const { inner, whole } = await page.evaluate(() => ({
    inner: document.documentElement.clientWidth,
    whole: document.documentElement.scrollWidth,
  }))
  return whole > inner ? [`${name}: the page is ${whole} pixels wide on a screen of ${inner}`] : []
}

async function look(person, address, pictures) {
  const findings = []
  for (const [kind, path] of Object.entries(pages)) {
    const answer = await person.page.goto(`${address}/docs/${path}`)
    if (answer.status() !== 200) findings.push(`${path}: the server answers ${answer.status()}`)
    await lookAt(person, kind, pictures, async name => {
      findings.push(...(await widthFindings(person, name)))
      await checkAccess(person, name, findings)
    })
  }
  return findings
}

/** With the keyboard alone, from the first page to a guide. */
async function follow({ page }, address) {
  await page.goto(`${address}/docs`)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  const isAtText = await page.evaluate(() => document.activeElement?.id === '_text')
  await page.getByRole('navigation', { name: 'Parts' }).getByRole('link', { name: 'Guides' }).click()
  await page.getByRole('link', { name: 'Send a sealed note' }).first().click()
  const title = await page.locator('h1').textContent()
  return [
    ...(isAtText ? [] : ['the first stop of the keyboard does not lead to the text']),
    ...(title.startsWith('Send a sealed note') ? [] : [`a guide cannot be reached by its links: ${title}`]),
  ]
}

async function check(executable) {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-site-'))
  const site = join(folder, 'site')
  try {
    const startMs = performance.now()
    if (run(process.execPath, ['apps/site/dist/main.js', site], { stdio: ['ignore', 1, 1] }) !== 0)
      return report('site', ['the site cannot be built: see above'])
    const builtMs = performance.now() - startMs
    const browser = await openBrowser(executable, join(folder, 'no-camera'))
    const findings = []
    try {
      await withServer(site, async address => {
        const person = await newPerson(browser, {
          name: 'reader',
          viewport: { width: 1280, height: 800 },
          findings,
          deviceScaleFactor: 1,
        })
        findings.push(...(await look(person, address, pictureFolder(argument('--pictures')))))
        findings.push(...(await follow(person, address)))
      })
    } finally {
      await browser.close()
    }
    report('site', findings, [
      `built in ${(builtMs / 1000).toFixed(1)} s, ${Object.keys(pages).length} kinds of pages looked at`,
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What follows a flag. */
function argument(flag) {
  const at = process.argv.indexOf(flag)
  return at < 0 ? undefined : process.argv[at + 1]
}

const { found: executable, reason } = provideChromium()
if (executable !== null) await check(executable)
else {
  process.stdout.write(`site: skipped: ${reason}\n`)
  process.exitCode = skipped
}
