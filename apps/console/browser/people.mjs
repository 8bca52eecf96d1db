/** What people do on the page, by the names that they read. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** How long anything may take: a machine that is busy fails no task. */
export const patienceMs = 120_000

/** How many times slower than this machine each page runs, for whoever looks for what hangs on time. */
const slowness = Number(process.env.CHARTSEAL_SLOWNESS ?? 1)

export const passphrase = 'seven quiet herons crossed'

/** Opens a browser of its own for one person, and keeps what crosses the wire and what the page complains of. */
export async function newPerson(
  browser,
  { name, locale, viewport, findings, deviceScaleFactor = 2, serviceWorkers = 'allow' },
) {
  const context = await browser.newContext({
    locale,
    viewport,
    deviceScaleFactor,
    serviceWorkers,
    permissions: ['camera'],
    acceptDownloads: true,
  })
  context.setDefaultTimeout(patienceMs)
  const page = await context.newPage()
  const wire = []
  page.on('request', request => {
    wire.push(request.method(), request.url(), JSON.stringify(request.headers()))
    const body = request.postDataBuffer()
    if (body !== null) wire.push(body)
  })
  page.on('websocket', socket => {
    for (const way of ['framesent', 'framereceived'])
      socket.on(way, ({ payload }) => wire.push(Buffer.from(payload)))
  })
  page.on('pageerror', error => findings.push(`${name}: ${error}`))
  page.on('console', message => {
    // A network that is switched off, and slots that are empty, are no faults of the page.
    if (
      message.type() === 'error' &&
      !/Failed to load resource|^WebSocket connection to/.test(message.text())
    )
      findings.push(`${name}: ${message.text()}`)
  })
  // One session: authenticators go when the one that made them is detached.
  const devTools = await context.newCDPSession(page)
  devTools.on('Log.entryAdded', ({ entry }) => {
    // What the browser says of the headers, before any script runs.
    if (entry.source !== 'network' && entry.level !== 'verbose') findings.push(`${name}: ${entry.text}`)
  })
  await devTools.send('Log.enable')
  if (slowness > 1) await devTools.send('Emulation.setCPUThrottlingRate', { rate: slowness })
  return { name, context, page, devTools, wire, locale }
}

/**
 * No violation on this screen. axe is put in by the browser's tools, which no rule of the page binds: its rules stay on. It is
 * read once for each page that is loaded, as that takes as long as looking.
 */
export async function checkAccess({ devTools, name }, screen, findings) {
  const evaluate = async expression => {
    const asked = { expression, awaitPromise: true, returnByValue: true }
    const { result, exceptionDetails } = await devTools.send('Runtime.evaluate', asked)
    if (exceptionDetails === undefined) return result.value
    throw new Error(`axe on ${screen}: ${exceptionDetails.exception.description}`)
  }
  if (!(await evaluate('"axe" in globalThis'))) await evaluate(`${axeSource};undefined`)
  const found = await evaluate(
    `axe.run(document,{runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']}).then(found=>JSON.stringify(found.violations.map(one=>one.id+': '+one.nodes.map(node=>node.html.slice(0,120)+' '+node.failureSummary.slice(0,200)).join(' | '))))`,
  )
  for (const line of JSON.parse(found)) findings.push(`${name}, ${screen}: ${line}`)
}

export async function enrol(person, link, words) {
  const { page, name } = person
  await page.goto(link)
  await page.getByLabel(words.name).fill(name)
  await page.getByLabel(words.passphrase, { exact: true }).fill(passphrase)
  await page.getByLabel(words.again).fill(passphrase)
  await page.getByRole('button', { name: words.make }).click()
  await page.getByRole('navigation').waitFor()
}

export const words = {
  en: {
    name: 'Your name, as the other side will see it',
    passphrase: 'Passphrase',
    again: 'Passphrase once more',
    make: 'Make my keys',
    unlock: 'Unlock',
    wrong: /does not open this device/,
  },
  es: {
    name: 'Su nombre, como lo verá la otra parte',
    passphrase: 'Frase de paso',
    again: 'La frase otra vez',
    make: 'Crear mis claves',
    unlock: 'Desbloquear',
    wrong: /no abre las claves/,
  },
}
