import { mkdtempSync, rmSync } from 'node:fs'
import { appendFile, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLog } from '@chartseal/core/files'
import { systemRandom } from '@chartseal/core/system'
import { type FrameFile, openFrameFile } from '@chartseal/elgamal-session/fs/frame-log'
import { type FrameLog, memoryFrameLog } from '@chartseal/elgamal-session/relay'
import { codeOf, crashAfter, FaultDisk, failOnce, faultPlaces } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { broadcast, numberOf } from './relay-world.js'

const path = '/data/frames'
const roomy = 1e9

const onDisk = (disk: FaultDisk, maxBytes = roomy): Promise<FrameFile> =>
  openFrameFile({ path, maxBytes, fileSystem: disk, random: systemRandom })

function newDisk(): FaultDisk {
  const disk = new FaultDisk()
  disk.put('/data/.keep', new Uint8Array())
  return disk
}

async function numbersIn(log: FrameLog, after = 0, maxBytes = roomy): Promise<readonly number[]> {
  return (await log.read(after, maxBytes)).map(numberOf)
}

const upTo = (last: number, first = 1): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)

const logs: readonly (readonly [name: string, open: () => Promise<FrameLog>])[] = [
  ['in memory', async () => memoryFrameLog()],
  ['on a disk', () => onDisk(newDisk())],
]

describe.each(logs)('a frame log %s', (_name, open) => {
  it('gives frames behind a number, in order, as many as are asked for and at least one', async () => {
    const log = await open()
    expect([log.newest(), await log.read(0, roomy)]).toEqual([null, []])
    for (const sequence of upTo(20, 5)) await log.append(broadcast(sequence))
    expect(log.newest()).toEqual(broadcast(20))
    expect(await numbersIn(log)).toEqual(upTo(20, 5))
    expect(await numbersIn(log, 4)).toEqual(upTo(20, 5))
    expect(await numbersIn(log, 17)).toEqual([18, 19, 20])
    expect(await numbersIn(log, 20)).toEqual([])
    expect(await numbersIn(log, 99)).toEqual([])
    expect(await numbersIn(log, 4, 250)).toEqual([5, 6])
    expect(await numbersIn(log, 4, 1)).toEqual([5])
  })

  it('shares no memory with whoever uses it', async () => {
    const log = await open()
    const frame = broadcast(1)
    await log.append(frame)
    frame.fill(0)
    log.newest()?.fill(0)
    for (const read of await log.read(0, roomy)) read.fill(0)
    expect([log.newest(), await log.read(0, roomy)]).toEqual([broadcast(1), [broadcast(1)]])
  })
})

describe.each(logs)('a frame log %s that is begun again', (_name, open) => {
  it('has nothing of before, and takes any number first', async () => {
    const log = await open()
    const appended = upTo(3).map(sequence => log.append(broadcast(sequence)))
    await log.restart()
    await Promise.all(appended)
    expect([log.newest(), await log.read(0, roomy)]).toEqual([null, []])
    for (const sequence of [9, 10]) await log.append(broadcast(sequence))
    expect(await numbersIn(log, 1)).toEqual([9, 10])
    expect(log.newest()).toEqual(broadcast(10))
  })
})

describe('a frame log on a disk', () => {
  it('is as it was or empty, wherever the process dies while it is begun again', async () => {
    const seen = new Set<number>()
    for (let place = 0; place < 40; place++) {
      const disk = newDisk()
      const log = await onDisk(disk)
      for (const sequence of upTo(3)) await log.append(broadcast(sequence))
      crashAfter(disk, place)
      await log.restart().catch(() => undefined)
      disk.before = () => undefined
      const found = await numbersIn(await onDisk(disk.crashed()))
      expect([[], upTo(3)]).toContainEqual(found)
      seen.add(found.length)
    }
    expect(seen).toEqual(new Set([0, 3]))
  })

  it('goes on when beginning again has failed once', async () => {
    const disk = newDisk()
    const log = await onDisk(disk)
    await log.append(broadcast(1))
    failOnce(disk, 'remove', 'EIO')
    expect(await codeOf(() => log.restart())).toBe('files/failed')
    disk.before = () => undefined
    // Members are fed from it all the same.
    expect(await numbersIn(log)).toEqual([1])
    await log.append(broadcast(2))
    expect(await numbersIn(log)).toEqual([1, 2])
  })

  it('takes what is appended while it is begun again, behind that, and waits for what was on its way', async () => {
    const disk = newDisk()
    const log = await onDisk(disk)
    await log.append(broadcast(1))
    failOnce(disk, 'write', 'ENOSPC')
    const coming = codeOf(() => log.append(broadcast(2)))
    await Promise.all([log.restart(), log.restart(), ...[5, 6].map(one => log.append(broadcast(one)))])
    expect([await coming, await numbersIn(log)]).toEqual(['files/failed', [5, 6]])
    await log.close()
  })

  it('has every frame that was acknowledged, wherever the process dies, and goes on', async () => {
    const life = async (disk: FaultDisk, done: number[]): Promise<void> => {
      const log = await onDisk(disk)
      for (const sequence of upTo(6)) {
        await log.append(broadcast(sequence))
        done.push(sequence)
      }
    }
    const whole = newDisk()
    await life(whole, [])
    for (const place of faultPlaces(whole.operations.length + 1, 24)) {
      for (const after of [
        (disk: FaultDisk) => disk.killed(),
        (disk: FaultDisk) => disk.crashed(),
        (disk: FaultDisk) => disk.crashed(40),
      ]) {
        const disk = newDisk()
        const done: number[] = []
        crashAfter(disk, place)
        await life(disk, done).catch(() => undefined)
        disk.before = () => undefined
        const log = await onDisk(after(disk))
        const found = await numbersIn(log)
        expect(found.slice(0, done.length)).toEqual(done)
        expect(found.length - done.length).toBeLessThanOrEqual(1)
        const next = found.length + 1
        await log.append(broadcast(next))
        expect(await numbersIn(log)).toEqual(upTo(next))
      }
    }
  })

  it.each(['write', 'sync'])(
    'goes on when a %s has failed once, with what is there then',
    async operation => {
      const disk = newDisk()
      const log = await onDisk(disk)
      await log.append(broadcast(1))
      failOnce(disk, operation, 'ENOSPC')
      expect(await codeOf(() => log.append(broadcast(2)))).toBe('files/failed')
      disk.before = () => undefined
      const newest = log.newest()
      const next = newest === null ? 0 : numberOf(newest) + 1
      expect(next).toBeGreaterThanOrEqual(2)
      await log.append(broadcast(next))
      expect(await numbersIn(log)).toEqual(upTo(next))
    },
  )

  it('stays as it is while the disk fails, and says so each time', async () => {
    const disk = newDisk()
    const log = await onDisk(disk)
    await log.append(broadcast(1))
    disk.before = () => {
      throw Object.assign(new Error('EIO'), { code: 'EIO' })
    }
    for (let i = 0; i < 3; i++) expect(await codeOf(() => log.append(broadcast(2)))).toMatch(/^files\//)
    disk.before = () => undefined
    await log.append(broadcast(2))
    expect(await numbersIn(log)).toEqual([1, 2])
  })

  it('is read from many places at once, while it grows', async () => {
    const log = await onDisk(newDisk())
    for (const sequence of upTo(100)) await log.append(broadcast(sequence))
    const follow = async (start: number): Promise<readonly number[]> => {
      const seen: number[] = []
      for (let after = start; after < 150; ) {
        const frames = await log.read(after, 350)
        seen.push(...frames.map(numberOf))
        after = seen.at(-1) ?? after
        if (frames.length === 0) await new Promise(resolve => setImmediate(resolve))
      }
      return seen
    }
    const starts = upTo(80).map(one => one % 40)
    const following = starts.map(follow)
    for (const sequence of upTo(150, 101)) await log.append(broadcast(sequence))
    for (const [i, seen] of (await Promise.all(following)).entries())
      expect(seen).toEqual(upTo(150, (starts[i] ?? 0) + 1))
  })

  it('takes no more than it may', async () => {
    const log = await onDisk(newDisk(), 500)
    for (const sequence of upTo(3)) await log.append(broadcast(sequence))
    expect(await codeOf(() => log.append(broadcast(4)))).toBe('conference/log-full')
    expect(await numbersIn(log)).toEqual([1, 2, 3])
  })

  it('takes no frame that does not follow', async () => {
    const log = await onDisk(newDisk())
    await log.append(broadcast(1))
    await expect(log.append(broadcast(3))).rejects.toThrow(RangeError)
    await log.append(broadcast(2))
    expect(await numbersIn(log)).toEqual([1, 2])
  })

  it('whose frames are not numbered without gaps is refused by name', async () => {
    const disk = newDisk()
    const raw = await openLog(path, { kind: 'conference/v2', fileSystem: disk, random: systemRandom })
    for (const sequence of [1, 3]) await raw.append(broadcast(sequence))
    await raw.close()
    expect(await codeOf(() => onDisk(disk))).toBe('conference/log-damaged')
  })

  it('cuts what a power cut left behind the last whole frame', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chartseal-frames-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'frames')
    const first = await openFrameFile({ path: file, maxBytes: roomy })
    for (const sequence of upTo(3)) await first.append(broadcast(sequence))
    await first.close()
    await truncate(file, (await stat(file)).size - 10)
    const again = await openFrameFile({ path: file, maxBytes: roomy })
    expect([await numbersIn(again), again.cutBytes > 0]).toEqual([[1, 2], true])
    await again.append(broadcast(3))
    await again.close()
    await appendFile(file, new Uint8Array(30))
    const last = await openFrameFile({ path: file, maxBytes: roomy })
    expect([await numbersIn(last), last.cutBytes]).toEqual([[1, 2, 3], 30])
    await last.close()
  })
})
