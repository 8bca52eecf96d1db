/** Content from a file and into one: whole and in order, whatever each call takes. */
import { concat } from '@chartseal/core/bytes'
import { lentPieces, nodeFileSystem, writeGathered } from '@chartseal/core/files'
import { describe, expect, it } from 'vitest'
import { sample, split } from './chunked-helpers.js'
import { MemoryDisk, systemError } from './files-disk.js'

const mebibyte = 1_048_576

async function diskWith(bytes: Uint8Array): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  disk.put('/file', bytes)
  return disk
}

async function collected(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece.slice())
  return concat(...all)
}

async function* each(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

describe('a file in pieces', () => {
  it.each([0, 1, mebibyte, 3 * mebibyte + 5])('comes whole and in order, of %i bytes', async sizeBytes => {
    const bytes = sample(sizeBytes)
    const file = await (await diskWith(bytes)).open('/file', 'read')
    expect(Buffer.compare(await collected(lentPieces(file)), bytes)).toBe(0)
  })

  it('comes whole when each call reads less than asked for', async () => {
    const bytes = sample(300_001)
    const file = await (await diskWith(bytes)).open('/file', 'read')
    const short = {
      read: (into: Uint8Array, position: number) => file.read(into.subarray(0, 7_001), position),
    }
    expect(Buffer.compare(await collected(lentPieces(short)), bytes)).toBe(0)
  })

  it('is asked for the next piece while one is in use, and for no more', async () => {
    const reads: number[] = []
    const file = {
      async read(into: Uint8Array, position: number): Promise<number> {
        reads.push(position)
        return into.length
      },
    }
    const pieces = lentPieces(file)
    await pieces.next()
    expect(reads).toEqual([0, mebibyte])
    await pieces.return()
    expect(reads).toEqual([0, mebibyte])
  })

  it('wipes its memory when its reader stops', async () => {
    const file = await (await diskWith(sample(2 * mebibyte))).open('/file', 'read')
    const pieces = lentPieces(file)
    const { value = new Uint8Array(1) } = await pieces.next()
    expect(value.some(byte => byte !== 0)).toBe(true)
    await pieces.return()
    expect(value.every(byte => byte === 0)).toBe(true)
  })

  it('fails as a call does, after the pieces before it', async () => {
    let calls = 0
    const file = {
      async read(into: Uint8Array): Promise<number> {
        calls++
        if (calls > 2) throw systemError('EIO')
        return into.length
      },
    }
    let count = 0
    const reading = (async () => {
      for await (const _ of lentPieces(file)) count++
    })()
    await expect(reading).rejects.toMatchObject({ code: 'EIO' })
    expect(count).toBe(2)
  })
})

describe('pieces that are gathered', () => {
  it.each([1_000, 65_536, 3 * mebibyte])(
    'are written whole and in order, in pieces of %i bytes',
    async size => {
      const bytes = sample(2 * mebibyte + 77)
      const written: Uint8Array[] = []
      await writeGathered(each(split(bytes, size)), async part => void written.push(part.slice()))
      expect(Buffer.compare(concat(...written), bytes)).toBe(0)
      expect(written.map(part => part.length)).toEqual([mebibyte, mebibyte, 77])
    },
  )

  it('are written one call at a time', async () => {
    let [inWork, most] = [0, 0]
    await writeGathered(each(split(sample(5 * mebibyte), mebibyte)), async () => {
      inWork++
      most = Math.max(most, inWork)
      await Promise.resolve()
      inWork--
    })
    expect(most).toBe(1)
  })

  it('write nothing behind a call that failed, and leave no plaintext in memory', async () => {
    const seen: Uint8Array[] = []
    const writing = writeGathered(each(split(sample(5 * mebibyte), mebibyte)), async part => {
      seen.push(part)
      throw systemError('ENOSPC')
    })
    await expect(writing).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(seen).toHaveLength(1)
    expect(seen.every(part => part.every(byte => byte === 0))).toBe(true)
  })

  it('fail as their source does, when what is being written is done', async () => {
    let isDone = false
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield sample(mebibyte)
      throw systemError('EIO')
    }
    const writing = writeGathered(failing(), async () => {
      await Promise.resolve()
      isDone = true
    })
    await expect(writing).rejects.toMatchObject({ code: 'EIO' })
    expect(isDone).toBe(true)
  })

  it('go from file to file on the disk of this machine', async () => {
    const { mkdtemp, readFile, rm, writeFile } = await import('node:fs/promises')
    const { tmpdir } = await import('node:os')
    const { join } = await import('node:path')
    const folder = await mkdtemp(join(tmpdir(), 'chartseal-pieces-'))
    try {
      const bytes = sample(2 * mebibyte + 3)
      await writeFile(join(folder, 'from'), bytes)
      const from = await nodeFileSystem.open(join(folder, 'from'), 'read', 0)
      const to = await nodeFileSystem.open(join(folder, 'to'), 'create', 0o600)
      let position = 0
      await writeGathered(lentPieces(from), async part => {
        position += await to.write(part, position)
      })
      await Promise.all([from.close(), to.close()])
      expect(Buffer.compare(await readFile(join(folder, 'to')), bytes)).toBe(0)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
