import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FileSystem, nodeFileSystem } from '@chartseal/core/files'
import { systemError } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { refuseExisting, stageFiles, writeAll } from '../dist/io/staged-files.js'
import { emptyFolder, Sink, worldIo } from './cli.js'

const names = ['a.txt', 'b.txt', 'c.cbor']
const filesIn = (folder: string, content: string) =>
  names.map((name, i) => ({ file: join(folder, name), data: `${content} ${name}`, secret: i < 2 }))

const ioIn = (cwd: string) => worldIo({ cwd }, new Sink(), new Sink())

type Step = (operation: string) => void

/** Calls back before each operation that changes something. */
function watched(before: Step): FileSystem {
  return {
    ...nodeFileSystem,
    async open(path, how, mode) {
      before('open')
      const file = await nodeFileSystem.open(path, how, mode)
      return {
        ...file,
        async write(bytes, position) {
          before('write')
          return file.write(bytes, position)
        },
        async sync() {
          before('sync')
          return file.sync()
        },
      }
    },
    async rename(from, to) {
      before('rename')
      return nodeFileSystem.rename(from, to)
    },
    async remove(path) {
      before('remove')
      return nodeFileSystem.remove(path)
    },
    async syncFolder(folder) {
      before('syncFolder')
      return nodeFileSystem.syncFolder(folder)
    },
  }
}

/** Fails at one operation; a process that was killed does nothing after it, either. */
function failingAt(n: number, killed: boolean): { readonly fileSystem: FileSystem; readonly log: string[] } {
  const log: string[] = []
  const fileSystem = watched(operation => {
    log.push(operation)
    if (log.length === n || (killed && log.length > n)) throw systemError('ENOSPC')
  })
  return { fileSystem, log }
}

/** Every file below the folder with its content. */
function contentOf(cwd: string): Record<string, string> {
  const found = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return Object.fromEntries(
    found.map(entry => {
      const path = join(entry.parentPath, entry.name)
      return [path.slice(cwd.length + 1), readFileSync(path, 'utf8')]
    }),
  )
}

const whole = (content: string): Record<string, string> =>
  Object.fromEntries(filesIn('out', content).map(({ file, data }) => [file, data]))

async function operations(existing: boolean): Promise<number> {
  const cwd = emptyFolder()
  if (existing) mkdirSync(join(cwd, 'out'))
  const { fileSystem, log } = failingAt(0, false)
  await writeAll(ioIn(cwd), 'out', filesIn('out', 'new'), { force: false, fileSystem })
  expect(contentOf(cwd)).toEqual(whole('new'))
  return log.length
}

describe('files that appear together', () => {
  it.each([false, true])('are written with their modes; the folder exists: %s', async existing => {
    const cwd = emptyFolder()
    if (existing) mkdirSync(join(cwd, 'out'))
    await writeAll(ioIn(cwd), 'out', filesIn('out', 'new'), { force: false })
    expect(names.map(name => statSync(join(cwd, 'out', name)).mode & 0o777)).toEqual([0o600, 0o600, 0o644])
    expect(contentOf(cwd)).toEqual(whole('new'))
  })

  it.each([false, true])('leave nothing when any operation fails; the folder exists: %s', async existing => {
    const count = await operations(existing)
    expect(count).toBeGreaterThan(9)
    // The last one makes the names durable: when it fails, the files are there.
    for (let n = 1; n < count; n++) {
      const cwd = emptyFolder()
      if (existing) mkdirSync(join(cwd, 'out'))
      const { fileSystem } = failingAt(n, false)
      const writing = writeAll(ioIn(cwd), 'out', filesIn('out', 'new'), { force: false, fileSystem })
      await expect(writing).rejects.toMatchObject({ code: 'files/failed' })
      expect([n, contentOf(cwd)]).toEqual([n, {}])
    }
  })

  it('appear whole or not at all in a new folder when the process is killed', async () => {
    const count = await operations(false)
    for (let n = 1; n <= count; n++) {
      const cwd = emptyFolder()
      const { fileSystem } = failingAt(n, true)
      await writeAll(ioIn(cwd), 'out', filesIn('out', 'new'), { force: false, fileSystem }).catch(() => null)
      const seen = Object.entries(contentOf(cwd)).filter(([name]) => name.startsWith('out/'))
      expect([{}, whole('new')]).toContainEqual(Object.fromEntries(seen))
    }
  })

  it.each([false, true])(
    'replace old ones only when all new ones are on the disk; killed: %s',
    async killed => {
      const count = await operations(true)
      for (let n = 1; n <= count; n++) {
        const cwd = emptyFolder()
        await writeAll(ioIn(cwd), 'out', filesIn('out', 'old'), { force: false })
        const { fileSystem, log } = failingAt(n, killed)
        const replacing = writeAll(ioIn(cwd), 'out', filesIn('out', 'new'), { force: true, fileSystem })
        await replacing.catch(() => null)
        const contents = contentOf(cwd)
        if (!log.includes('rename')) expect(contents).toMatchObject(whole('old'))
        // What was not moved yet is whole beside its place.
        else expect(Object.values(contents)).toEqual(expect.arrayContaining(Object.values(whole('new'))))
      }
    },
  )

  it('vanish when what they belong to fails', async () => {
    for (const existing of [false, true]) {
      const cwd = emptyFolder()
      if (existing) mkdirSync(join(cwd, 'out'))
      const staged = await stageFiles(ioIn(cwd), 'out', filesIn('out', 'new'), { force: false })
      expect(contentOf(cwd)).not.toHaveProperty(['out/a.txt'])
      await staged.discard()
      expect(contentOf(cwd)).toEqual({})
      expect(readdirSync(cwd)).toEqual(existing ? ['out'] : [])
    }
  })

  it('are refused beside one that exists, before anything is written', async () => {
    const cwd = emptyFolder()
    mkdirSync(join(cwd, 'out'))
    writeFileSync(join(cwd, 'out/b.txt'), 'mine')
    const { fileSystem, log } = failingAt(0, false)
    const writing = writeAll(ioIn(cwd), 'out', filesIn('out', 'new'), { force: false, fileSystem })
    await expect(writing).rejects.toThrow('cannot write out/b.txt: it exists already')
    expect([log, contentOf(cwd)]).toEqual([[], { 'out/b.txt': 'mine' }])
  })

  it('are refused where the folder is a file, and below a file', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'file'), '')
    for (const folder of ['file', 'file/x'])
      await expect(
        writeAll(ioIn(cwd), folder, filesIn(folder, 'new'), { force: true }),
      ).rejects.toMatchObject({ name: 'UsageError' })
  })
})

it('refuseExisting lets stdout and devices pass', async () => {
  const cwd = emptyFolder()
  await refuseExisting(ioIn(cwd), '-', '/dev/null', 'not-there')
  rmSync(cwd, { recursive: true })
})
