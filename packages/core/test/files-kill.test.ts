import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openLog } from '@chartseal/core/files'
import { expect, it } from 'vitest'
import { kind, realFolder, texts } from './files-helpers.js'

// Appends numbered records and prints the index of each one when it is acknowledged.
const writer = `
  import { openLog } from '@chartseal/core/files'
  import { writeSync } from 'node:fs'
  const log = await openLog(process.argv[1], { kind: '${kind}' })
  let next = log.length
  const run = async () => {
    for (;;) {
      const index = await log.append(Buffer.from('record ' + next++ + ' ' + 'x'.repeat(next % 3000)))
      writeSync(1, index + '\\n')
    }
  }
  await Promise.all([run(), run(), run()])
`

/** Kills the writer after so many acknowledgements; the highest index it acknowledged. */
async function killAfter(path: string, acknowledgements: number): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let [seen, highest] = [0, -1]
  const lines = createInterface({ input: child.stdout })
  lines.on('line', line => {
    highest = Math.max(highest, Number(line))
    if (++seen === acknowledgements) child.kill('SIGKILL')
  })
  await Promise.all([once(lines, 'close'), once(child, 'close')])
  return highest
}

it('keeps everything acknowledged when the process is killed while it appends', async () => {
  const path = join(realFolder(), 'killed.log')
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 65_536)
  let state = seed
  for (let round = 0; round < 5; round++) {
    state = (state * 25_173 + 13_849) % 65_536
    const highest = await killAfter(path, 1 + (state % 150))
    const log = await openLog(path, { kind })
    const found = await texts(log)
    await log.close()
    expect(found.length, `seed ${seed}, round ${round}`).toBeGreaterThan(highest)
    expect(
      found.every((text, i) => text.startsWith(`record ${i} `)),
      `seed ${seed}`,
    ).toBe(true)
  }
})
