/**
 * `npm run bench -- browser [--port N]` serves the page until it is interrupted. With `--run` it opens the page in a
 * headless Chromium, prints the figures and, with `--screenshot FILE`, keeps a picture.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { linesOf } from '../dist/page/findings.js'
import { buildPage } from './build.mjs'
import { findChromium, launch, readPage } from './chromium.mjs'
import { serve, situations } from './server.mjs'

const folder = fileURLToPath(new URL('../../node_modules/.cache/chartseal-browser', import.meta.url))
const print = line => process.stdout.write(`${line}\n`)

const digits = value => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

/** How the first row compares with this one. */
const against = ratio =>
  ratio < 1
    ? `the first row is ${digits(1 / ratio)} times as slow`
    : `the first row is ${digits(ratio)} times as fast`

function printCase({ title, unit, rows, skipped }) {
  print(`\n${title}, ${unit}, wall clock`)
  for (const { name, wall } of rows) {
    const { median, min, max } = wall
    const spread = `${digits(median)} (${digits(min)} to ${digits(max)})`
    print(`  ${name.padEnd(36)} ${spread.padEnd(28)} ${against(rows[0].wall.median / median)}`)
  }
  for (const { name, skipped: why } of skipped) print(`  ${name.padEnd(36)} skipped: ${why}`)
}

async function runInChromium(url, { samples, situation, screenshot }) {
  const executable = findChromium()
  if (executable === null) throw new Error('there is no Chromium on the PATH')
  const browser = await launch(executable)
  try {
    print(`Chromium ${browser.version()}`)
    const page = await browser.newPage()
    const seen = await readPage(page, `${url}/${situation}/?samples=${samples}`, 600_000)
    for (const line of [...linesOf(seen.result), ...seen.complaints]) print(line)
    for (const one of seen.result.figures) printCase(one)
    if (screenshot !== undefined) await page.screenshot({ path: screenshot, fullPage: true })
  } finally {
    await browser.close()
  }
}

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    run: { type: 'boolean', default: false },
    samples: { type: 'string', default: '7' },
    situation: { type: 'string', default: 'isolated' },
    screenshot: { type: 'string' },
  },
})

for (const warning of await buildPage(folder)) print(warning)
const server = await serve(folder, Number(values.port))
if (values.run) {
  await runInChromium(server.url, values).finally(() => server.close())
} else {
  print('Open one of these; Ctrl-C ends the server.')
  for (const situation of situations) print(`  ${server.url}/${situation}/`)
}
