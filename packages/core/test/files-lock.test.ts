import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { lockFile, openLog } from '@chartseal/core/files'
import { describe, expect, it } from 'vitest'
import { codeOfAsync, kind, realFolder } from './files-helpers.js'

const folder = realFolder()
const file = (name: string): string => join(folder, name)

/** A claim as a process of another time or host would have left it. */
function claim(path: string, host: string, pid: number, started: string): void {
  writeFileSync(`${path}.lock,${host},${pid},${started},00ff`, '')
}

const claimsOf = (path: string): string[] =>
  readdirSync(dirname(path)).filter(name => name.startsWith(`${basename(path)}.lock,`))

describe('lockFile', () => {
  it('lets one holder in, says who holds it, and leaves nothing behind', async () => {
    const path = file('one')
    const lock = await lockFile(path)
    await expect(lockFile(path)).rejects.toMatchObject({
      code: 'files/locked',
      context: { path, host: hostname(), pid: process.pid },
    })
    await lock.release()
    await lock.release()
    await (await lockFile(path)).release()
    expect(claimsOf(path)).toEqual([])
  })

  it('is there for names of up to 137 bytes', async () => {
    await (await lockFile(file('x'.repeat(137)))).release()
  })

  it('is a lock of one path: neighbours with similar names do not matter', async () => {
    writeFileSync(`${file('two')}.lock,not a claim`, '')
    writeFileSync(`${file('two')}.lock`, '')
    const neighbour = await lockFile(file('two-b'))
    const lock = await lockFile(file('two'))
    await Promise.all([lock.release(), neighbour.release()])
  })

  it('keeps a second opening of a log out until the first is closed', async () => {
    const path = file('three')
    const log = await openLog(path, { kind })
    expect(await codeOfAsync(() => openLog(path, { kind }))).toBe('files/locked')
    await log.close()
    await (await openLog(path, { kind })).close()
  })

  it('takes over from a process that is dead', async () => {
    const path = file('dead')
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    claim(path, hostname(), pid, '')
    await (await lockFile(path)).release()
    expect(claimsOf(path)).toEqual([])
  })

  it.skipIf(!existsSync('/proc/self/stat'))(
    'takes over when the pid belongs to a later process',
    async () => {
      const path = file('reused')
      claim(path, hostname(), process.pid, '00000000.1')
      await (await lockFile(path)).release()
    },
  )

  it.skipIf(!existsSync('/proc/self/stat'))(
    'takes over from a process that is dead and not reaped',
    async () => {
      const path = file('zombie')
      // The shell's child ends while the shell, now a sleep that reaps nobody, goes on.
      const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 30'])
      try {
        const pid = await new Promise<number>(resolve =>
          parent.stdout.once('data', text => resolve(Number(text))),
        )
        claim(path, hostname(), pid, '')
        while ((await codeOfAsync(async () => (await lockFile(path)).release())) !== 'accepted');
      } finally {
        parent.kill()
      }
    },
  )

  it('refuses while a process of unknown start is alive, or one of another host, which cannot be judged', async () => {
    claim(file('parent'), hostname(), process.ppid, '')
    claim(file('far'), 'ward-7', 1, '')
    expect(await codeOfAsync(() => lockFile(file('parent')))).toBe('files/locked')
    await expect(lockFile(file('far'))).rejects.toMatchObject({
      context: { host: 'ward-7', pid: 1 },
    })
  })

  it('lets one process in at a time when several race, also for the lock of a dead one', async () => {
    const path = file('race')
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    claim(path, hostname(), pid, '')
    const results = await Promise.all(Array.from({ length: 4 }, () => race(path)))
    expect(results.map(result => result.overlaps)).toEqual([0, 0, 0, 0])
    expect(results.reduce((sum, result) => sum + result.wins, 0)).toBeGreaterThan(0)
    await (await lockFile(path)).release()
  })
})

// Who holds the lock makes a file that must not exist yet.
const racer = `
  import { lockFile } from '@chartseal/core/files'
  import { closeSync, openSync, unlinkSync } from 'node:fs'
  const path = process.argv[1]
  let [wins, overlaps] = [0, 0]
  for (let round = 0; round < 60; round++) {
    const lock = await lockFile(path).catch(error => {
      if (error.code !== 'files/locked') throw error
      return null
    })
    if (lock === null) continue
    wins++
    try { closeSync(openSync(path + '.inside', 'wx')) } catch { overlaps++ }
    await new Promise(resolve => setImmediate(resolve))
    try { unlinkSync(path + '.inside') } catch { overlaps++ }
    await lock.release()
  }
  console.log(JSON.stringify({ wins, overlaps }))
`

function race(path: string): Promise<{ wins: number; overlaps: number }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', racer, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', text => {
    output += text
  })
  return new Promise((resolve, reject) => {
    child.on('close', code => (code === 0 ? resolve(JSON.parse(output)) : reject(new Error(`exit ${code}`))))
  })
}
