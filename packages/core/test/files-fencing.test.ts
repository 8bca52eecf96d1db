import { lockFile, openKeyValue, openLog, readClaims, removeClaim, replaceFile } from '@chartseal/core/files'
import { describe, expect, it } from 'vitest'
import { MemoryDisk, systemError } from './files-disk.js'
import { codeOfAsync, headBytes, kind, openOn, path, texts, written } from './files-helpers.js'

const record = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text))
const folder = '/data'

/**
 * A holder who is stopped before one of its operations, as by SIGSTOP, loses the lock, and goes on when somebody else
 * has finished. `true` while there was such an operation.
 */
async function stoppedAt(
  disk: MemoryDisk,
  count: number,
  holder: () => Promise<unknown>,
  other: () => Promise<void>,
): Promise<boolean> {
  let [done, wasStopped] = [0, false]
  let resume = (): void => undefined
  let stop = (): void => undefined
  const stopped = new Promise<void>(resolve => {
    stop = resolve
  })
  disk.before = async () => {
    if (done++ !== count) return
    wasStopped = true
    stop()
    await new Promise<void>(resolve => {
      resume = resolve
    })
  }
  const running = holder()
  await Promise.race([stopped, running])
  disk.before = () => undefined
  await other()
  resume()
  await running
  return wasStopped
}

/** Takes every lock away by force. */
async function robAll(disk: MemoryDisk): Promise<void> {
  for (const claim of await readClaims(folder, { fileSystem: disk }))
    await removeClaim(claim, { fileSystem: disk, force: true })
}

/** 'done', or the code of what it was refused with. */
async function ending(run: () => Promise<unknown>): Promise<string> {
  const code = await codeOfAsync(run)
  return code === 'accepted' ? 'done' : code
}

describe('a log whose holder is stopped at any operation and loses the lock', () => {
  it('keeps what either holder acknowledged, and stays readable', async () => {
    let wasStopped = true
    for (let count = 0; wasStopped; count++) {
      const disk = new MemoryDisk()
      // A torn tail, so that opening cuts.
      disk.put(path, (await written(new MemoryDisk(), 'old', 'torn')).slice(0, -1))
      const acknowledged: string[] = []
      let outcome = ''
      const holder = async (): Promise<void> => {
        outcome = await ending(async () => {
          const log = await openOn(disk)
          await log.append(record('first'))
          acknowledged.push('first')
          await log.append(record('a longer second record'))
          acknowledged.push('a longer second record')
        })
      }
      wasStopped = await stoppedAt(disk, count, holder, async () => {
        await robAll(disk)
        const log = await openOn(disk)
        await log.append(record('other'))
        acknowledged.push('other')
        await log.close()
      })
      await robAll(disk)
      const log = await openOn(disk)
      const found = await texts(log)
      for (const text of ['old', ...acknowledged]) expect(found, `${count}`).toContain(text)
      // What was not acknowledged may be there, once; nothing else may.
      expect(new Set(found).size).toBe(found.length)
      expect(['done', 'files/lock-lost', 'files/locked', 'files/failed']).toContain(outcome)
      await log.close()
    }
  })

  it('refuses the holder everything afterwards', async () => {
    const disk = new MemoryDisk()
    const log = await openOn(disk)
    await log.append(record('a'))
    await robAll(disk)
    const other = await openOn(disk)
    expect(await codeOfAsync(() => log.append(record('b')))).toBe('files/lock-lost')
    expect(await codeOfAsync(() => log.append(record('c')))).toBe('files/poisoned')
    await log.close()
    expect(await other.append(record('d'))).toBe(1)
    expect(await texts(other)).toEqual(['a', 'd'])
  })

  it('is one file again for the next opener: only the first copies it', async () => {
    const disk = new MemoryDisk()
    await openOn(disk)
    await robAll(disk)
    for (const renames of [1, 0]) {
      disk.operations.length = 0
      await (await openOn(disk)).close()
      expect(disk.operations.filter(operation => operation === 'rename').length).toBe(renames)
    }
    expect(disk.bytes(path)?.length).toBe(headBytes)
  })

  it('is copied whole when it is large', async () => {
    const disk = new MemoryDisk()
    const log = await openOn(disk)
    const large = 'x'.repeat(2 ** 20 - headBytes - 24)
    for (const text of [large, 'y'.repeat(2 ** 20), 'z']) await log.append(record(text))
    await robAll(disk)
    expect(await texts(await openOn(disk))).toEqual([large, 'y'.repeat(2 ** 20), 'z'])
  })

  it('is left as it was when it cannot be copied', async () => {
    const disk = new MemoryDisk()
    await openOn(disk)
    await robAll(disk)
    disk.before = operation => {
      if (operation === 'write') throw systemError('ENOSPC')
    }
    expect(await codeOfAsync(() => openOn(disk))).toBe('files/failed')
    disk.before = () => undefined
    // The mark is still there, so that the next one tries again.
    expect(disk.names.some(name => name.includes('@revoked'))).toBe(true)
    await openOn(disk)
    expect(disk.names.some(name => name.includes('@revoked'))).toBe(false)
  })

  it('works under a lock that its caller holds', async () => {
    const disk = new MemoryDisk()
    const lock = await lockFile('/data/whole', { fileSystem: disk })
    const log = await openLog(path, { kind, fileSystem: disk, lock })
    await log.append(record('a'))
    await log.close()
    await lock.check()
    const again = await openLog(path, { kind, fileSystem: disk, lock })
    await robAll(disk)
    expect(await codeOfAsync(() => again.append(record('b')))).toBe('files/lock-lost')
  })
})

describe('values whose holder is stopped at any operation of a put and loses the lock', () => {
  it('are those of the next holder, or older ones that were acknowledged', async () => {
    let wasStopped = true
    // From 1 on: operation 0 makes the claim, without which there is nothing to lose.
    for (let count = 1; wasStopped; count++) {
      const disk = new MemoryDisk()
      let outcome = ''
      const holder = async (): Promise<void> => {
        outcome = await ending(async () => {
          const store = await openKeyValue(folder, { fileSystem: disk })
          await store.put('a', record('1'))
          await store.put('b', record('1'))
        })
      }
      wasStopped = await stoppedAt(disk, count, holder, async () => {
        await robAll(disk)
        const store = await openKeyValue(folder, { fileSystem: disk })
        await store.put('a', record('2'))
        await store.close()
      })
      await robAll(disk)
      const store = await openKeyValue(folder, { fileSystem: disk })
      expect(await store.get('a'), `${count}`).toEqual(record('2'))
      if (outcome === 'done') expect(await store.get('b')).toEqual(record('1'))
      else expect(['files/lock-lost', 'files/locked', 'files/failed']).toContain(outcome)
      await store.close()
    }
  })

  it('refuse the holder everything afterwards', async () => {
    const disk = new MemoryDisk()
    const store = await openKeyValue(folder, { fileSystem: disk })
    await store.put('a', record('1'))
    await robAll(disk)
    expect(await codeOfAsync(() => store.delete('a'))).toBe('files/lock-lost')
    expect(await codeOfAsync(() => store.put('a', record('2')))).toBe('files/poisoned')
    expect(disk.bytes('/data/key-a')).toEqual(record('1'))
  })
})

describe('replaceFile under a lock', () => {
  it('replaces nothing once the lock is lost, and removes its temporary file', async () => {
    const disk = new MemoryDisk()
    disk.put(path, record('old'))
    const lock = await lockFile(path, { fileSystem: disk })
    await replaceFile(path, record('new'), { fileSystem: disk, lock })
    await robAll(disk)
    const late = (): Promise<void> => replaceFile(path, record('late'), { fileSystem: disk, lock })
    expect(await codeOfAsync(late)).toBe('files/lock-lost')
    expect(disk.bytes(path)).toEqual(record('new'))
    expect(disk.names.filter(name => name.endsWith('.tmp'))).toEqual([])
  })
})
