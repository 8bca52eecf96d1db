import { lockFile, type Processes, type ProcessIdentity, systemProcesses } from '@chartseal/core/files'
import { describe, expect, it } from 'vitest'
import { failOnce, MemoryDisk } from './files-disk.js'
import { codeOfAsync } from './files-helpers.js'
import { ManualLockTimer, processesOf } from './files-processes.js'

const path = '/data/a'
const minute = 60_000

interface Setting {
  readonly disk: MemoryDisk
  readonly timer: ManualLockTimer
  /** The lock as another process holds it. */
  readonly held: Awaited<ReturnType<typeof lockFile>>
  /** A process takes the lock, by default one as `here`. */
  take(processes?: Processes): ReturnType<typeof lockFile>
}

/** A lock that a process took `silentMs` ago, since when it has shown no sign of life. */
async function heldBy(holder: Partial<ProcessIdentity>, silentMs = 0): Promise<Setting> {
  const disk = new MemoryDisk()
  const timer = new ManualLockTimer()
  const ports = { fileSystem: disk, timer }
  const held = await lockFile(path, { ...ports, processes: processesOf({ pid: 7, ...holder }) })
  disk.nowMs += silentMs
  const take = (processes = processesOf({})) => lockFile(path, { ...ports, processes })
  return { disk, timer, held, take }
}

describe('a holder in the same namespaces', () => {
  it('keeps the lock while its pid and start are those of a living process, silent or not', async () => {
    const { take } = await heldBy({}, 10 * minute)
    await expect(take(processesOf({}, { 7: '5000' }))).rejects.toMatchObject({
      code: 'files/locked',
      context: { path, host: 'ward-7', pid: 7, place: 'same-space', silentMs: 10 * minute },
    })
  })

  it('loses the lock at once when its process is dead or its pid belongs to a later one', async () => {
    for (const processes of [processesOf({}), processesOf({}, { 7: '6000' })]) {
      const { disk, timer, take } = await heldBy({})
      const lock = await take(processes)
      expect([lock.robbed, timer.waits, disk.names.length]).toEqual([false, [], 1])
    }
  })

  it('is judged by its pid although the machine has another name now', async () => {
    const { take } = await heldBy({ host: 'laptop' })
    expect((await take(processesOf({ host: 'laptop-at-home' }))).robbed).toBe(false)
  })

  it('is judged by signs of life as well where the system does not say when a process started', async () => {
    const facts = processesOf({ boot: '', space: 'darwin', started: '' }, { 7: '' })
    const holder = { boot: '', space: 'darwin', started: '' }
    expect(await codeOfAsync(async () => (await heldBy(holder)).take(facts))).toBe('files/locked')
    expect((await (await heldBy(holder, minute)).take(facts)).robbed).toBe(true)
  })
})

const elsewhere: readonly [string, Partial<ProcessIdentity>, string][] = [
  ['another PID namespace with the same host name', { space: '9-2' }, 'other-container'],
  ['another time namespace', { space: '1-9' }, 'other-container'],
  ['a container with a machine id of its own', { space: '9-2', machine: 'c0' }, 'other-container'],
  ['namespaces that cannot be read', { space: '' }, 'other-container'],
  ['another machine', { machine: 'c0', boot: 'd0' }, 'other-machine'],
  ['another machine without boot ids', { machine: 'c0', boot: '' }, 'other-machine'],
]

describe.each(elsewhere)('a holder in %s', (_, holder, place) => {
  it('is never judged by its pid', async () => {
    const { take } = await heldBy(holder, minute - 1)
    await expect(take()).rejects.toMatchObject({
      code: 'files/locked',
      context: { pid: 7, place, silentMs: minute - 1 },
    })
  })

  it('loses the lock after a minute of silence in which it was watched, and its next check says so', async () => {
    const { timer, held, take } = await heldBy(holder, minute)
    const lock = await take()
    expect([lock.robbed, timer.waits]).toEqual([true, [12_000]])
    expect(await codeOfAsync(() => held.check())).toBe('files/lock-lost')
    await held.release()
    await lock.check()
  })

  it('keeps the lock when it shows a sign of life while it is watched, whatever the clock says', async () => {
    const { disk, timer, held, take } = await heldBy(holder, 1000 * minute)
    timer.duringWait = () => timer.beat()
    await expect(take()).rejects.toMatchObject({ code: 'files/locked', context: { silentMs: 0 } })
    await held.check()
    expect(disk.names.length).toBe(1)
  })

  it('has given the lock back when its claim is gone after the watch', async () => {
    const { timer, held, take } = await heldBy(holder, minute)
    timer.duringWait = () => held.release()
    expect((await take()).robbed).toBe(false)
  })
})

describe('a holder of an earlier boot of this machine', () => {
  it('loses the lock at once after a minute, although its pid is in use', async () => {
    const { timer, take } = await heldBy({ boot: 'd0' }, minute)
    expect((await take(processesOf({}, { 7: '5000' }))).robbed).toBe(true)
    expect(timer.waits).toEqual([])
  })

  it('is watched before, because copies of a machine have one id', async () => {
    const dead = await heldBy({ boot: 'd0' })
    expect((await dead.take()).robbed).toBe(true)
    expect(dead.timer.waits).toEqual([12_000])
    const copy = await heldBy({ boot: 'd0' })
    copy.timer.duringWait = async () => {
      copy.disk.nowMs += 5000
      await copy.timer.beat()
    }
    await expect(copy.take()).rejects.toMatchObject({ context: { place: 'earlier-boot' } })
  })
})

describe('a claim of version 0.1.0', () => {
  const withClaim = async (claim: string, ageMs = 0): Promise<Setting> => {
    const disk = new MemoryDisk()
    disk.put(`${path}.lock,${claim}`, new Uint8Array())
    disk.nowMs += ageMs
    const timer = new ManualLockTimer()
    const ports = { fileSystem: disk, timer }
    const held = await lockFile('/data/other', ports)
    return {
      disk,
      timer,
      held,
      take: (processes = processesOf({})) => lockFile(path, { ...ports, processes }),
    }
  }

  it('is judged by pid and start when it names this host and boot', async () => {
    const alive = processesOf({}, { 7: '5000' })
    for (const started of ['bbbbbbbb.5000', '']) {
      const { take } = await withClaim(`ward-7,7,${started},00ff`, 1e9)
      expect(await codeOfAsync(() => take(alive))).toBe('files/locked')
    }
    for (const claim of ['ward-7,8,bbbbbbbb.5000,00ff', 'ward-7,7,bbbbbbbb.4000,00ff', 'ward-7,0,,00ff'])
      expect((await (await withClaim(claim)).take(alive)).robbed).toBe(false)
    const earlier = await withClaim('ward-7,7,dddddddd.5000,00ff')
    expect((await earlier.take(alive)).robbed).toBe(true)
  })

  it('is kept for a day when it names another host', async () => {
    const day = 24 * 60 * minute
    const { take } = await withClaim('old-container-id,1,,00ff', day - 1)
    await expect(take()).rejects.toMatchObject({
      context: { host: 'old-container-id', place: 'other-machine' },
    })
    const stale = await withClaim('old-container-id,1,,00ff', day)
    expect((await stale.take()).robbed).toBe(true)
  })
})

describe('taking over', () => {
  it('leaves a mark until the new holder settles, so that one who dies before does not hide the earlier one', async () => {
    const { timer, take, disk } = await heldBy({ space: '9-2' }, minute)
    await (await take()).release()
    const second = await take()
    expect([second.robbed, timer.waits]).toEqual([true, [12_000]])
    await second.settle()
    expect([second.robbed, disk.names.length]).toEqual([false, 1])
    await second.release()
    expect((await take()).robbed).toBe(false)
  })

  it('does not happen while another claimant waits for the same', async () => {
    const { timer, take } = await heldBy({ space: '9-2' }, minute)
    const codes: string[] = []
    timer.duringWait = async () => {
      codes.push(await codeOfAsync(() => take(processesOf({ pid: 8 }, { 100: '5000' }))))
    }
    await take()
    expect(codes).toEqual(['files/locked'])
  })

  it('fails as a whole when the file system does', async () => {
    for (const operation of ['status', 'rename', 'list']) {
      const { disk, take } = await heldBy({ space: '9-2' }, minute)
      failOnce(disk, operation, 'EIO')
      expect(await codeOfAsync(() => take())).toBe('files/failed')
      expect(disk.names.length).toBe(1)
    }
  })
})

describe('signs of life', () => {
  it('notice that the claim is gone before the next check asks', async () => {
    const { disk, timer, held } = await heldBy({})
    await disk.remove(disk.names[0] ?? '')
    await timer.beat()
    disk.operations.length = 0
    expect(await codeOfAsync(() => held.check())).toBe('files/lock-lost')
    expect(disk.operations).toEqual([])
  })

  it('may fail, and end with the lock', async () => {
    const { disk, timer, held } = await heldBy({})
    failOnce(disk, 'write', 'ENOSPC')
    await timer.beat()
    await held.check()
    await held.release()
    disk.operations.length = 0
    await timer.beat()
    expect(disk.operations).toEqual([])
  })

  it('keep a check that cannot be made from passing', async () => {
    const { disk, held } = await heldBy({})
    failOnce(disk, 'open read', 'EIO')
    expect(await codeOfAsync(() => held.check())).toBe('files/failed')
    await held.check()
  })
})

describe('systemProcesses', () => {
  it('gives this process the same identity twice, and its start', async () => {
    const self = await systemProcesses.self()
    expect(await systemProcesses.self()).toEqual(self)
    expect(self.pid).toBe(process.pid)
    expect(await systemProcesses.startOf(process.pid)).toBe(self.started)
  })

  it('takes pids that no process can have for dead: 0, and too large ones', async () => {
    for (const pid of [0, 2 ** 31 - 1, 2 ** 31, 2 ** 53])
      expect(await systemProcesses.startOf(pid)).toBeNull()
  })
})
