import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { auditLeafRules, type ScanResult } from '@chartseal/audit'
import {
  type AuditFolderOptions,
  auditFolderPaths,
  createAuditFolder,
  describeAuditFolder,
  openAuditFolder,
  readAuditKeys,
} from '@chartseal/clinic/fs/audit'
import { systemRandom } from '@chartseal/core/system'
import { codeOf, runsOf } from '@chartseal/testkit'
import { parseVerifierKey, verifyLog } from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import { describe, expect, it } from 'vitest'
import {
  appendAbout,
  buryProcess,
  entriesOf,
  inShort,
  MortalDisk,
  newLog,
  origin,
  recordAbout,
  startMs,
} from './audit-world.js'

const decided = "The key of one patient's entries is to be destroyed."
const done = "The key of one patient's entries was destroyed."

async function forget(options: AuditFolderOptions, patient: string): Promise<void> {
  const opened = await openAuditFolder(options)
  try {
    await opened.shred(patient, 'Dr. Okafor')
  } finally {
    await opened.close()
  }
}

async function findingsOf(options: AuditFolderOptions): Promise<readonly unknown[]> {
  const { verifierKey } = await describeAuditFolder(options)
  const source = folderSource(auditFolderPaths(options).log)
  return (await verifyLog(source, { log: parseVerifierKey(verifierKey), rules: auditLeafRules })).findings
}

/** The records of destructions, by what they say and the key that they name. */
function shreddings(
  entries: readonly ScanResult[],
): readonly { readonly text: string; readonly name: string }[] {
  return entries.flatMap(entry =>
    entry.kind === 'entry' && entry.record.action === 'shred'
      ? [{ text: `${entry.record.detail.text}`, name: `${entry.record.detail.resource}` }]
      : [],
  )
}

/** Everything below a folder, with the time and the bytes of each file. */
function pictureOf(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return names.map(name => {
    const { mtimeMs, size } = statSync(join(folder, name))
    return `${name} ${mtimeMs} ${size}`
  })
}

describe('a clock that goes back', () => {
  it('is an entry in the log, once until it has caught up, and keeps no entry out', async () => {
    const options = await newLog(['PAT-1'])
    const back = { ...options, clock: { nowMs: () => startMs - 60_000 } }
    const told: number[] = []
    for (const patient of ['PAT-2', 'PAT-3']) {
      const opened = await openAuditFolder(back, { onClockBack: ms => told.push(ms) })
      await opened.writer.append({ id: systemRandom.bytes(16), record: recordAbout(patient) })
      await opened.close()
    }
    const entries = await entriesOf(options)
    const note = expect.stringMatching(/^The clock went back by 600\d\d ms\. /)
    expect(inShort(entries)).toEqual(['PAT-1', 'PAT-2', note, 'PAT-3'])
    expect(entries[2]).toMatchObject({ record: { at: startMs - 60_000, actor: 'chartseal', patient: null } })
    expect(told).toHaveLength(2)
    expect(await findingsOf(options)).toEqual([])
  })

  it('is noted behind what must stand together, and before the log is closed', async () => {
    const options = await newLog(['PAT-1'])
    const opened = await openAuditFolder({ ...options, clock: { nowMs: () => startMs - 60_000 } })
    const lines = ['a', 'b', 'c'].map(text => ({
      id: systemRandom.bytes(16),
      line: new TextEncoder().encode(text),
    }))
    const placed = Promise.all(lines.map(line => opened.writer.append(line)))
    await opened.close()
    expect((await placed).map(({ index }) => index)).toEqual([1, 2, 3])
    expect(inShort(await entriesOf(options)).at(-1)).toContain('The clock went back')
  })
})

describe('a log in a folder', () => {
  it('is made once, and its keys are nobody else’s', async () => {
    const options = await newLog()
    expect(await describeAuditFolder(options)).toMatchObject({ origin, patientIds: 'plain' })
    expect(await codeOf(() => createAuditFolder({ ...options, origin }))).toBe('audit-folder/exists')
    const other = { ...options, folder: `${options.folder}-2`, keys: `${options.folder}.keys` }
    expect(await codeOf(() => createAuditFolder({ ...other, origin }))).toBe('audit-folder/keys-exist')
    expect(existsSync(other.folder)).toBe(false)
    const invalid = { ...options, folder: `${options.folder}-3`, origin: 'a b' }
    expect(await codeOf(() => createAuditFolder(invalid))).toBe('note/malformed')
    expect(existsSync(invalid.folder)).toBe(false)
  })

  it('without its keys says so, to writers and to readers', async () => {
    const options = await newLog(['PAT-1'])
    const { keys } = auditFolderPaths(options)
    renameSync(keys, `${keys}.away`)
    for (const act of [
      () => openAuditFolder(options),
      () => readAuditKeys(options),
      () => entriesOf(options),
    ]) {
      expect(await codeOf(act)).toBe('audit-folder/no-keys')
    }
    await expect(entriesOf(options)).rejects.toThrow(keys)
    expect(inShort(await entriesOf({ ...options, keys: `${keys}.away` }))).toEqual(['PAT-1'])
  })

  it('that is missing is told from one that may not be read', async () => {
    const options = await newLog()
    const nowhere = { ...options, folder: join(dirname(options.folder), 'nowhere') }
    expect(await codeOf(() => openAuditFolder(nowhere))).toBe('audit-folder/missing')
    // A name that no file system takes stands for every other refusal.
    const refused = { ...options, folder: join(options.folder, 'x'.repeat(300)) }
    expect(await codeOf(() => describeAuditFolder(refused))).toBe('files/failed')
    writeFileSync(
      auditFolderPaths(options).description,
      '{"origin":"a","verifier_key":"b","patient_ids":"new"}',
    )
    expect(await codeOf(() => describeAuditFolder(options))).toBe('audit-folder/other-ids')
    writeFileSync(auditFolderPaths(options).description, '{"origin":"a","verifier_key":"b"}')
    expect(await describeAuditFolder(options)).toMatchObject({ patientIds: 'exact' })
  })

  it('names the file that it cannot read', async () => {
    const options = await newLog()
    const { signingKey, log } = auditFolderPaths(options)
    rmSync(signingKey)
    await expect(openAuditFolder(options)).rejects.toThrow(signingKey)
    // Whatever fails in the middle, everything that was taken is given back.
    writeFileSync(signingKey, `${'00'.repeat(32)}\n`)
    expect(await codeOf(() => openAuditFolder(options))).toBe('note/unsigned')
    expect(await codeOf(() => openAuditFolder(options))).toBe('note/unsigned')
    expect(readdirSync(log).filter(name => name.includes('lock'))).toEqual([])
  })

  it('has one key for a patient whom sources spell differently', async () => {
    const options = await newLog(['7', 'Patient/7', 'patient/7', 'PAT-2'])
    expect(inShort(await entriesOf(options, 'Patient/7'))).toEqual(['7', 'Patient/7', 'patient/7'])
    await forget(options, 'Patient/7')
    expect(inShort(await entriesOf(options))).toEqual(['sealed', 'sealed', 'sealed', 'PAT-2', decided, done])
  })

  it('refuses before it appends what could not be appended', async () => {
    const options = await newLog()
    const opened = await openAuditFolder(options)
    const id = systemRandom.bytes(16)
    const check =
      (patient: string | null): (() => Promise<void>) =>
      () =>
        opened.check({ id, record: recordAbout(patient) })
    expect(await codeOf(check('PAT-1\u200b'))).toBe('audit/bad-record')
    expect(await codeOf(check(''))).toBe('audit/bad-record')
    for (const patient of ['PAT-1', null]) expect(await codeOf(check(patient))).toBe('accepted')
    expect(await codeOf(() => opened.check({ id, line: new Uint8Array(3) }))).toBe('accepted')
    expect(opened.writer.size).toBe(0)
    await opened.close()
  })
})

describe('readers of a log', () => {
  it('change nothing, and read while it is written', async () => {
    const options = await newLog(['PAT-1', 'PAT-2'])
    const folder = dirname(options.folder)
    const before = pictureOf(folder)
    expect(inShort(await entriesOf(options))).toEqual(['PAT-1', 'PAT-2'])
    expect(inShort(await entriesOf(options, 'PAT-1'))).toEqual(['PAT-1'])
    expect(await codeOf(async () => (await readAuditKeys(options)).keyOf('PAT-2'))).toBe('accepted')
    expect(pictureOf(folder)).toEqual(before)
    const writer = await openAuditFolder(options)
    expect(inShort(await entriesOf(options))).toEqual(['PAT-1', 'PAT-2'])
    await writer.close()
  })

  it('name an entry that was changed', async () => {
    const options = await newLog(['PAT-1'])
    const bundle = join(auditFolderPaths(options).log, 'tile/entries/000.p/1')
    const bytes = readFileSync(bundle)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    writeFileSync(bundle, bytes)
    await expect(entriesOf(options)).rejects.toThrow(/verify|entr|bundle/i)
  })
})

describe('forgetting a patient', () => {
  it('is in the log before and after, and names nobody', async () => {
    const options = await newLog(['PAT-1', 'PAT-2', 'PAT-1'])
    await forget(options, 'PAT-1')
    const entries = await entriesOf(options)
    expect(inShort(entries)).toEqual(['sealed', 'PAT-2', 'sealed', decided, done])
    const records = shreddings(entries)
    expect(new Set(records.map(({ name }) => name)).size).toBe(1)
    expect(records[0]?.name).toMatch(/^subject\/0000000001\/[0-9a-f]{32}$/)
    expect(JSON.stringify(entries.slice(3))).not.toContain('PAT-1')
    for (const patient of ['PAT-1', 'PAT-9']) await expect(forget(options, patient)).rejects.toThrow('key')
    expect((await entriesOf(options)).length).toBe(5)
    expect(await findingsOf(options)).toEqual([])
  })

  it('does not keep them from being logged again, under another key', async () => {
    const options = await newLog(['PAT-1'])
    await forget(options, 'PAT-1')
    await appendAbout(options, 'PAT-1')
    expect(inShort(await entriesOf(options, 'PAT-1'))).toEqual(['PAT-1'])
    await forget(options, 'PAT-1')
    const entries = await entriesOf(options)
    expect(inShort(entries)).toEqual(['sealed', decided, done, 'sealed', decided, done])
    expect(new Set(shreddings(entries).map(({ name }) => name)).size).toBe(2)
  })

  it('needs an actor that a record may have, or nothing is destroyed', async () => {
    const options = await newLog(['PAT-1'])
    const opened = await openAuditFolder(options)
    expect(await codeOf(() => opened.shred('PAT-1', ''))).toBe('audit/bad-record')
    await opened.close()
    expect(inShort(await entriesOf(options))).toEqual(['PAT-1'])
  })

  it('that was begun before decisions were kept is recorded once, by the program itself', async () => {
    const options = await newLog(['PAT-1'])
    const opened = await openAuditFolder(options)
    const name = await opened.keys.entryOf('PAT-1')
    await opened.keys.shred('PAT-1', { actor: 'A', at: startMs })
    await opened.close()
    // The pending destruction as it was written before, twice: what was recorded is not recorded again.
    const { logKeys } = auditFolderPaths(options)
    const pending = join(logKeys, 'key-pending')
    expect(existsSync(pending)).toBe(true)
    const { encodeCbor } = await import('@chartseal/core/encoding')
    for (let times = 0; times < 2; times++) {
      writeFileSync(pending, encodeCbor({ generation: 1, name }))
      await (await openAuditFolder(options)).close()
    }
    expect(existsSync(pending)).toBe(false)
    const entries = await entriesOf(options)
    expect(inShort(entries)).toEqual(['sealed', done])
    expect(entries[1]).toMatchObject({ record: { actor: 'chartseal' } })
  })

  it.each([true, false])(
    'killed at any operation (its effect: %s), is never done without a record of who decided it',
    async effect => {
      const made = await newLog(['PAT-1', 'PAT-2'])
      const outcomes = new Set<string>()
      const step = runsOf(1, 29)
      for (let last = 0, ended = false; !ended; last += step) {
        const root = join(dirname(made.folder), `copy-${last}`)
        mkdirSync(root)
        for (const name of ['audit', 'audit.keys'])
          cpSync(join(dirname(made.folder), name), join(root, name), { recursive: true })
        const options = { ...made, folder: join(root, 'audit') }
        const disk = new MortalDisk(last, effect)
        await forget({ ...options, system: disk.system }, 'PAT-1').catch(() => undefined)
        ended = !disk.isDead
        buryProcess(root)
        const seen = shreddings(await entriesOf(options).catch(() => []))
        expect(seen.length).toBeLessThanOrEqual(2)
        await appendAbout(options, 'PAT-3')
        const entries = await entriesOf(options)
        const texts = shreddings(entries).map(({ text }) => text)
        const isGone = inShort(entries).includes('sealed')
        expect([last, texts, isGone]).toEqual([last, isGone ? [decided, done] : texts.slice(0, 1), isGone])
        for (const entry of entries) {
          if (entry.kind === 'entry' && entry.record.action === 'shred')
            expect(entry.record.actor).toBe('Dr. Okafor')
        }
        expect(inShort(entries)).toContain('PAT-2')
        expect(await findingsOf(options)).toEqual([])
        if (!isGone) {
          await forget(options, 'PAT-1')
          const again = shreddings(await entriesOf(options))
          expect(again.at(-1)?.text).toBe(done)
          expect(new Set(again.map(({ name }) => name)).size).toBe(1)
        }
        outcomes.add(`${texts.length} ${isGone}`)
        rmSync(root, { recursive: true })
      }
      // Nothing yet, decided only, and done: the loop has been everywhere.
      if (step === 1) expect([...outcomes].sort()).toEqual(['0 false', '1 false', '2 true'])
    },
  )
})
