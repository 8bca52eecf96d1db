import { join } from 'node:path'
import { type FileSystem, type OpenFile, openKeyValue, readKeyValue, readLog } from '@chartseal/core/files'
import type { AppendLog } from '@chartseal/core/ports'
import { afterEach, describe, expect, it } from 'vitest'
import { failOnce, MemoryDisk, systemError } from './files-disk.js'
import { codeOfAsync, headBytes, kind, openOn, path, realFolder, written } from './files-helpers.js'
import { Child } from './files-processes.js'

const children: Child[] = []
afterEach(async () => {
  for (const child of children.splice(0)) await child.end()
})

/** The same disk, on which nothing can be written. */
function readOnly(disk: MemoryDisk): FileSystem {
  const refuse = (): Promise<never> => Promise.reject(systemError('EROFS'))
  const asReadOnly = (file: OpenFile): OpenFile => ({
    ...file,
    write: refuse,
    truncate: refuse,
    sync: refuse,
  })
  return {
    open: async (name, how) => (how === 'read' ? asReadOnly(await disk.open(name, how)) : refuse()),
    status: name => disk.status(name),
    realPath: name => disk.realPath(name),
    list: name => disk.list(name),
    rename: refuse,
    remove: refuse,
    syncFolder: refuse,
  }
}

const open = (fileSystem: FileSystem) => readLog(path, { kind, fileSystem })
const all = async (log: AppendLog): Promise<number[][]> => {
  const found: number[][] = []
  for await (const record of log.read()) found.push([...record])
  return found
}

describe('readLog', () => {
  it('reads a log that nobody can write, and takes no lock', async () => {
    const disk = new MemoryDisk()
    await written(disk, 'a', 'b', 'c')
    const log = await open(readOnly(disk))
    expect([log.length, log.tornBytes, await all(log)]).toEqual([3, 0, [[97], [98], [99]]])
    await log.close()
    await log.close()
    await expect(all(log)).rejects.toThrow(TypeError)
  })

  it('reports the bytes of an interrupted write and leaves them where they are', async () => {
    const disk = new MemoryDisk()
    const bytes = await written(disk, 'a', 'torn')
    for (let size = headBytes + 25; size < bytes.length; size++) {
      disk.put(path, bytes.slice(0, size))
      const log = await open(readOnly(disk))
      expect([log.length, log.tornBytes]).toEqual([1, size - headBytes - 25])
      await log.close()
      expect(disk.bytes(path)?.length).toBe(size)
    }
  })

  it('refuses what openLog refuses, and what is not there', async () => {
    const disk = new MemoryDisk()
    const bytes = await written(disk, 'a', 'b')
    await expect(readLog(path, { kind: 'two words', fileSystem: disk })).rejects.toThrow(RangeError)
    expect(await codeOfAsync(() => readLog(path, { kind: 'other/v1', fileSystem: disk }))).toBe(
      'files/wrong-kind',
    )
    bytes[60] = 1
    disk.put(path, bytes)
    await expect(open(disk)).rejects.toMatchObject({
      code: 'files/corrupt-record',
      context: { path, index: 0 },
    })
    disk.put(path, new Uint8Array(3))
    expect(await codeOfAsync(() => open(disk))).toBe('files/not-a-log')
    await disk.remove(path)
    await expect(open(disk)).rejects.toMatchObject({
      code: 'files/failed',
      context: { operation: 'open', path, systemCode: 'ENOENT' },
    })
    expect(disk.names).toEqual([])
  })

  it('refuses to append', async () => {
    const disk = new MemoryDisk()
    await written(disk, 'a')
    const log = await open(disk)
    await expect(log.append(new Uint8Array())).rejects.toThrow(TypeError)
    await expect(log.appendAll([])).rejects.toThrow(TypeError)
  })

  it('reads what was durable when it began, while a writer goes on, and keeps nobody from writing', async () => {
    const disk = new MemoryDisk()
    const log = await openOn(disk)
    await log.append(Uint8Array.of(1))
    const reading = await open(disk)
    await log.append(Uint8Array.of(2))
    expect([await all(reading), await all(await open(disk))]).toEqual([[[1]], [[1], [2]]])
    await log.close()
  })

  it('reads a log of another process at any moment of its writing', async () => {
    const file = join(realFolder(), 'busy.log')
    const child = new Child(busyLog, [file])
    children.push(child)
    await child.line()
    for (let round = 0, before = 0; round < 40; round++) {
      const log = await readLog(file, { kind })
      expect(log.length).toBeGreaterThanOrEqual(before)
      before = log.length
      let next = 0
      for await (const [first] of log.read()) expect(first).toBe(next++ % 256)
      expect(next).toBe(log.length)
      await log.close()
    }
  })
})

// It ends, or a reader that is slower than it has more to read each time, for ever.
const busyLog = `
  import { openLog } from '@chartseal/core/files'
  const log = await openLog(process.argv[1], { kind: '${kind}' })
  console.log('open')
  for (let i = 0; i < 1000; i++) {
    await log.append(new Uint8Array(1 + i % 900).fill(i))
    if (i % 3 === 0) await new Promise(resolve => setTimeout(resolve, 1))
  }
  await log.close()
`

describe('readKeyValue', () => {
  it('reads values that nobody can write, and takes no lock', async () => {
    const disk = new MemoryDisk()
    const store = await openKeyValue('/data', { fileSystem: disk })
    await store.put('a/1', Uint8Array.of(1))
    await store.put('b', Uint8Array.of(2))
    disk.put('/data/key-c.0123456789abcdef.tmp', Uint8Array.of(3))
    const values = await readKeyValue('/data', { fileSystem: readOnly(disk) })
    expect([await values.keys(), await values.keys('a/')]).toEqual([['a/1', 'b'], ['a/1']])
    expect([await values.get('b'), await values.get('c')]).toEqual([Uint8Array.of(2), null])
    await store.put('b', Uint8Array.of(4))
    expect(await values.get('b')).toEqual(Uint8Array.of(4))
    await expect(values.put('a', new Uint8Array())).rejects.toThrow(TypeError)
    await expect(values.delete('a')).rejects.toThrow(TypeError)
    await expect(values.get('')).rejects.toThrow(RangeError)
    expect(disk.names).toContain('/data/key-c.0123456789abcdef.tmp')
  })

  it('names the file that cannot be read', async () => {
    const disk = new MemoryDisk()
    disk.put('/data/key-a', Uint8Array.of(1))
    const values = await readKeyValue('/data', { fileSystem: disk })
    failOnce(disk, 'open read', 'EACCES')
    await expect(values.get('a')).rejects.toMatchObject({
      context: { operation: 'open', path: '/data/key-a', systemCode: 'EACCES' },
    })
    failOnce(disk, 'list', 'EACCES')
    await expect(readKeyValue('/data', { fileSystem: disk })).rejects.toMatchObject({
      message: 'The file system refused: list /data (EACCES).',
    })
  })

  it('gives the old or the new value, whole, while another process replaces it', async () => {
    const folder = realFolder()
    const child = new Child(busyValues, [folder])
    children.push(child)
    await child.line()
    const values = await readKeyValue(folder)
    const seen = new Set<number>()
    for (let round = 0; round < 300 || seen.size < 2; round++) {
      const value = (await values.get('a')) ?? new Uint8Array()
      seen.add(value[0] ?? -1)
      expect(value.length).toBe(1000 + (value[0] ?? 0))
      expect(value.every(byte => byte === value[0])).toBe(true)
      expect(await values.keys()).toEqual(['a'])
    }
  })
})

const busyValues = `
  import { openKeyValue } from '@chartseal/core/files'
  const store = await openKeyValue(process.argv[1])
  for (let i = 0; ; i = (i + 1) % 200) {
    await store.put('a', new Uint8Array(1000 + i).fill(i))
    if (i === 0) console.log('put')
  }
`
