import type { LogStorage, OpenLogStorage } from '@chartseal/core/ports'
import { describe, expect, it } from 'vitest'
import { codeOf } from './codes.js'

type Make = () => Promise<LogStorage>

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)

async function journal(storage: OpenLogStorage): Promise<[number, number[]][]> {
  const found: [number, number[]][] = []
  for await (const { first, entries } of storage.batches()) found.push([first, [...entries]])
  return found
}

/** Every implementation of `LogStorage` passes this suite. `make` gives one without a log. */
export function logStorageSuite(name: string, make: Make): void {
  describe(`LogStorage: ${name}`, () => {
    suiteOfJournal(make)
    suiteOfFiles(make)
    suiteOfHolding(make)
  })
}

function suiteOfJournal(make: Make): void {
  it('keeps batches in order, copied on the way in and out', async () => {
    const storage = await (await make()).open()
    expect([storage.cutBytes, storage.journalFrom, await journal(storage)]).toEqual([0, 0, []])
    const entries = bytes(0, 1, 7)
    const done = storage.append({ first: 0, entries })
    await done
    entries.fill(9)
    await storage.append({ first: 1, entries: bytes() })
    await storage.append({ first: 1, entries: bytes(0, 0, 0, 1, 8) })
    const expected = [
      [0, [0, 1, 7]],
      [1, []],
      [1, [0, 0, 0, 1, 8]],
    ]
    expect(await journal(storage)).toEqual(expected)
    for await (const batch of storage.batches()) batch.entries.fill(9)
    expect(await journal(storage)).toEqual(expected)
    await storage.close()
  })

  it('has what was appended after it was opened again, and goes on', async () => {
    const made = await make()
    const first = await made.open()
    await first.append({ first: 0, entries: bytes(0, 1, 7) })
    await first.close()
    const again = await made.open()
    await again.append({ first: 1, entries: bytes(0, 1, 8) })
    expect(await journal(again)).toEqual([
      [0, [0, 1, 7]],
      [1, [0, 1, 8]],
    ])
    await again.close()
  })

  it('forgets nothing that is not below the full bundles of the settled size', async () => {
    const made = await make()
    const storage = await made.open()
    const batch = new Uint8Array(2 * 100)
    for (let first = 0; first < 1_000; first += 100) await storage.append({ first, entries: batch })
    await storage.settle(700)
    await storage.close()
    const again = await made.open()
    const found = await journal(again)
    expect(again.journalFrom).toBeLessThanOrEqual(512)
    expect(found[0]?.[0]).toBe(again.journalFrom)
    expect(found.map(([first]) => first)).toEqual(
      Array.from({ length: found.length }, (_, i) => 1_000 - 100 * (found.length - i)),
    )
    await again.close()
  })
}

function suiteOfFiles(make: Make): void {
  it('gives files by path, null where there is none', async () => {
    const storage = await (await make()).open()
    expect(await storage.read('tile/0/000')).toBeNull()
    const content = bytes(1, 2)
    await storage.write('tile/0/x001/000', content)
    await storage.replace('checkpoint', content)
    content.fill(9)
    for (const path of ['tile/0/x001/000', 'checkpoint']) {
      expect(await storage.read(path)).toEqual(bytes(1, 2))
      ;(await storage.read(path))?.fill(9)
      expect(await storage.read(path)).toEqual(bytes(1, 2))
    }
    await storage.write('tile/0/x001/000', bytes(3))
    await storage.replace('checkpoint', bytes())
    expect([await storage.read('tile/0/x001/000'), await storage.read('checkpoint')]).toEqual([
      bytes(3),
      bytes(),
    ])
    await storage.close()
  })

  it('drops the partial files of one tile, and no other', async () => {
    const storage = await (await make()).open()
    for (const path of ['tile/0/000.p/1', 'tile/0/000.p/12', 'tile/0/001.p/1', 'tile/0/000']) {
      await storage.write(path, bytes(1))
    }
    await storage.settle(0)
    await storage.dropPartials('tile/0/000')
    await storage.dropPartials('tile/0/002')
    expect([await storage.read('tile/0/000.p/1'), await storage.read('tile/0/000.p/12')]).toEqual([
      null,
      null,
    ])
    expect([await storage.read('tile/0/001.p/1'), await storage.read('tile/0/000')]).toEqual([
      bytes(1),
      bytes(1),
    ])
    await storage.write('tile/0/000.p/1', bytes(2))
    expect(await storage.read('tile/0/000.p/1')).toEqual(bytes(2))
    await storage.settle(0)
    await storage.close()
  })
}

function suiteOfHolding(make: Make): void {
  it('is held by one at a time', async () => {
    const made = await make()
    const storage = await made.open()
    expect(await codeOf(() => made.open())).toBe('log/locked')
    await storage.append({ first: 0, entries: bytes(0, 0) })
    await storage.close()
    const again = await made.open()
    expect(await journal(again)).toEqual([[0, [0, 0]]])
    await again.close()
  })
}
