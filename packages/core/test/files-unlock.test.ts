import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LockClaim, lockFile, openLog, readClaims, removeClaim } from '@chartseal/core/files'
import { describe, expect, it } from 'vitest'
import { failOnce, MemoryDisk } from './files-disk.js'
import { codeOfAsync, kind, realFolder } from './files-helpers.js'
import { ManualLockTimer, processesOf } from './files-processes.js'

/** A disk with a lock of each kind, seen by a process in the space `1-2` of this machine where pid 8 is alive. */
async function diskOfLocks() {
  const disk = new MemoryDisk()
  const timer = new ManualLockTimer()
  const common = { fileSystem: disk, timer, clock: { nowMs: () => disk.nowMs } }
  const hold = (name: string, self: Parameters<typeof processesOf>[0]) =>
    lockFile(`/data/${name}`, { ...common, processes: processesOf(self) })
  const held = {
    dead: await hold('dead', { pid: 7 }),
    alive: await hold('alive', { pid: 8 }),
    container: await hold('container', { pid: 1, space: '9-2' }),
    machine: await hold('machine', { pid: 1, machine: 'c0', boot: 'd0', host: 'ward.9 ü' }),
  }
  disk.nowMs += 90_000
  return { disk, timer, held, options: { ...common, processes: processesOf({}, { 8: '5000' }) } }
}

async function claimOf(name: string, options: object): Promise<LockClaim> {
  const [claim] = await readClaims(`/data/${name}`, options)
  if (claim === undefined) throw new Error('the claim is not there')
  return claim
}

describe('readClaims', () => {
  it('says of each lock in a folder whose it is, and what is known of its process', async () => {
    const { disk, options } = await diskOfLocks()
    disk.operations.length = 0
    const silentMs = 90_000
    expect((await readClaims('/data', options)).map(({ file, ...claim }) => claim)).toEqual([
      { path: '/data/dead', host: 'ward-7', pid: 7, place: 'same-space', process: 'dead', silentMs },
      { path: '/data/alive', host: 'ward-7', pid: 8, place: 'same-space', process: 'alive', silentMs },
      {
        path: '/data/container',
        host: 'ward-7',
        pid: 1,
        place: 'other-container',
        process: 'unknown',
        silentMs,
      },
      {
        path: '/data/machine',
        host: 'ward_9__',
        pid: 1,
        place: 'other-machine',
        process: 'unknown',
        silentMs,
      },
    ])
    expect(disk.operations.filter(one => !['list', 'status'].includes(one))).toEqual([])
  })

  it('leaves out a claim that is given back meanwhile', async () => {
    const { disk, held, options } = await diskOfLocks()
    disk.before = async operation => {
      if (operation !== 'status') return
      disk.before = () => undefined
      await held.dead.release()
    }
    expect((await readClaims('/data', options)).length).toBe(3)
  })

  it('reads the lock of one file, also through a link, and of a file that is not there', async () => {
    const folder = realFolder()
    const [file, link] = [join(folder, 'file'), join(folder, 'link')]
    writeFileSync(file, '')
    symlinkSync(file, link)
    const lock = await lockFile(link)
    for (const target of [file, link, folder]) {
      expect((await readClaims(target)).map(claim => [claim.path, claim.pid])).toEqual([[file, process.pid]])
    }
    expect(await codeOfAsync(() => lockFile(file))).toBe('files/locked')
    await lock.release()
    expect(await readClaims(join(folder, 'none'))).toEqual([])
    expect(await codeOfAsync(() => readClaims(join(folder, 'none', 'none')))).toBe('files/failed')
  })

  it('reports what the file system refuses', async () => {
    const { disk, options } = await diskOfLocks()
    for (const operation of ['list', 'status']) {
      failOnce(disk, operation, 'EACCES')
      await expect(readClaims('/data', options)).rejects.toMatchObject({ context: { systemCode: 'EACCES' } })
    }
  })
})

describe('removeClaim', () => {
  it('removes the claim of a dead process, and leaves no mark', async () => {
    const { disk, timer, options } = await diskOfLocks()
    const claim = await claimOf('dead', options)
    await removeClaim(claim, options)
    await removeClaim(claim, options)
    expect(disk.names.filter(name => name.startsWith('/data/dead'))).toEqual([])
    expect(timer.waits).toEqual([])
  })

  it('refuses while the process is alive, and forced leaves a mark for the next holder', async () => {
    const { held, options } = await diskOfLocks()
    const claim = await claimOf('alive', options)
    await expect(removeClaim(claim, options)).rejects.toMatchObject({
      code: 'files/locked',
      context: { pid: 8 },
    })
    await held.alive.check()
    await removeClaim(claim, { ...options, force: true })
    expect(await codeOfAsync(() => held.alive.check())).toBe('files/lock-lost')
    const mark = await claimOf('alive', options)
    expect(mark).toMatchObject({ place: 'revoked', host: '', pid: 8 })
    await removeClaim(mark, options)
    expect((await lockFile('/data/alive', options)).robbed).toBe(true)
  })

  it('watches a holder of another container or machine, and refuses when it shows a sign of life', async () => {
    const { timer, held, options } = await diskOfLocks()
    for (const name of ['container', 'machine'] as const) {
      timer.duringWait = () => timer.beat()
      const claim = await claimOf(name, options)
      expect(await codeOfAsync(() => removeClaim(claim, options))).toBe('files/locked')
      await held[name].check()
    }
  })

  it('takes the lock from a holder that is silent, at once when it is forced', async () => {
    const { timer, held, options } = await diskOfLocks()
    await removeClaim(await claimOf('container', options), options)
    await removeClaim(await claimOf('machine', options), { ...options, force: true })
    expect(timer.waits).toEqual([12_000])
    for (const lock of [held.container, held.machine]) {
      expect(await codeOfAsync(() => lock.check())).toBe('files/lock-lost')
    }
  })
})

describe('openLog through a link', () => {
  it('shares the lock and the file with what the link points to', async () => {
    const folder = realFolder()
    mkdirSync(join(folder, 'elsewhere'))
    const [file, link] = [join(folder, 'elsewhere', 'a.log'), join(folder, 'link.log')]
    await (await openLog(file, { kind })).close()
    symlinkSync(file, link)
    const log = await openLog(link, { kind })
    expect(await codeOfAsync(() => openLog(file, { kind }))).toBe('files/locked')
    await log.append(Uint8Array.of(1))
    await log.close()
    const again = await openLog(file, { kind })
    expect(again.length).toBe(1)
    await again.close()
  })
})
