/** The page of a clinic in Chromium: what people wait for, and what a browser fetches first. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Fact } from '../facts.js'
import type { Spread } from '../measure.js'

export const unlockFact = 'page-unlock-passphrase'
export const passkeyFact = 'page-unlock-passkey'
export const firstLoadFact = 'page-first-load'

/** Milliseconds and bytes; medians of the same samples, each of a page that was loaded anew. */
interface PageFigures {
  readonly newestByPassphrase: Spread
  readonly allByPassphrase: Spread
  readonly allByPasskey: Spread
  readonly send: Spread
  readonly firstLoadBytes: number
}

const script = fileURLToPath(new URL('../../../scripts/check-console.mjs', import.meta.url))
const samples = 9
const noChromium = 77

/** Empty where there is no Chromium. @throws Error when the page shows anything but what was written */
export async function page(): Promise<readonly Fact[]> {
  const args = [script, '--figures', `${samples}`]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (status === noChromium) return []
  if (status !== 0) throw new Error('the page did not show the thread that was written')
  return factsOf(JSON.parse(output))
}

function factsOf(figures: PageFigures): readonly Fact[] {
  const { newestByPassphrase, allByPassphrase, allByPasskey, send, firstLoadBytes: value } = figures
  return [
    time(unlockFact, 'unlock with a passphrase to a thread of 500 messages, all on screen', allByPassphrase),
    time('page-unlock-newest', 'the same, until its newest messages are', newestByPassphrase),
    time(passkeyFact, 'the same with a passkey, all of them', allByPasskey),
    time('page-send', 'a message sent in that thread, until it is on screen', send),
    { id: firstLoadFact, title: 'first load of the page, gzip', value, unit: 'bytes' },
  ]
}

const time = (id: string, title: string, { median, min, max }: Spread): Fact => ({
  id,
  title: `${title} (${samples} samples, ${min.toFixed(0)} to ${max.toFixed(0)} ms)`,
  value: median,
  unit: 'ms',
})
