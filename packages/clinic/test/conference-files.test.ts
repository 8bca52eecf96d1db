import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConferenceBook, createConference, encodeBook } from '@chartseal/clinic/conference'
import {
  contentOf,
  FileSeal,
  isSealed,
  openBookSeal,
  openJournalFile,
  openSlotFile,
  readBookFile,
  withBookFile,
} from '@chartseal/clinic/fs/conference'
import { type FileSystem, nodeFileSystem } from '@chartseal/core/files'
import { systemRandom } from '@chartseal/core/system'
import { newArgon2id } from '@chartseal/kdf-keyring'
import { codeOf, quickArgon2id } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'round')
}

const record = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)
const values = (records: readonly Uint8Array[]): number[][] => records.map(one => [...one])

/** What a host that starts now would read. */
async function kept(path: string): Promise<number[][]> {
  const journal = await openJournalFile(path)
  await journal.close()
  return values(journal.records)
}

/** A disk that refuses one kind of call when told to. */
function failing(what: 'rename' | 'syncFolder'): { readonly disk: FileSystem; fail: boolean } {
  const state = { fail: false }
  const disk: FileSystem = {
    ...nodeFileSystem,
    [what]: async (...args: never[]) => {
      if (state.fail) throw Object.assign(new Error('no'), { code: 'EIO' })
      await Reflect.apply(nodeFileSystem[what], nodeFileSystem, args)
    },
  }
  return Object.assign(state, { disk })
}

describe('the journal of a host', () => {
  it('keeps its records in order, for its owner alone', async () => {
    const path = place()
    const journal = await openJournalFile(path)
    expect(journal.records).toEqual([])
    await Promise.all([journal.append([record(1), record(2)]), journal.append([record(3)])])
    await journal.close()
    expect(await kept(path)).toEqual([[1], [2], [3]])
    expect(statSync(`${path}.journal`).mode & 0o777).toBe(0o600)
  })

  it('is replaced as a whole, and goes on behind what replaced it', async () => {
    const path = place()
    const journal = await openJournalFile(path)
    await journal.append([record(1), record(2)])
    await Promise.all([journal.replace([record(8)]), journal.append([record(9)])])
    await journal.append([record(10)])
    await journal.close()
    expect(await kept(path)).toEqual([[8], [9], [10]])
    expect(readFileSync(`${path}.journal`).length).toBeLessThan(250)
    expect(existsSync(`${path}.journal.next`)).toBe(false)
  })

  it('keeps the old records when it cannot be replaced, and then takes none', async () => {
    const path = place()
    const state = failing('rename')
    const journal = await openJournalFile(path, { fileSystem: state.disk })
    await journal.append([record(1)])
    state.fail = true
    expect(await codeOf(() => journal.replace([record(8)]))).toBe('files/failed')
    state.fail = false
    expect(await codeOf(() => journal.append([record(2)]))).toBe('files/failed')
    await journal.close()
    expect(await kept(path)).toEqual([[1]])
  })

  it('forgets what a killed process left of a replacement', async () => {
    const path = place()
    writeFileSync(`${path}.journal.next`, 'half of it')
    expect(await kept(path)).toEqual([])
    expect(existsSync(`${path}.journal.next`)).toBe(false)
  })

  it('has one host at a time, and the next one when that is gone', async () => {
    const path = place()
    const journal = await openJournalFile(path)
    expect(await codeOf(() => openJournalFile(path))).toBe('enrolment/in-use')
    await journal.close()
    expect(await codeOf(() => kept(path))).toBe('accepted')
  })
})

describe('a conference file', () => {
  it('that cannot be read is named, whatever the disk says', async () => {
    const path = place()
    mkdirSync(path)
    expect(await codeOf(() => readBookFile(path))).toBe('files/failed')
    expect(await codeOf(() => readBookFile(`${path}/none`))).toBe('enrolment/damaged')
  })
})

describe('the record of a seat', () => {
  it('is the newest one, for its owner alone, with one holder', async () => {
    const path = place()
    const slot = await openSlotFile(path)
    expect(slot.record).toBeNull()
    expect(await codeOf(() => openSlotFile(path))).toBe('enrolment/in-use')
    await slot.put(record(1))
    await slot.put(record(2, 3))
    await slot.close()
    const again = await openSlotFile(path)
    await again.close()
    expect(again.record).toEqual(record(2, 3))
    expect(statSync(`${path}.record`).mode & 0o777).toBe(0o600)
  })
})

describe('a conference file', () => {
  const book = createConference({ title: 'Round', suite: '25519', untilMs: 2e12 }, systemRandom)

  it('is changed by one at a time', async () => {
    const path = place()
    writeFileSync(path, encodeBook(book))
    await withBookFile(path, async ({ book: held, store }) => {
      await store({ ...held, title: 'Evening round' })
      expect(await codeOf(() => withBookFile(path, async () => undefined))).toBe('enrolment/in-use')
    })
    expect((await readBookFile(path)).title).toBe('Evening round')
    expect(await codeOf(() => withBookFile(path, async () => undefined))).toBe('accepted')
  })

  it('is named when it is not there or holds something else', async () => {
    const path = place()
    expect(await codeOf(() => readBookFile(path))).toBe('enrolment/damaged')
    writeFileSync(path, 'something else')
    expect(await codeOf(() => withBookFile(path, async () => undefined))).toBe('enrolment/damaged')
  })
})

describe('files sealed under a passphrase', () => {
  const world = { random: systemRandom, argon2id: quickArgon2id }
  const book = (): ConferenceBook =>
    createConference({ title: 'Round', suite: '25519', untilMs: 2e12 }, systemRandom)
  const newSeal = (passphrase = 'several words'): Promise<FileSeal> =>
    FileSeal.create(passphrase, newArgon2id(systemRandom), world)

  async function sealedPlace(): Promise<{ readonly path: string; readonly seal: FileSeal }> {
    const path = place()
    const seal = await newSeal()
    writeFileSync(path, seal.seal(encodeBook(book())))
    return { path, seal }
  }

  it('come back with the passphrase, are changed under it, and with no other', async () => {
    const { path } = await sealedPlace()
    const seal = await openBookSeal(path, async () => 'several words', world)
    await withBookFile(path, async ({ book: held, store }) => store({ ...held, title: 'Evening' }), { seal })
    expect((await readBookFile(path, { seal })).title).toBe('Evening')
    expect(await codeOf(() => readBookFile(path))).toBe('enrolment/sealed')
    const wrong = () => openBookSeal(path, async () => 'other words', world)
    expect(await codeOf(wrong)).toBe('enrolment/wrong-passphrase')
    expect(
      (await readBookFile(path, { seal: await openBookSeal(path, async () => 'several words', world) }))
        .title,
    ).toBe('Evening')
  })

  it('ask for nothing where they are in clear', async () => {
    const path = place()
    writeFileSync(path, encodeBook(book()))
    expect(await openBookSeal(path, () => Promise.reject(new Error('asked')), world)).toBeNull()
    expect(isSealed(encodeBook(book()))).toBe(false)
    expect(contentOf(encodeBook(book()), null).length).toBeGreaterThan(100)
  })

  it('keep journal and record under the same key, each record in its place', async () => {
    const { path, seal } = await sealedPlace()
    const journal = await openJournalFile(path, { seal })
    await Promise.all([journal.append([record(1), record(2)]), journal.append([record(3)])])
    await journal.replace([record(8)])
    await journal.append([record(9)])
    await journal.close()
    const again = await openJournalFile(path, { seal })
    expect(values(again.records)).toEqual([[8], [9]])
    await again.append([record(10)])
    await again.close()
    const other = await newSeal()
    expect(await codeOf(() => openJournalFile(path, { seal: other }))).toBe('enrolment/damaged')
    const slot = await openSlotFile(path, { seal })
    await slot.put(record(7))
    await slot.close()
    const held = await openSlotFile(path, { seal })
    await held.close()
    expect([held.record, readFileSync(`${path}.record`).length > 40]).toEqual([record(7), true])
    expect(await codeOf(() => openSlotFile(path, { seal: other }))).toBe('enrolment/damaged')
    // Neither holds a lock after that.
    expect(await codeOf(() => openJournalFile(path, { seal }))).toBe('accepted')
  })

  it('are refused when a byte of them was changed, or a record was moved', async () => {
    const { path, seal } = await sealedPlace()
    const file = readFileSync(path)
    for (let at = 0; at < file.length; at += 7) {
      const changed = Uint8Array.from(file)
      changed[at] = (changed[at] ?? 0) ^ 1
      const opened = await codeOf(async () => {
        const one = await FileSeal.open(changed, 'several words', world)
        return one.unseal(changed)
      })
      expect(opened, `byte ${at}`).not.toBe('accepted')
    }
    const plain = await openJournalFile(path)
    const one = seal.sealPart('chartseal/conference-journal/v1 0', record(1))
    await plain.append([one, one])
    await plain.close()
    expect(await codeOf(() => openJournalFile(path, { seal }))).toBe('enrolment/damaged')
  })
})
