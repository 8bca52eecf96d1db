import { codeOf, crashAfter, FaultDisk, failOnce, faultPlaces, systemError } from '@chartseal/testkit'
import type { Cosign } from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { deepVerify, type Read } from './deep-verify.js'
import { folder, leafOf, note, onDisk, openWriter } from './writer-helpers.js'

const readOn = (disk: FaultDisk): Read => {
  const files = disk.files()
  return path => files.get(`${folder}/${path}`) ?? null
}

const many = (from: number, count: number) => Array.from({ length: count }, (_, i) => note(from + i))

/** Appends two lots with checkpoints between; ids that were acknowledged, and the checkpoints that could be seen. */
async function shortRun(
  disk: FaultDisk,
  lots: readonly (readonly [from: number, count: number])[] = [
    [0, 1],
    [1, 254],
    [255, 2],
    [257, 1],
  ],
  cosign?: Cosign,
): Promise<{ acknowledged: number[]; seen: Uint8Array[]; finished: boolean }> {
  const acknowledged: number[] = []
  const seen: Uint8Array[] = []
  const look = (): void => {
    const checkpoint = disk.files().get(`${folder}/checkpoint`)
    if (checkpoint !== undefined) seen.push(checkpoint)
  }
  try {
    const log = await openWriter({ storage: onDisk(disk, 400), ...(cosign === undefined ? {} : { cosign }) })
    for (const [from, count] of lots) {
      const lot = many(from, count).map(async request => {
        await log.append(request)
        acknowledged.push(request.id)
      })
      await Promise.all(lot)
      await log.publish()
      look()
    }
    await log.close()
    return { acknowledged, seen, finished: true }
  } catch {
    look()
    return { acknowledged, seen, finished: false }
  }
}

/** Opens what is left, appends once more, and checks everything. */
async function requireWhole(
  disk: FaultDisk,
  acknowledged: readonly number[],
  seen: readonly Uint8Array[],
  cosign?: Cosign,
): Promise<void> {
  const known = Buffer.from(seen.at(-1) ?? []).toString()
  const witnesses = cosign === undefined ? {} : { cosign }
  const log = await openWriter({
    storage: onDisk(disk, 400),
    ...witnesses,
    ...(known === '' ? {} : { known }),
  })
  expect(log.size).toBeGreaterThanOrEqual(acknowledged.length)
  for (const id of acknowledged.slice(-2)) expect((await log.append(note(id))).atMs).toBeNull()
  await log.append(note(9_999))
  await log.close()
  const { leaves, root } = deepVerify(readOn(disk))
  const texts = new Set(leaves.map(leaf => leaf.toString('hex')))
  for (const id of acknowledged) expect(texts.has(Buffer.from(leafOf(note(id))).toString('hex'))).toBe(true)
  expect(texts.size).toBe(leaves.length)
  for (const checkpoint of seen) {
    const [, size, rootText] = Buffer.from(checkpoint).toString().split('\n')
    expect(root(Number(size)).toString('base64')).toBe(rootText)
  }
}

/** The operations of `work` on a disk that does not fail, and the place behind the last. */
async function placesIn(
  work: (disk: FaultDisk) => Promise<unknown>,
  few: number,
): Promise<readonly number[]> {
  const healthy = new FaultDisk()
  await work(healthy)
  return faultPlaces(healthy.operations.length + 1, few)
}

// Hundreds of logs are opened and verified: how long that takes is no matter.
describe('a log that crashes', { timeout: 600_000 }, () => {
  it('at any operation of the disk, by a power cut or a kill, loses nothing and signs nothing beside', async () => {
    const places = await placesIn(shortRun, 10)
    expect(places.at(-1)).toBeGreaterThan(100)
    let unfinished = 0
    for (const count of places) {
      const disk = new FaultDisk()
      crashAfter(disk, count)
      const { acknowledged, seen, finished } = await shortRun(disk)
      if (!finished) unfinished += 1
      disk.before = () => undefined
      // Of what was not synced the disk keeps nothing, all, or a piece.
      const keptBytes = [0, 1e6, count % 60][count % 3]
      for (const left of [disk.crashed(keptBytes), disk.killed()])
        await requireWhole(left, acknowledged, seen)
    }
    // A run behind whose end the disk fails, or in an operation that may fail, is finished.
    expect(unfinished).toBeGreaterThan(places.length - 5)
  })

  it('at any operation between a signature, its cosignatures and its checkpoint', async () => {
    const lots = [
      [0, 2],
      [2, 3],
    ] as const
    for (const count of await placesIn(disk => shortRun(disk, lots, async text => text), 10)) {
      const disk = new FaultDisk()
      crashAfter(disk, count)
      const seen: Uint8Array[] = []
      // What a witness saw must stand in the log for ever, whether the log knows its answer or not.
      const cosign: Cosign = async text => {
        seen.push(Buffer.from(text))
        return text
      }
      const run = await shortRun(disk, lots, cosign)
      disk.before = () => undefined
      for (const left of [disk.crashed(), disk.crashed(1e6), disk.killed()]) {
        await requireWhole(left, run.acknowledged, [...seen], async text => text)
      }
    }
  })

  it('while it recovers from a crash, recovers all the same', async () => {
    const disk = new FaultDisk()
    crashAfter(disk, 240)
    const { acknowledged, seen } = await shortRun(disk)
    expect(acknowledged.length).toBeGreaterThan(3)
    const recover = (left: FaultDisk): Promise<string> =>
      codeOf(() => openWriter({ storage: onDisk(left, 400) }))
    const healthy = disk.crashed(20)
    healthy.operations.length = 0
    expect(await recover(healthy)).toBe('accepted')
    let refused = 0
    const places = faultPlaces(healthy.operations.length, 8)
    for (const count of places) {
      const left = disk.crashed(20)
      crashAfter(left, count)
      if ((await recover(left)) !== 'accepted') refused += 1
      await requireWhole(left.crashed(), acknowledged, seen)
    }
    expect(refused).toBeGreaterThan(places.length - 5)
  })

  it('writes torn by short writes are whole', async () => {
    const disk = new FaultDisk()
    disk.maxWriteBytes = 7
    const { acknowledged, seen, finished } = await shortRun(disk)
    expect(finished).toBe(true)
    await requireWhole(disk.crashed(), acknowledged, seen)
  })
})

describe('a disk that fails', { timeout: 600_000 }, () => {
  it.each([
    ['write', 'ENOSPC'],
    ['write', 'EIO'],
    ['sync', 'EIO'],
  ])('at a %s with %s, poisons the writer, and reopening recovers', async (operation, code) => {
    const disk = new FaultDisk()
    const log = await openWriter({ storage: onDisk(disk) })
    await log.append(note(0))
    failOnce(disk, operation, code)
    const failed = { code: 'files/failed', context: { systemCode: code } }
    await expect(log.append(note(1))).rejects.toMatchObject(failed)
    expect(await codeOf(() => log.append(note(2)))).toBe('log/poisoned')
    expect(await codeOf(() => log.publish())).toBe('log/poisoned')
    await log.close()
    const again = await openWriter({ storage: onDisk(disk) })
    expect((await again.append(note(0))).index).toBe(0)
    // What was not acknowledged may be there all the same.
    expect([1, 2]).toContain(again.size)
    await again.append(note(1))
    await again.close()
    expect(deepVerify(readOn(disk)).size).toBe(2)
  })

  it('at any one operation, says so or goes on, and loses nothing', async () => {
    for (const nth of await placesIn(shortRun, 10)) {
      const disk = new FaultDisk()
      let count = 0
      disk.before = () => {
        if (count++ === nth) throw systemError('EIO')
      }
      const { acknowledged, seen } = await shortRun(disk)
      disk.before = () => undefined
      await requireWhole(disk.crashed(), acknowledged, seen)
    }
  })

  it('when a tile is written, poisons the writer: what was acknowledged stays', async () => {
    const disk = new FaultDisk()
    const log = await openWriter({ storage: onDisk(disk) })
    disk.before = (operation, path) => {
      if (operation === 'rename' && path.includes('tile')) throw systemError('ENOSPC')
    }
    await Promise.all(many(0, 300).map(request => log.append(request)))
    expect(await codeOf(() => log.publish())).toBe('files/failed')
    expect(await codeOf(() => log.append(note(300)))).toBe('log/poisoned')
    await log.close()
    disk.before = () => undefined
    const again = await openWriter({ storage: onDisk(disk) })
    expect(again.size).toBe(300)
    await again.close()
    expect(deepVerify(readOn(disk)).size).toBe(300)
  })

  it('gives the lock back when it is closed', async () => {
    const disk = new FaultDisk()
    const log = await openWriter({ storage: onDisk(disk) })
    failOnce(disk, 'close', 'EIO')
    expect(await codeOf(() => log.close())).toBe('files/failed')
    await (await openWriter({ storage: onDisk(disk) })).close()
  })
})
