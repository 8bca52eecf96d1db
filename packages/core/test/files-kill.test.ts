import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { lockFile, openKeyValue, openLog, removeTemporaries } from '@chartseal/core/files'
import { expect, it } from 'vitest'
import { kind, realFolder, texts } from './files-helpers.js'
import { patienceMs, runsOf } from './helpers.js'

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
  for (let round = 0; round < runsOf(5, 2); round++) {
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

// Puts a new file in the place of one, and is killed when it would rename it.
const replacer = `
  import { nodeFileSystem, openKeyValue, openLog, replaceFile } from '@chartseal/core/files'
  const [, how, path] = process.argv
  const fileSystem = { ...nodeFileSystem, rename: async () => process.kill(process.pid, 'SIGKILL') }
  if (how === 'values') await (await openKeyValue(path, { fileSystem })).put('a', Buffer.from('new'))
  if (how === 'log') await openLog(path, { kind: '${kind}', fileSystem })
  if (how === 'file') await replaceFile(path, Buffer.from('new'), { fileSystem })
`

/** What a process that was killed before its rename left in the folder, but for its claim. */
function killedBeforeRename(how: string, folder: string, path: string): string[] {
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', replacer, how, path], {
    timeout: patienceMs,
  })
  expect(signal).toBe('SIGKILL')
  return readdirSync(folder).filter(name => !name.includes('.lock,'))
}

it('removes what a process left that was killed before its rename, when values are opened', async () => {
  const folder = realFolder()
  expect(killedBeforeRename('values', folder, folder)).toEqual([
    expect.stringMatching(/^key-a\.[0-9a-f]{16}\.tmp$/),
  ])
  await (await openKeyValue(folder)).close()
  expect(readdirSync(folder)).toEqual([])
})

it('removes what a process left that was killed before its rename, when a log is opened', async () => {
  const folder = realFolder()
  const path = join(folder, 'a.log')
  expect(killedBeforeRename('log', folder, path)).toEqual([
    expect.stringMatching(/^a\.log\.[0-9a-f]{16}\.tmp$/),
  ])
  await (await openLog(path, { kind })).close()
  expect(readdirSync(folder)).toEqual(['a.log'])
})

it('removes the temporary files of the names that it is given, and nothing else', async () => {
  const folder = realFolder()
  const path = join(folder, 'state')
  writeFileSync(path, 'old')
  const others = [
    'state.tmp',
    'state.00112233445566.tmp',
    'state.0011223344556677.tmp.bak',
    'key.0011223344556677.tmp',
  ]
  for (const name of others) writeFileSync(join(folder, name), '')
  expect(killedBeforeRename('file', folder, path).length).toBe(6)
  const lock = await lockFile(path)
  await removeTemporaries(folder, ['state', 'other'])
  await removeTemporaries(folder, ['state', 'other'])
  await lock.release()
  expect(readdirSync(folder).sort()).toEqual(['state', ...others].sort())
  expect(readFileSync(path, 'utf8')).toBe('old')
})
