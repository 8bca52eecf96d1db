import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FileKeyValue, openKeyValue } from '@chartseal/core/files'
import { memoryKeyValue } from '@chartseal/core/memory'
import { describe, expect, it } from 'vitest'
import { crashAfter, failOnce, MemoryDisk, systemError } from './files-disk.js'
import { codeOfAsync, realFolder } from './files-helpers.js'

const open = (disk: MemoryDisk): Promise<FileKeyValue> => openKeyValue('/data', { fileSystem: disk })
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text))

/** Everything in the store, as text. */
async function contents(store: FileKeyValue): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const key of await store.keys()) found[key] = Buffer.from((await store.get(key)) ?? []).toString()
  return found
}

/** The disk as another process finds it after this one was killed: what was written is there, locks are void. */
function killed(disk: MemoryDisk): MemoryDisk {
  const left = new MemoryDisk()
  for (const name of disk.names.filter(name => !name.includes('.lock,')))
    left.put(name, disk.bytes(name) ?? bytes(''))
  return left
}

describe('values in a folder', () => {
  it('is locked for one opener, and free again once closed', async () => {
    const folder = realFolder()
    const store = await openKeyValue(folder)
    expect(await codeOfAsync(() => openKeyValue(folder))).toBe('files/locked')
    const last = store.put('a', bytes('1'))
    await store.close()
    await last
    await store.close()
    for (const call of [
      () => store.get('a'),
      () => store.put('a', bytes('')),
      () => store.delete('a'),
      () => store.keys(),
    ])
      await expect(call()).rejects.toThrow(TypeError)
    const again = await openKeyValue(folder)
    expect(await contents(again)).toEqual({ a: '1' })
    await again.close()
  })

  it('leaves files of others alone, and removes what interrupted replacements left', async () => {
    const folder = realFolder()
    const foreign = ['readme.txt', 'key-', 'key-A', 'key-=4', 'key-a.bak']
    for (const name of [...foreign, 'key-a.0123456789abcdef.tmp']) writeFileSync(join(folder, name), 'x')
    const store = await openKeyValue(folder)
    await store.put('A/ü'.slice(0, 2), bytes('1'))
    expect(await store.keys()).toEqual(['A/'])
    await store.close()
    expect(readdirSync(folder).sort()).toEqual([...foreign, 'key-=41=2f'].sort())
  })

  it('answers files/failed for a folder that is missing, or a value that is a folder', async () => {
    const folder = realFolder()
    expect(await codeOfAsync(() => openKeyValue(join(folder, 'missing')))).toBe('files/failed')
    mkdirSync(join(folder, 'key-a'))
    const store = await openKeyValue(folder)
    expect(await codeOfAsync(() => store.get('a'))).toBe('files/failed')
    expect(await codeOfAsync(() => store.delete('a'))).toBe('files/failed')
    expect(await codeOfAsync(() => store.get('b'))).toBe('files/poisoned')
    await store.close()
  })
})

describe('a store whose disk fails', () => {
  it.each(['open create', 'write', 'sync', 'close', 'rename', 'syncFolder'])(
    'refuses everything after a failed %s, and is whole again on reopening',
    async operation => {
      const disk = new MemoryDisk()
      const store = await open(disk)
      await store.put('a', bytes('old'))
      failOnce(disk, operation, 'EIO')
      const waiting = [store.put('a', bytes('new')), store.get('a')]
      expect(await Promise.all(waiting.map(call => codeOfAsync(() => call)))).toEqual([
        'files/failed',
        'files/poisoned',
      ])
      expect(await codeOfAsync(() => store.keys())).toBe('files/poisoned')
      await store.close()
      const { a, ...others } = await contents(await open(disk))
      expect([['old', 'new'].includes(a ?? ''), others]).toEqual([true, {}])
    },
  )

  it.each(['remove', 'syncFolder'])(
    'refuses everything after a deletion whose %s failed',
    async operation => {
      const disk = new MemoryDisk()
      const store = await open(disk)
      await store.put('a', bytes('1'))
      failOnce(disk, operation, 'EIO')
      expect(await codeOfAsync(() => store.delete('a'))).toBe('files/failed')
      expect(await codeOfAsync(() => store.get('a'))).toBe('files/poisoned')
    },
  )

  it('reports a failed read, reads again later, and never gives out a part', async () => {
    const disk = new MemoryDisk()
    const store = await open(disk)
    await store.put('a', bytes('a value of some length'))
    for (const operation of ['open read', 'stat', 'read', 'close']) {
      failOnce(disk, operation, 'EIO')
      expect(await codeOfAsync(() => store.get('a'))).toBe('files/failed')
    }
    const cut = disk.bytes('/data/key-a')?.slice(0, 5) ?? bytes('')
    disk.before = operation => {
      if (operation === 'read') disk.put('/data/key-a', cut)
    }
    expect(await contents(store)).toEqual({ a: 'a value of some length' })
  })

  it('holds no lock when opening fails', async () => {
    for (const operation of ['list', 'remove', 'syncFolder']) {
      const disk = new MemoryDisk()
      disk.put('/data/key-a.0123456789abcdef.tmp', bytes('x'))
      let seen = 0
      disk.before = asked => {
        // The lock lists the folder first.
        if (asked === operation && (operation !== 'list' || seen++ > 0)) throw systemError('EIO')
      }
      const code = await codeOfAsync(() => open(disk))
      disk.before = () => undefined
      expect([code, await contents(await open(killed(disk)))]).toEqual(['files/failed', {}])
    }
  })
})

type Step = (store: FileKeyValue) => Promise<void>
const steps: readonly Step[] = [
  store => store.put('a', bytes('1')),
  store => store.put('b', bytes('2')),
  store => store.put('a', bytes('3')),
  store => store.delete('b'),
  store => store.put('b', bytes('4')),
]
/** What the store holds after each number of steps. */
const states = [{}, { a: '1' }, { a: '1', b: '2' }, { a: '3', b: '2' }, { a: '3' }, { a: '3', b: '4' }]

describe('a power cut or a kill', () => {
  it('leaves the state before or after the step that it interrupted, and all that was acknowledged', async () => {
    for (let count = 0, acknowledged = 0; acknowledged < steps.length; count++) {
      const disk = new MemoryDisk()
      acknowledged = await runUntilCrash(disk, count)
      for (const left of [disk.crashed(), disk.crashed(2), killed(disk)]) {
        const found = await contents(await open(left))
        expect(states.slice(acknowledged, acknowledged + 2)).toContainEqual(found)
        // What was read once stays, whatever happens next.
        expect(await contents(await open(left.crashed()))).toEqual(found)
      }
    }
  })
})

async function runUntilCrash(disk: MemoryDisk, operations: number): Promise<number> {
  let acknowledged = 0
  crashAfter(disk, operations)
  try {
    const store = await open(disk)
    for (const step of steps) {
      await step(store)
      acknowledged++
    }
  } catch {
    // The machine is off.
  }
  return acknowledged
}

describe('values in memory', () => {
  it('refuses the same keys', async () => {
    const store = memoryKeyValue()
    await store.put('a', bytes('1'))
    expect([await store.get('a'), await store.get('b'), await store.keys('b')]).toEqual([
      bytes('1'),
      null,
      [],
    ])
    await store.delete('a')
    expect(await store.keys()).toEqual([])
    await expect(store.get('')).rejects.toThrow(RangeError)
  })
})
