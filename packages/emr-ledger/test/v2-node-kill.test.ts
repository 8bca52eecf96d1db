import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { runsOf } from '@chartseal/testkit'
import { expect, it } from 'vitest'

const script = fileURLToPath(new URL('./v2-node-process.mjs', import.meta.url))

/** Kills a node after so many acknowledgements; what it acknowledged. */
async function killAfter(folder: string, acknowledgements: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [script, 'live', folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const told: string[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', line => {
    told.push(line)
    if (told.length === acknowledgements) child.kill('SIGKILL')
  })
  await Promise.all([once(lines, 'close'), once(child, 'close')])
  return told
}

/** Those of the lines that do not hold any more, by a node that starts again. */
function broken(folder: string, told: readonly string[]): string {
  const { stdout, status } = spawnSync(process.execPath, [script, 'check', folder], {
    input: told.join('\n'),
    stdio: ['pipe', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  return status === 0 ? stdout : `the node did not start: ${stdout}`
}

it('loses nothing that was acknowledged, and goes not below what was final, when the process is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-kill-'))
  let state = Number(process.env['FC_SEED'] ?? 1)
  const told: string[] = []
  for (let round = 0; round < runsOf(8, 2); round++) {
    state = (state * 25_173 + 13_849) % 65_536
    told.push(...(await killAfter(folder, 1 + (state % 60))))
  }
  expect(told.length).toBeGreaterThan(1)
  expect(broken(folder, told)).toBe('')
  rmSync(join(folder, 'index.log'))
  const blocks = told.filter(line => line.startsWith('final'))
  expect(broken(folder, blocks.slice(0, -6))).toBe('')
  rmSync(folder, { recursive: true })
})
