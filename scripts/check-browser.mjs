/**
 * The packages in a real browser: builds bench/browser, serves it in each of its situations, opens it in a headless
 * Chromium and reads what it found. Nothing is timed. Exit 1 on a finding, 77 where there is no Chromium.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildPage } from '../bench/browser/build.mjs'
import { launch, provideChromium, readPage } from '../bench/browser/chromium.mjs'
import { serve, situations } from '../bench/browser/server.mjs'
import { findingsOf, linesOf } from '../bench/dist/page/findings.js'
import { report } from './lib/report.mjs'
import { cacheFolder, root } from './lib/workspace.mjs'

const skipped = 77
// All pages at once, on a machine that may be busy.
const pageTimeoutMs = 240_000

/** What the page must have run: no file and no case may get lost on the way into it. */
function vectorCount() {
  const folder = join(root, 'vectors/seeds')
  const files = readdirSync(folder).filter(name => name.endsWith('.json'))
  const cases = files.map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')).cases.length)
  return `${files.length} files, ${cases.reduce((sum, count) => sum + count, 0)} cases`
}

// One sample, without warming up, shows that tables and bars are drawn; its figures mean nothing.
const queryOf = situation => (situation === 'isolated' ? '?samples=1&warm-up=0' : '?samples=0')

async function openOne(browser, situation, url) {
  const page = await browser.newPage()
  const seen = await readPage(page, `${url}/${situation}/${queryOf(situation)}`, pageTimeoutMs)
  return { lines: linesOf(seen.result), findings: findingsOf(situation, seen, vectorCount()) }
}

/** All at once: each keeps one core busy, and nothing is timed. */
async function openAll(executable, url) {
  const browser = await launch(executable)
  try {
    const pages = await Promise.all(situations.map(situation => openOne(browser, situation, url)))
    const lines = [`Chromium ${browser.version()}`, ...pages.flatMap(page => page.lines)]
    process.stdout.write(`${lines.join('\n')}\n`)
    return pages.flatMap(page => page.findings)
  } finally {
    await browser.close()
  }
}

async function check(executable) {
  const folder = join(cacheFolder, 'chartseal-browser')
  const warnings = await buildPage(folder)
  const server = await serve(folder)
  try {
    return [...warnings, ...(await openAll(executable, server.url))]
  } catch (error) {
    return [...warnings, `${error}`]
  } finally {
    await server.close()
  }
}

const { found: executable, reason } = provideChromium()
if (executable !== null) report('browser', await check(executable))
else {
  process.stdout.write(`browser: skipped: ${reason}\n`)
  process.exitCode = skipped
}
