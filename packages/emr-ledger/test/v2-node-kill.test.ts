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

const isLong = process.env['SLOW'] === '1'
const firstSeed = Number(process.env['FC_SEED'] ?? 1)
/** 1,000 kills under `SLOW=1`, of twenty nodes. */
const kills = isLong ? 50 : runsOf(8, 2)
const seeds = Array.from({ length: isLong ? 20 : 1 }, (_, i) => firstSeed + i)

it.each(seeds)(
  'loses nothing that was acknowledged, and goes not below what was final, when the process is killed (seed %i)',
  async seed => {
    const folder = mkdtempSync(join(tmpdir(), 'ledger-kill-'))
    let state = seed
    const told: string[] = []
    for (let round = 0; round < kills; round++) {
      state = (state * 25_173 + 13_849) % 65_536
      told.push(...(await killAfter(folder, 1 + (state % 60))))
    }
    expect(told.length).toBeGreaterThan(1)
    expect(broken(folder, told)).toBe('')
    rmSync(join(folder, 'index.log'))
    const blocks = told.filter(line => line.startsWith('final'))
    expect(broken(folder, blocks.slice(0, -6))).toBe('')
    rmSync(folder, { recursive: true })
  },
)
