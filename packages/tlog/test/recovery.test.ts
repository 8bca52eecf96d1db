import { codeOf, FaultDisk } from '@chartseal/testkit'
import {
  checkpointPath,
  formatCheckpoint,
  memoryStorage,
  parseCheckpoint,
  parseNote,
  signedPath,
  signNote,
} from '@chartseal/tlog'
import { fileStorage } from '@chartseal/tlog/fs'
import { describe, expect, it } from 'vitest'
import { deepVerify } from './deep-verify.js'
import { folder, note, onDisk, openWriter, origin, signer } from './writer-helpers.js'

async function written(disk: FaultDisk, count: number, segmentBytes?: number): Promise<string> {
  const log = await openWriter({ storage: onDisk(disk, segmentBytes) })
  for (let done = 0; done < count; done += 100) {
    const lot = Array.from({ length: Math.min(100, count - done) }, (_, i) => log.append(note(log.size + i)))
    await Promise.all(lot)
    if (segmentBytes !== undefined) await log.publish()
  }
  await log.close()
  return log.checkpoint
}

const journals = (disk: FaultDisk): string[] =>
  [...disk.files().keys()].filter(path => path.includes('/journal.'))
const opened = (disk: FaultDisk, known?: string): Promise<string> =>
  codeOf(() => openWriter({ storage: onDisk(disk), ...(known === undefined ? {} : { known }) }))
const bytesOf = (disk: FaultDisk, path: string): Uint8Array => disk.files().get(path) ?? new Uint8Array()

describe('opening a log', () => {
  it('cuts a torn tail and says how much', async () => {
    const disk = new FaultDisk()
    await written(disk, 5)
    const [path = ''] = journals(disk)
    disk.put(path, Buffer.concat([bytesOf(disk, path), Buffer.alloc(3)]))
    const log = await openWriter({ storage: onDisk(disk) })
    expect(log.recovered).toEqual({ entries: 5, cutBytes: 3, rewrittenFiles: 0 })
    await log.close()
  })

  it('makes bundles, tiles and partial tiles again from the journal', async () => {
    const disk = new FaultDisk()
    await written(disk, 700)
    for (const path of disk.files().keys()) if (path.includes('/tile/')) disk.erase(path)
    const log = await openWriter({ storage: onDisk(disk) })
    expect(log.recovered.rewrittenFiles).toBe(4)
    await log.append(note(700))
    await log.close()
    const files = disk.files()
    expect(deepVerify(path => files.get(`${folder}/${path}`) ?? null).size).toBe(701)
  })

  it('makes tiles again that are missing, short or wrong, from the bundles below the journal', async () => {
    for (const content of [null, new Uint8Array(8_191), new Uint8Array(8_192)]) {
      const disk = new FaultDisk()
      await written(disk, 1_000, 500)
      disk.erase(`${folder}/tile/0/001`)
      if (content !== null) disk.put(`${folder}/tile/0/001`, content)
      const log = await openWriter({ storage: onDisk(disk) })
      expect(log.recovered).toEqual({ entries: 1_000, cutBytes: 0, rewrittenFiles: 1 })
      await log.close()
      const files = disk.files()
      expect(deepVerify(path => files.get(`${folder}/${path}`) ?? null).size).toBe(1_000)
    }
  })

  it('starts in the middle of a bundle, when the journal begins there', async () => {
    const disk = new FaultDisk()
    await written(disk, 1_000, 500)
    expect(journals(disk).length).toBe(3)
    const log = await openWriter({ storage: onDisk(disk) })
    expect([log.size, (await log.append(note(1))).index]).toEqual([1_000, 1])
    await log.append(note(1_000))
    await log.close()
    const files = disk.files()
    expect(deepVerify(path => files.get(`${folder}/${path}`) ?? null).size).toBe(1_001)
  })

  it('begins another segment where the last one is long, however often it was opened', async () => {
    const disk = new FaultDisk()
    for (let round = 0; round < 6; round++) {
      const log = await openWriter({ storage: onDisk(disk, 3_000) })
      await Promise.all(Array.from({ length: 40 }, (_, i) => log.append(note(40 * round + i))))
      await log.close()
    }
    expect(journals(disk).length).toBe(2)
  })

  it('removes what a killed writer had not finished', async () => {
    const disk = new FaultDisk()
    await written(disk, 1)
    const left = [`${folder}/.state/3.tmp`, `${folder}/checkpoint.0123456789abcdef.tmp`]
    for (const path of left) disk.put(path, new Uint8Array())
    await (await openWriter({ storage: onDisk(disk) })).close()
    for (const path of left) expect(disk.files().has(path)).toBe(false)
  })
})

describe('a log that is not what was signed', () => {
  it('is not opened when its tail was cut off, or an older copy of the journal was put there', async () => {
    for (const segmentBytes of [undefined, 500]) {
      const disk = new FaultDisk()
      await written(disk, 300, segmentBytes)
      const path = journals(disk).at(-1) ?? ''
      const before = bytesOf(disk, path)
      const log = await openWriter({ storage: onDisk(disk) })
      await log.append(note(300))
      await log.close()
      disk.put(path, before)
      expect(await opened(disk)).toBe('log/rollback')
    }
  })

  it('is not opened when all of it went back and a newer checkpoint is known', async () => {
    const [old, disk] = [new FaultDisk(), new FaultDisk()]
    await written(old, 300)
    const known = await written(disk, 301)
    expect(await opened(old, known)).toBe('log/rollback')
    expect(await opened(disk, known)).toBe('accepted')
  })

  it('is not opened when its journal is gone', async () => {
    const disk = new FaultDisk()
    await written(disk, 3)
    for (const path of journals(disk)) disk.erase(path)
    expect(await opened(disk)).toBe('log/rollback')
  })

  it('is not opened when other entries stand there, below or behind the full bundles', async () => {
    for (const size of [1, 255, 256, 257, 300, 512, 700, 999, 1_000]) {
      const disk = new FaultDisk()
      await written(disk, 1_000, 500)
      const text = formatCheckpoint({ origin, size, root: new Uint8Array(32), extensions: [] })
      expect(await opened(disk, signNote(text, [signer])), `${size}`).toBe('log/diverged')
      disk.put(`${folder}/${signedPath}`, Buffer.from(signNote(text, [signer])))
      expect(await opened(disk)).toBe('log/diverged')
    }
  })

  it('is opened with every checkpoint that it published', async () => {
    const disk = new FaultDisk()
    const notes: string[] = []
    const log = await openWriter({ storage: onDisk(disk, 300) })
    for (const count of [1, 254, 1, 1, 255, 88, 400]) {
      await Promise.all(Array.from({ length: count }, (_, i) => log.append(note(log.size + i))))
      notes.push(await log.publish())
    }
    await log.close()
    for (const known of notes) expect(await opened(disk.killed(), known)).toBe('accepted')
  })

  it('is not opened when a bundle was changed, and nothing of it is written then', async () => {
    const disk = new FaultDisk()
    await written(disk, 1_000, 500)
    const path = `${folder}/tile/entries/001`
    disk.put(
      path,
      bytesOf(disk, path).map((byte, i) => (i === 100 ? byte ^ 1 : byte)),
    )
    const before = disk.files()
    expect(await opened(disk)).toBe('log/diverged')
    const isClaim = (name: string): boolean => name.includes('.lock,')
    expect([...disk.files()].filter(([name]) => !isClaim(name))).toEqual(
      [...before].filter(([name]) => !isClaim(name)),
    )
  })

  it('is not opened without its checkpoint', async () => {
    const disk = new FaultDisk()
    const known = await written(disk, 3)
    disk.erase(`${folder}/${checkpointPath}`)
    expect(await opened(disk)).toBe('log/no-checkpoint')
    expect(await opened(disk, known)).toBe('log/no-checkpoint')
  })

  it('is opened again in memory', async () => {
    const storage = memoryStorage()
    const log = await openWriter({ storage })
    await log.append(note(1))
    await log.close()
    expect(parseCheckpoint(parseNote(log.checkpoint).text).size).toBe(1)
    storage.files.delete(checkpointPath)
    expect(await codeOf(() => openWriter({ storage }))).toBe('log/no-checkpoint')
    // A log that was refused is free.
    expect(await codeOf(() => openWriter({ storage }))).toBe('log/no-checkpoint')
  })

  it('is not made where its folder cannot be', async () => {
    expect(await codeOf(() => fileStorage('/no/such/folder', { system: new FaultDisk() }).open())).toBe(
      'files/failed',
    )
  })
})
