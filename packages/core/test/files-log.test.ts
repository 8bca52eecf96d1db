import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openLog } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'
import { describe, expect, it } from 'vitest'
import { MemoryDisk } from './files-disk.js'
import { kind, openOn, path, realFolder, texts, written } from './files-helpers.js'

const folder = realFolder()
const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()

describe('the file', () => {
  it('has the bytes of docs/spec/append-log.md', async () => {
    const random: Random = { bytes: size => new Uint8Array(size).fill(0xa5) }
    const disk = new MemoryDisk()
    const log = await openOn(disk, { random })
    await log.appendAll([Buffer.from('abc'), new Uint8Array(0)])
    const logId = Buffer.alloc(16, 0xa5)
    const head = specHead(logId)
    const expected = Buffer.concat([head, specFrame(logId, 0, 'abc'), specFrame(logId, 1, '')])
    expect(Buffer.from(disk.bytes(path) ?? []).toString('hex')).toBe(expected.toString('hex'))
  })

  it('is readable by its owner alone, unless another mode is asked for', async () => {
    const [mine, shared] = [join(folder, 'mine.log'), join(folder, 'shared.log')]
    await (await openLog(mine, { kind })).close()
    await (await openLog(shared, { kind, mode: 0o640 })).close()
    expect([mine, shared].map(file => statSync(file).mode & 0o777)).toEqual([0o600, 0o640])
  })

  it('holds on a real disk what was appended, over several openings', async () => {
    const file = join(folder, 'real.log')
    for (let round = 0; round < 3; round++) {
      const log = await openLog(file, { kind })
      expect(log.recovered).toEqual({ records: round * 100, cutBytes: 0 })
      await Promise.all(Array.from({ length: 100 }, (_, i) => log.append(Buffer.from(`${round}-${i}`))))
      await log.close()
    }
    const log = await openLog(file, { kind, create: false })
    expect([log.length, (await texts(log, 250))[0]]).toEqual([300, '2-50'])
    await log.close()
  })
})

function specHead(logId: Uint8Array): Buffer {
  const head = Buffer.alloc(48)
  Buffer.from('8943534c4f470d0a', 'hex').copy(head, 0)
  head[8] = 1
  head.write(kind, 16, 'latin1')
  head.set(logId, 32)
  return Buffer.concat([head, sha256(head).subarray(0, 8)])
}

function specFrame(logId: Uint8Array, index: number, text: string): Buffer {
  const start = Buffer.alloc(12)
  start.writeUInt32BE(text.length, 0)
  start.writeBigUInt64BE(BigInt(index), 4)
  const head = Buffer.concat([start, sha256(logId, start).subarray(0, 4)])
  const record = Buffer.from(text)
  return Buffer.concat([head, record, sha256(logId, head, record).subarray(0, 8)])
}

describe('durability', () => {
  it('resolves an append only after its fsync', async () => {
    const disk = new MemoryDisk()
    const log = await openOn(disk)
    let release = (): void => undefined
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    disk.before = operation => (operation === 'sync' ? gate : undefined)
    let done = false
    const append = log.append(Buffer.from('a')).then(() => {
      done = true
    })
    while (disk.operations.at(-1) !== 'sync') await Promise.resolve()
    expect([done, log.length, await texts(log)]).toEqual([false, 0, []])
    release()
    await append
    expect([done, log.length, await texts(log)]).toEqual([true, 1, ['a']])
  })

  it('lets concurrent appends share an fsync', async () => {
    const disk = new MemoryDisk()
    const log = await openOn(disk)
    disk.operations.length = 0
    const first = Array.from({ length: 500 }, (_, i) => log.append(Buffer.from(`${i}`)))
    await first[0]
    const second = Array.from({ length: 500 }, (_, i) => log.append(Buffer.from(`${500 + i}`)))
    expect(await Promise.all([...first, ...second])).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    const written = disk.operations.filter(operation => ['write', 'sync'].includes(operation))
    expect(written).toEqual(['write', 'sync', 'write', 'sync'])
    expect(await texts(log)).toEqual(Array.from({ length: 1000 }, (_, i) => `${i}`))
  })

  it('completes short writes', async () => {
    const disk = new MemoryDisk()
    disk.maxWriteBytes = 7
    await written(disk, 'a record that needs many writes')
    expect(await texts(await openOn(disk))).toEqual(['a record that needs many writes'])
  })
})
