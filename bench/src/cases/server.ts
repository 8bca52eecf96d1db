/** A clinic's server: how fast it starts, what a message costs, and what load does to it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fact } from '../facts.js'
import type { Case } from '../measure.js'
import { depositCases } from './server-deposits.js'
import { badRequestFlood } from './server-flood.js'
import { outputUntil, pathTo } from './server-process.js'
import { sigtermUnderLoad } from './server-shutdown.js'
import { soak } from './server-soak.js'
import { idleStreams } from './server-streams.js'

export const startOf = 'npm start, warm'

/** From the command to the first answer; everything is built, and the clinic is there. */
function startCase(): Case {
  const data = mkdtempSync(join(tmpdir(), 'chartseal-bench-start-'))
  const start = async (): Promise<number> => {
    const begun = performance.now()
    const env = { ...process.env, CHARTSEAL_DATA: data, PORT: '0', CHARTSEAL_CONSOLE: 'off' }
    const child = spawn(process.execPath, [pathTo('scripts/run.mjs'), 'start'], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const output = await outputUntil(child, /listening at/)
    const port = /listening at 127\.0\.0\.1:(\d+)/.exec(output)?.[1]
    const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`)
    const seconds = (performance.now() - begun) / 1e3
    child.kill('SIGTERM')
    await once(child, 'exit')
    if (!ok) throw new Error('the server was not ready')
    return seconds
  }
  return {
    id: 'server-start',
    title: 'npm start in a checkout that is built, until the first request is answered',
    unit: 'ms',
    perUnit: 1,
    contenders: [
      {
        name: startOf,
        // Nobody to compare with; a start that fails ends the measurement.
        answer: () => Uint8Array.of(1),
        async work(amount) {
          let wallSeconds = 0
          for (let i = 0; i < amount; i++) wallSeconds += await start()
          // Several processes: what a person waits for is the clock.
          return { cpuSeconds: wallSeconds, wallSeconds }
        },
        close: () => rmSync(data, { recursive: true, force: true }),
      },
    ],
  }
}

/** One after the other: each has a server of its own. */
export async function serverFacts(): Promise<readonly Fact[]> {
  const facts: Fact[] = []
  for (const measure of [idleStreams, sigtermUnderLoad, badRequestFlood, soak])
    facts.push(...(await measure()))
  return facts
}

export const server = async (): Promise<readonly Case[]> => [...depositCases(), startCase()]
