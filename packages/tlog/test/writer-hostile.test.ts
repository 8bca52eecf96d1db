import { SigningKey } from '@chartseal/core/ed25519'
import { codeOf, codesRaised, FaultDisk, failOnce } from '@chartseal/testkit'
import {
  ed25519Signer,
  formatCheckpoint,
  type LeafCodec,
  logError,
  memoryStorage,
  openLogWriter,
  signNote,
} from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import {
  codec,
  folder,
  type Note,
  note,
  onDisk,
  openWriter,
  optionsFor,
  origin,
  signer,
  stranger,
} from './writer-helpers.js'

const expectCode = codesRaised(logError, [
  // Raised in writer-witness.test.ts.
  'log/witnesses-needed',
])

async function withEntries(disk: FaultDisk, count: number, segmentBytes?: number): Promise<void> {
  const log = await openWriter({ storage: onDisk(disk, segmentBytes) })
  for (let id = 0; id < count; id += 300) {
    await Promise.all(Array.from({ length: Math.min(300, count - id) }, (_, i) => log.append(note(id + i))))
    await log.publish()
  }
  await log.close()
}

const signed = (size: number): string =>
  signNote(formatCheckpoint({ origin, size, root: new Uint8Array(32), extensions: [] }), [signer])

describe('a second writer', () => {
  it('is refused, and told who has the log', async () => {
    const disk = new FaultDisk()
    const log = await openWriter({ storage: onDisk(disk) })
    await expectCode('log/locked', () => openWriter({ storage: onDisk(disk) }))
    const locked = { context: { host: expect.any(String), pid: process.pid } }
    await expect(openWriter({ storage: onDisk(disk) })).rejects.toMatchObject(locked)
    await log.append(note(1))
    await log.close()
  })

  it('is let in when opening failed for another reason', async () => {
    const disk = new FaultDisk()
    await withEntries(disk, 1)
    for (const operation of ['open update', 'list', 'open create', 'read']) {
      failOnce(disk, operation, 'EIO')
      expect(await codeOf(() => openWriter({ storage: onDisk(disk) }))).toBe('files/failed')
      disk.before = () => undefined
    }
    await (await openWriter({ storage: onDisk(disk) })).close()
  })
})

describe('requests', () => {
  it('with an id that was used for other content', async () => {
    const log = await openWriter({ storage: memoryStorage() })
    await log.append(note(1))
    await expectCode('log/request-conflict', () => log.append(note(1, 'other')))
    await log.close()
  })

  it('with a leaf that no bundle can hold', async () => {
    const log = await openWriter({ storage: memoryStorage() })
    await expectCode('log/entry-too-large', () => log.append(note(1, 'x'.repeat(65_520))))
    expect((await log.append(note(1, 'x'.repeat(65_519)))).index).toBe(0)
    await log.close()
  })

  it('that are too many at once', async () => {
    const log = await openWriter({ storage: memoryStorage(), maxWaiting: 1 })
    const first = log.append(note(1))
    await expectCode('log/busy', () => log.append(note(2)))
    await first
    await log.close()
  })

  it('with an id of another length, or after the end', async () => {
    const short: LeafCodec<Note> = { ...codec, idOf: () => new Uint8Array(15) }
    const log = await openLogWriter({ ...optionsFor({ storage: memoryStorage() }), codec: short })
    await expect(log.append(note(1))).rejects.toThrow(TypeError)
    await expect(log.appendWitnessed(note(1))).rejects.toThrow(TypeError)
    await log.close()
    await expect(log.append(note(1))).rejects.toThrow(TypeError)
    await expect(log.publish()).rejects.toThrow(TypeError)
  })

  it('that wait for witnesses when the writer fails', async () => {
    const disk = new FaultDisk()
    const cosign = async (text: string): Promise<string> => text
    const log = await openWriter({ storage: onDisk(disk), cosign })
    const entry = log.appendWitnessed(note(1))
    const refused = expectCode('log/not-witnessed', () => entry)
    await log.append(note(2))
    failOnce(disk, 'write', 'EIO')
    expect(await codeOf(() => log.append(note(3)))).toBe('files/failed')
    await refused
    await expectCode('log/poisoned', () => log.appendWitnessed(note(4)))
    await log.close()
  })
})

describe('a key that was wiped', () => {
  it('ends the writer instead of leaving entries without a checkpoint', async () => {
    const key = new SigningKey(new Uint8Array(32).fill(7))
    const log = await openWriter({ storage: memoryStorage(), signer: ed25519Signer(origin, key) })
    await log.append(note(1))
    key.wipe()
    expect(await codeOf(() => log.publish())).toBe('key/wiped')
    expect(await codeOf(() => log.append(note(2)))).toBe('log/poisoned')
    await log.close()
  })
})

describe('what is found on the disk', () => {
  it('is less than was signed, or something else', async () => {
    const disk = new FaultDisk()
    await withEntries(disk, 3)
    await expectCode('log/rollback', () => openWriter({ storage: onDisk(disk), known: signed(4) }))
    await expectCode('log/diverged', () => openWriter({ storage: onDisk(disk), known: signed(2) }))
    disk.erase(`${folder}/checkpoint`)
    await expectCode('log/no-checkpoint', () => openWriter({ storage: onDisk(disk) }))
  })

  it('is a checkpoint of another log, or by another key', async () => {
    const disk = new FaultDisk()
    await withEntries(disk, 3)
    const other = { storage: onDisk(disk), origin: 'other.example' }
    await expectCode('log/foreign-checkpoint', () => openWriter(other))
    expect(await codeOf(() => openWriter({ storage: onDisk(disk), signer: stranger }))).toBe('note/unsigned')
    disk.put(`${folder}/checkpoint`, Buffer.from('nonsense'))
    expect(await codeOf(() => openWriter({ storage: onDisk(disk) }))).toBe('note/malformed')
  })

  it.each(['tile/entries/001', 'tile/entries/000'])('lacks %s, or has it short', async path => {
    const disk = new FaultDisk()
    await withEntries(disk, 900, 4_000)
    const bytes = disk.files().get(`${folder}/${path}`) ?? new Uint8Array()
    for (const content of [null, bytes.subarray(0, -33), Uint8Array.of(0)]) {
      disk.erase(`${folder}/${path}`)
      if (content !== null) disk.put(`${folder}/${path}`, content)
      await expectCode('log/damaged', () => openWriter({ storage: onDisk(disk) }))
    }
  })

  it('is a journal with a gap, or with records that are none', async () => {
    const gap = memoryStorage()
    const open = await gap.open()
    await open.append({ first: 1, entries: Uint8Array.of(0, 0) })
    await open.close()
    await expectCode('log/damaged', () => openWriter({ storage: gap }))
    for (const entries of [Uint8Array.of(0), Uint8Array.of(0, 5, 1)]) {
      const storage = memoryStorage()
      const held = await storage.open()
      await held.append({ first: 0, entries })
      await held.close()
      await expectCode('log/damaged', () => openWriter({ storage }))
    }
  })

  it('lost a bundle that is asked for while the log runs', async () => {
    const storage = memoryStorage()
    const log = await openWriter({ storage })
    await Promise.all(Array.from({ length: 300 }, (_, i) => log.append(note(i))))
    await log.publish()
    storage.files.delete('tile/entries/000')
    await expectCode('log/damaged', () => log.append(note(5)))
    await log.close()
  })
})
