import { ChartsealError } from '@chartseal/core/errors'
import { describe, expect, it } from 'vitest'
import { MemoryDisk } from './files-disk.js'
import { codeOfAsync, frameOverheadBytes, headBytes, openOn, path, texts, written } from './files-helpers.js'

const records = ['first', '', 'the last record']
const starts = records.map((_, i) =>
  records.slice(0, i).reduce((sum, text) => sum + text.length + frameOverheadBytes, headBytes),
)
const lastStart = starts[2] ?? 0

async function diskWith(change: (bytes: Uint8Array) => Uint8Array): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  const bytes = await written(disk, ...records)
  disk.put(path, change(bytes))
  return disk
}

function zeroedFrom(bytes: Uint8Array, from: number, moreBytes: number): Uint8Array {
  const grown = new Uint8Array(bytes.length + moreBytes)
  grown.set(bytes.subarray(0, from))
  return grown
}

/** How opening ends: what it recovered, or the refusal with its context. */
async function outcome(disk: MemoryDisk): Promise<unknown> {
  try {
    const log = await openOn(disk)
    const found = [log.recovered.cutBytes, await texts(log)]
    await log.close()
    return found
  } catch (error) {
    return error instanceof ChartsealError ? [error.code, error.context] : error
  }
}

describe('a torn tail', () => {
  it('is cut, wherever in the last record the file ends, and the log goes on', async () => {
    const whole = await written(new MemoryDisk(), ...records)
    for (let length = lastStart; length < whole.length; length++) {
      const disk = await diskWith(bytes => bytes.slice(0, length))
      const log = await openOn(disk)
      expect(log.recovered).toEqual({ records: 2, cutBytes: length - lastStart })
      expect(await log.append(Buffer.from('next'))).toBe(2)
      await log.close()
      expect(await outcome(disk)).toEqual([0, ['first', '', 'next']])
    }
  })

  it('is cut when the file grew and was not filled: zeros from any byte of the last record on', async () => {
    const whole = await written(new MemoryDisk(), ...records)
    const checkAt = [lastStart + 12, whole.length - 8]
    for (let from = lastStart; from <= whole.length - 8; from++) {
      // Inside a check only a sector border counts, see the next test.
      if (checkAt.some(at => from > at && from < at + 4)) continue
      for (const moreBytes of [0, 100, 70_000]) {
        expect(await outcome(await diskWith(bytes => zeroedFrom(bytes, from, moreBytes)))).toEqual([
          whole.length + moreBytes - lastStart,
          ['first', ''],
        ])
      }
    }
  })

  it('is cut when the unfilled sector begins inside a check', async () => {
    for (let before = 512 - 16; before < 512; before++) {
      const disk = new MemoryDisk()
      const first = 'x'.repeat(before - headBytes - frameOverheadBytes)
      const bytes = await written(disk, first, 'a')
      disk.put(path, zeroedFrom(bytes, 512, 9))
      expect(await outcome(disk)).toEqual([frameOverheadBytes + 1 + 9, [first]])
    }
    const disk = new MemoryDisk()
    const bytes = await written(disk, 'x'.repeat(512 - headBytes - frameOverheadBytes + 5))
    disk.put(path, zeroedFrom(bytes, 512, 9))
    expect(await outcome(disk)).toEqual([bytes.length - headBytes + 9, []])
  })

  it('is cut when it is a large record that looks like the heads of many frames', async () => {
    const disk = new MemoryDisk()
    const large = Buffer.from(
      new Uint8Array(Uint32Array.from({ length: 2 ** 17 }, (_, i) => (i % 3 === 0 ? 2 ** 24 : 0)).buffer),
    ).toString('latin1')
    const bytes = await written(disk, 'first', large)
    disk.put(path, bytes.slice(0, -1))
    expect(await outcome(disk)).toEqual([large.length + frameOverheadBytes - 1, ['first']])
  })

  it('may be an acknowledged record whose check was overwritten with zeros: its bytes are counted', async () => {
    const whole = await written(new MemoryDisk(), ...records)
    const log = await openOn(await diskWith(bytes => zeroedFrom(bytes, bytes.length - 8, 0)))
    expect(log.recovered).toEqual({ records: 2, cutBytes: whole.length - lastStart })
  })

  it('is cut durably: what opening found is on the disk when it resolves', async () => {
    const disk = await diskWith(bytes => bytes.slice(0, -1))
    await openOn(disk)
    const size = disk.crashed().bytes(path)?.length
    expect(size).toBe(lastStart)
  })
})

describe('a whole record that was never synced', () => {
  it('is on the disk when opening resolves', async () => {
    const disk = await diskWith(bytes => bytes)
    const whole = disk.bytes(path) ?? new Uint8Array(0)
    disk.put(path, whole.subarray(0, lastStart))
    await (await disk.open(path, 'update')).write(whole.subarray(lastStart), lastStart)
    expect(disk.crashed().bytes(path)?.length).toBe(lastStart)
    expect((await openOn(disk)).length).toBe(3)
    expect(disk.crashed().bytes(path)?.length).toBe(whole.length)
  })
})

describe('damage that no crash explains', () => {
  it('is refused with its place and left as it is, in each byte of each record', async () => {
    const whole = await written(new MemoryDisk(), ...records)
    for (let at = headBytes; at < whole.length; at++) {
      const disk = await diskWith(bytes => bytes.map((byte, i) => (i === at ? byte ^ 0x10 : byte)))
      const index = starts.findLastIndex(start => start <= at)
      expect(await outcome(disk)).toEqual(['files/corrupt-record', { path, index, offset: starts[index] }])
      expect(disk.bytes(path)?.length).toBe(whole.length)
    }
  })

  it('is refused when a piece is missing and a later record follows', async () => {
    const disk = new MemoryDisk()
    const bytes = await written(disk, 'x'.repeat(200_000), 'y'.repeat(70_000), 'z')
    const from = headBytes + 50_000
    for (const missing of [150_000 + frameOverheadBytes, 1]) {
      disk.put(path, Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(from + missing)]))
      expect(await outcome(disk)).toEqual(['files/corrupt-record', { path, index: 0, offset: headBytes }])
    }
    const cut = Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(bytes.length - 25)])
    disk.put(path, cut)
    expect(await outcome(disk)).toEqual(['files/corrupt-record', { path, index: 0, offset: headBytes }])
  })

  it('is refused when whole records were moved, repeated or taken from another log', async () => {
    const [second, third] = [starts[1] ?? 0, lastStart]
    const dropped = await diskWith(b => Uint8Array.from([...b.subarray(0, second), ...b.subarray(third)]))
    const repeated = await diskWith(b =>
      Uint8Array.from([...b.subarray(0, third), ...b.subarray(second, third)]),
    )
    const foreign = await written(new MemoryDisk(), ...records)
    const mixed = await diskWith(b => Uint8Array.from([...b.subarray(0, third), ...foreign.subarray(third)]))
    expect(await outcome(dropped)).toEqual(['files/corrupt-record', { path, index: 1, offset: second }])
    expect(await outcome(repeated)).toEqual(['files/corrupt-record', { path, index: 2, offset: third }])
    expect(await outcome(mixed)).toEqual(['files/corrupt-record', { path, index: 2, offset: third }])
  })

  it('is not produced by a record that holds a whole log', async () => {
    const inner = Buffer.from(await written(new MemoryDisk(), ...records)).toString('latin1')
    const disk = new MemoryDisk()
    const bytes = await written(disk, 'before', inner)
    disk.put(path, bytes.slice(0, -1))
    expect(await outcome(disk)).toEqual([inner.length + frameOverheadBytes - 1, ['before']])
  })

  it('is noticed when it happens after opening', async () => {
    const disk = new MemoryDisk()
    await written(disk, ...records)
    const log = await openOn(disk)
    const raw = await disk.open(path, 'update')
    await raw.write(Uint8Array.of(1), headBytes + 20)
    expect(await codeOfAsync(() => texts(log))).toBe('files/corrupt-record')
    await raw.truncate(headBytes + 3)
    expect(await codeOfAsync(() => texts(log))).toBe('files/corrupt-record')
    expect(await codeOfAsync(() => texts(log, 2))).toBe('files/corrupt-record')
  })
})

describe('the head of the file', () => {
  it('is refused unless whole and intact', async () => {
    for (let at = 0; at < headBytes; at++) {
      const flipped = await diskWith(bytes => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)))
      const short = await diskWith(bytes => bytes.slice(0, at))
      for (const disk of [flipped, short]) expect(await outcome(disk)).toEqual(['files/not-a-log', { path }])
    }
  })
})
