import { attempt, openLog, removeTemporaries, replaceFile } from '@chartseal/core/files'
import { describe, expect, it } from 'vitest'
import { crashAfter, failOnce, MemoryDisk } from './files-disk.js'
import { codeOfAsync, kind, openOn, path, texts, written } from './files-helpers.js'

const record = (text: string): Uint8Array => Buffer.from(text)

describe('a log whose disk fails', () => {
  it.each([
    ['write', 'ENOSPC'],
    ['write', 'EIO'],
    ['sync', 'EIO'],
  ])(
    'refuses everything after a failed %s (%s), keeps what it had, and heals on reopening',
    async (operation, code) => {
      const disk = new MemoryDisk()
      await written(disk, 'kept')
      const log = await openOn(disk)
      failOnce(disk, operation, code)
      const [first, sameBatch] = [log.append(record('a')), log.append(record('b'))]
      await expect(first).rejects.toMatchObject({ code: 'files/failed', context: { systemCode: code } })
      await expect(sameBatch).rejects.toMatchObject({ code: 'files/failed' })
      expect(await codeOfAsync(() => log.append(record('c')))).toBe('files/poisoned')
      expect([log.length, await texts(log)]).toEqual([1, ['kept']])
      await log.close()
      const again = await openOn(disk)
      // What was not acknowledged may be there all the same, in order; nothing else may.
      expect(['a', 'b'].slice(0, again.length - 1)).toEqual(await texts(again, 1))
      expect(await again.append(record('d'))).toBe(again.length - 1)
      await again.close()
    },
  )

  it('refuses what waits behind a failed batch without trying it', async () => {
    const disk = new MemoryDisk()
    const log = await openOn(disk)
    let waiting: Promise<number> | undefined
    disk.before = operation => {
      if (operation !== 'write') return
      waiting ??= log.append(record('behind'))
      waiting.catch(() => undefined)
      throw Object.assign(new Error('full'), { code: 'ENOSPC' })
    }
    expect(await codeOfAsync(() => log.append(record('a')))).toBe('files/failed')
    expect(await codeOfAsync(async () => waiting)).toBe('files/poisoned')
    expect(disk.operations.filter(operation => operation === 'write').length).toBe(2)
  })

  it('cuts what a failed write left half done', async () => {
    const disk = new MemoryDisk()
    const log = await openOn(disk)
    disk.maxWriteBytes = 10
    failOnce(disk, 'write', 'ENOSPC', 2)
    expect(await codeOfAsync(() => log.append(record('a')))).toBe('files/failed')
    await log.close()
    expect((await openOn(disk)).recovered).toEqual({ records: 0, cutBytes: 20 })
  })

  it('takes a disk that writes nothing for a broken one', async () => {
    const disk = new MemoryDisk()
    const log = await openOn(disk)
    disk.maxWriteBytes = 0
    expect(await codeOfAsync(() => log.append(record('a')))).toBe('files/failed')
  })

  it('reports a failed read, and reads again later', async () => {
    const disk = new MemoryDisk()
    await written(disk, 'a')
    const log = await openOn(disk)
    failOnce(disk, 'read', 'EIO')
    expect(await codeOfAsync(() => texts(log))).toBe('files/failed')
    expect(await texts(log)).toEqual(['a'])
  })

  it('gives the lock back when closing fails', async () => {
    const disk = new MemoryDisk()
    const log = await openOn(disk)
    failOnce(disk, 'close', 'EIO')
    expect(await codeOfAsync(() => log.close())).toBe('files/failed')
    expect((await openOn(disk)).length).toBe(0)
  })
})

describe('opening on a failing disk', () => {
  it('answers files/failed whichever operation fails, and holds no lock', async () => {
    const whole = await written(new MemoryDisk(), 'a', 'b')
    const torn = whole.slice(0, -1)
    for (const content of [undefined, torn]) {
      const healthy = new MemoryDisk()
      if (content !== undefined) healthy.put(path, content)
      await openOn(healthy)
      for (let nth = 0; nth < healthy.operations.length; nth++) {
        const disk = new MemoryDisk()
        if (content !== undefined) disk.put(path, content)
        let count = 0
        disk.before = () => {
          if (count++ === nth) throw Object.assign(new Error('broken'), { code: 'EIO' })
        }
        const code = await codeOfAsync(() => openOn(disk))
        disk.before = () => undefined
        // Closing a file that was only looked at may fail unnoticed; the lock is free again in any case.
        expect(['files/failed', 'accepted']).toContain(code)
        if (code === 'files/failed') expect(disk.names.filter(name => name.includes('.lock,'))).toEqual([])
      }
    }
  })
})

describe('a power cut', () => {
  it('loses nothing acknowledged after any operation, with any part of what was not synced', async () => {
    let finished = false
    for (let count = 0; !finished; count++) {
      const disk = new MemoryDisk()
      crashAfter(disk, count)
      const acknowledged: string[] = []
      finished = await appendUntilCrash(disk, acknowledged)
      for (const keptBytes of [0, 1, 13, 30, 1000]) {
        const log = await openOn(disk.crashed(keptBytes))
        const found = await texts(log)
        expect(found.slice(0, acknowledged.length)).toEqual(acknowledged)
        expect(['a', 'b', 'c', 'd'].slice(0, found.length)).toEqual(found)
        await log.close()
      }
    }
  })

  it('leaves the old or the new content of a replaced file, and the new one once it was acknowledged', async () => {
    for (let count = 0, done = false; !done; count++) {
      const disk = new MemoryDisk()
      disk.put(path, record('old'))
      crashAfter(disk, count)
      done =
        (await codeOfAsync(() => replaceFile(path, record('new content'), { fileSystem: disk }))) ===
        'accepted'
      const afterCut = Buffer.from(disk.crashed().bytes(path) ?? []).toString()
      const afterKill = Buffer.from(disk.bytes(path) ?? []).toString()
      expect(done ? ['new content'] : ['old', 'new content']).toContain(afterCut)
      expect(['old', 'new content']).toContain(afterKill)
    }
  })
})

describe('replaceFile', () => {
  it('removes its temporary file when it fails', async () => {
    for (const operation of ['write', 'sync', 'close', 'rename']) {
      const disk = new MemoryDisk()
      disk.put(path, record('old'))
      failOnce(disk, operation, 'ENOSPC')
      expect(await codeOfAsync(() => replaceFile(path, record('new'), { fileSystem: disk }))).toBe(
        'files/failed',
      )
      expect([disk.names, disk.bytes(path)]).toEqual([[path], Uint8Array.from(record('old'))])
    }
  })
})

describe('attempt', () => {
  it('names the file and the code as far as they are known', async () => {
    const context = async (cause: unknown, path?: string) => {
      const failing = attempt('read', () => Promise.reject(cause), path)
      return failing.catch((error: unknown) => Object(error).context)
    }
    const system = Object.assign(new Error('denied'), { code: 'EACCES', path: '/data/b' })
    const known = { operation: 'read', path: '/data/b', systemCode: 'EACCES' }
    expect(await context(system)).toEqual(known)
    expect(await context(system, '/data/a')).toEqual({
      operation: 'read',
      path: '/data/a',
      systemCode: 'EACCES',
    })
    for (const cause of ['text', new Error('plain'), Object.assign(new Error('odd'), { code: 5, path: 6 })])
      expect(await context(cause)).toEqual({ operation: 'read', path: 'a file', systemCode: 'unknown' })
  })
})

describe('removeTemporaries', () => {
  it('is durable when it resolves, and reports what the disk refuses', async () => {
    const temporary = `${path}.0123456789abcdef.tmp`
    const remove = (disk: MemoryDisk) => removeTemporaries('/data', ['a.log'], { fileSystem: disk })
    for (const operation of ['list', 'remove', 'syncFolder']) {
      const disk = new MemoryDisk()
      disk.put(temporary, record('x'))
      failOnce(disk, operation, 'EIO')
      await expect(remove(disk)).rejects.toMatchObject({
        code: 'files/failed',
        context: { systemCode: 'EIO' },
      })
      if (operation !== 'syncFolder') await remove(disk)
      else await disk.syncFolder()
      expect(disk.crashed().names).toEqual([])
    }
  })
})

/** True when all four records were acknowledged. */
async function appendUntilCrash(disk: MemoryDisk, acknowledged: string[]): Promise<boolean> {
  try {
    const log = await openLog(path, { kind, fileSystem: disk })
    for (const pair of [
      ['a', 'b'],
      ['c', 'd'],
    ]) {
      await log.appendAll(pair.map(record))
      acknowledged.push(...pair)
    }
    return true
  } catch {
    return false
  }
}
