/** Finds a Chromium, and opens pages in it. */
import { spawnSync } from 'node:child_process'
import { chromium } from 'playwright-core'
import { provide } from '../../scripts/lib/debian.mjs'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** The path of the first one there is, or `null`. */
export function findChromium() {
  for (const name of names) {
    const { status, stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' })
    if (status === 0) return stdout.trim()
  }
  return null
}

/** As {@link provide}: the path of it. */
export const provideChromium = () => provide('chromium', findChromium)

/** With a profile of its own that is empty, and gone when the browser is closed. */
export function launch(executablePath) {
  const args = ['--no-sandbox', '--disable-background-networking', '--disable-gpu', '--no-first-run']
  return chromium.launch({ executablePath, args, headless: true })
}

/**
 * Opens a page and waits for its result. Everything it complains of on the way comes with it: errors of the
 * console, of scripts, and requests that failed or went elsewhere.
 */
export async function readPage(page, url, timeoutMs) {
  const complaints = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(`${error}`))
  page.on('requestfailed', request => complaints.push(`${request.url()}: ${request.failure()?.errorText}`))
  page.on('request', request => {
    if (!/^data:|^blob:/.test(request.url()) && new URL(request.url()).origin !== new URL(url).origin)
      complaints.push(`a request went to ${request.url()}`)
  })
  page.setDefaultTimeout(timeoutMs)
  await page.goto(url)
  const element = page.locator('#result')
  await element.waitFor({ state: 'attached' })
  const bars = await page.locator('#figures td.bar').count()
  return { result: JSON.parse(await element.textContent()), complaints, bars }
}
