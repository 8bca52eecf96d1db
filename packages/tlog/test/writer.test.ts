import { systemRandom } from '@chartseal/core/system'
import { codeOf, FaultDisk, fixedClock, manualTimer, propertyRuns } from '@chartseal/testkit'
import { memoryStorage, openLogWriter, parseCheckpoint, parseNote, systemTimer } from '@chartseal/tlog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepVerify, type Read } from './deep-verify.js'
import { codec, folder, leafOf, note, onDisk, openWriter, origin, signer, startMs } from './writer-helpers.js'

const readIn =
  (files: Map<string, Uint8Array>): Read =>
  path =>
    files.get(path) ?? null

const sizeOf = (checkpoint: string): number => parseCheckpoint(parseNote(checkpoint).text).size
const fill = (count: number, from = 0) => Array.from({ length: count }, (_, i) => note(from + i))

describe('a log', () => {
  it('starts with a checkpoint of nothing', async () => {
    const storage = memoryStorage()
    const log = await openWriter({ storage })
    expect([log.size, sizeOf(log.checkpoint), log.recovered]).toEqual([
      0,
      0,
      { entries: 0, cutBytes: 0, rewrittenFiles: 0 },
    ])
    expect(deepVerify(readIn(storage.files)).size).toBe(0)
    await log.close()
    await log.close()
  })

  it('gives indexes in the order of the calls, and the time of the batch', async () => {
    const storage = memoryStorage()
    const clock = fixedClock(startMs)
    const log = await openWriter({ storage, clock })
    const made = await Promise.all(fill(3).map(request => log.append(request)))
    expect(made).toEqual([0, 1, 2].map(index => ({ index, atMs: startMs })))
    clock.advance(5)
    expect(await log.append(note(3))).toEqual({ index: 3, atMs: startMs + 5 })
    await log.close()
    expect(deepVerify(readIn(storage.files)).leaves.map(leaf => Uint8Array.from(leaf))).toEqual(
      fill(4).map(leafOf),
    )
  })

  it('is whole at any size, whoever cuts it into batches and sessions, in memory and on disk', async () => {
    const lengths = fc.array(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 3 }), {
      minLength: 1,
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(lengths, async sessions => {
        const memory = memoryStorage()
        const disk = new FaultDisk()
        const roots = []
        for (const storage of [memory, onDisk(disk, 2_000)]) {
          let next = 0
          for (const batches of sessions) {
            const log = await openWriter({ storage })
            for (const count of batches) {
              await Promise.all(fill(count, next).map(request => log.append(request)))
              next += count
              await log.publish()
            }
            await log.close()
          }
          const read: Read = path =>
            (storage === memory ? memory.files : disk.files()).get(
              storage === memory ? path : `${folder}/${path}`,
            ) ?? null
          const { size, root } = deepVerify(read)
          expect(size).toBe(next)
          roots.push(root(size).toString('hex'))
        }
        expect(roots[0]).toBe(roots[1])
      }),
      propertyRuns(15, 4),
    )
  })

  it('has full tiles of every level, and drops partial ones that full ones replaced', async () => {
    const storage = memoryStorage()
    const log = await openWriter({ storage, maxWaiting: 70_000 })
    for (const count of [200, 100, 65_300, 10]) {
      await Promise.all(fill(count, log.size).map(request => log.append(request)))
      await log.publish()
    }
    await log.close()
    const verified = deepVerify(readIn(storage.files))
    expect(verified.size).toBe(65_610)
    expect(storage.files.get('tile/1/000')?.length).toBe(8_192)
    expect(storage.files.get('tile/2/000.p/1')?.length).toBe(32)
    expect([...storage.files.keys()].filter(path => path.startsWith('tile/0/000.p'))).toEqual([])
  })
})

describe('request ids', () => {
  it('give the same index again: at once, later, after reopening, from a full bundle', async () => {
    const storage = memoryStorage()
    const log = await openWriter({ storage })
    const [first, again] = await Promise.all([log.append(note(1)), log.append(note(1))])
    expect([first, again]).toEqual([
      { index: 0, atMs: startMs },
      { index: 0, atMs: null },
    ])
    await Promise.all(fill(600, 10).map(request => log.append(request)))
    for (const id of [1, 20, 500, 609]) expect((await log.append(note(id))).index).toBe(id === 1 ? 0 : id - 9)
    expect(await codeOf(() => log.append(note(20, 'other')))).toBe('log/request-conflict')
    await log.close()
    const reopened = await openWriter({ storage })
    expect(await reopened.append(note(20))).toEqual({ index: 11, atMs: null })
    expect(await codeOf(() => reopened.append(note(609, 'other')))).toBe('log/request-conflict')
    expect(reopened.size).toBe(601)
    await reopened.close()
  })

  it('tell content apart while the first one is still on its way', async () => {
    const log = await openWriter({ storage: memoryStorage() })
    const both = await Promise.allSettled([log.append(note(1, 'a')), log.append(note(1, 'b'))])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await log.close()
  })

  it('are free again when the codec refused the first one, which leaves no gap', async () => {
    const log = await openWriter({ storage: memoryStorage() })
    const results = await Promise.allSettled([
      log.append(note(1)),
      log.append(note(2, 'refused')),
      log.append(note(2, 'taken')),
      log.append(note(3)),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect([log.size, (await log.append(note(3))).index]).toEqual([3, 1])
    await log.close()
  })

  it('are not asked of leaves that have none', async () => {
    const storage = memoryStorage()
    const log = await openWriter({ storage })
    await log.append(note(1, 'import'))
    await log.close()
    const again = await openWriter({ storage })
    expect((await again.append(note(1))).index).toBe(1)
    await again.close()
  })
})

describe('batches', () => {
  it('share one fsync, and so do appends that arrive during one', async () => {
    const disk = new FaultDisk()
    const log = await openWriter({ storage: onDisk(disk) })
    disk.operations.length = 0
    const late: Promise<unknown>[] = []
    disk.before = operation => {
      if (operation === 'sync' && late.length === 0)
        late.push(...fill(20, 10).map(request => log.append(request)))
    }
    await Promise.all(fill(10).map(request => log.append(request)))
    await Promise.all(late)
    expect([log.size, disk.operations.filter(operation => operation === 'sync').length]).toEqual([30, 2])
    await log.close()
  })

  it('are bounded: more than may wait are refused, and go through later', async () => {
    const log = await openWriter({ storage: memoryStorage(), maxWaiting: 10 })
    const results = await Promise.allSettled(fill(12).map(request => log.append(request)))
    expect(results.filter(({ status }) => status === 'rejected').length).toBe(2)
    expect((await log.append(note(11))).index).toBe(10)
    await log.close()
  })
})

describe('checkpoints', () => {
  it('are due at most a second after something new, once, and at the end', async () => {
    const timer = manualTimer()
    const log = await openWriter({ storage: memoryStorage(), timer })
    expect(timer.waiting).toEqual([])
    await log.append(note(1))
    await log.append(note(2))
    expect([timer.waiting, sizeOf(log.checkpoint)]).toEqual([[1_000], 0])
    timer.fire()
    await expect.poll(() => sizeOf(log.checkpoint)).toBe(2)
    expect(timer.waiting).toEqual([])
    await log.append(note(3))
    await log.close()
    expect([timer.waiting, sizeOf(log.checkpoint)]).toEqual([[], 3])
  })

  it('come by the system timer, too', async () => {
    const options = { storage: memoryStorage(), codec, origin, signer, random: systemRandom, checkpointMs: 1 }
    const log = await openLogWriter({ ...options, clock: fixedClock(startMs) })
    await log.append(note(1))
    await expect.poll(() => sizeOf(log.checkpoint)).toBe(1)
    systemTimer.after(1, () => undefined)()
    await log.close()
  })

  it('are due again when a writer finds entries that no checkpoint has', async () => {
    const disk = new FaultDisk()
    const log = await openWriter({ storage: onDisk(disk) })
    await log.append(note(1))
    const timer = manualTimer()
    const next = await openWriter({ storage: onDisk(disk.killed()), timer })
    expect([next.size, sizeOf(next.checkpoint), timer.waiting]).toEqual([1, 0, [1_000]])
    await next.close()
    expect(sizeOf(next.checkpoint)).toBe(1)
    await log.close()
  })
})
