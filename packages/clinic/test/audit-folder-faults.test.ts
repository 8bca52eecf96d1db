import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { encodeLeaf } from '@chartseal/audit'
import { auditFolderPaths, openAuditFolder } from '@chartseal/clinic/fs/audit'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeHex } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { codeOf } from '@chartseal/testkit'
import { cosigner, ed25519Signer, type LeafCodec, openLogWriter } from '@chartseal/tlog'
import { type FolderSystem, fileStorage, nodeFolderSystem } from '@chartseal/tlog/fs'
import { describe, expect, it } from 'vitest'
import { appendAbout, entriesOf, inShort, newLog, origin, recordAbout } from './audit-world.js'

/** A disk that is full for the log, from when a destruction has begun. */
function fullOnceBegun(): FolderSystem {
  let isFull = false
  return {
    ...nodeFolderSystem,
    async rename(from, to) {
      isFull ||= to.endsWith('key-pending')
      await nodeFolderSystem.rename(from, to)
    },
    async open(path, how, mode) {
      const file = await nodeFolderSystem.open(path, how, mode)
      const write: typeof file.write = async (bytes, position) => {
        if (isFull && path.includes('journal.')) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
        return file.write(bytes, position)
      }
      return { ...file, write }
    },
  }
}

/** A codec of leaves as they are. */
const raw: LeafCodec<Uint8Array> = {
  idOf: () => systemRandom.bytes(16),
  encode: async request => request,
  idOfLeaf: () => null,
  holds: async () => false,
}

describe('a log on a disk that fails', () => {
  it('says that a key is destroyed and not recorded yet, and records it before anything else', async () => {
    const options = await newLog(['PAT-1'])
    const opened = await openAuditFolder({ ...options, system: fullOnceBegun() })
    await expect(opened.shred('PAT-1', 'Dr. Okafor')).rejects.toThrow('files/failed')
    expect(await codeOf(() => opened.shred('PAT-1', 'Dr. Okafor'))).not.toBe('accepted')
    await opened.close().catch(() => undefined)
    // The next one fails as well, and gives everything back.
    const full = fullOnceBegun()
    await full.rename('a', 'key-pending').catch(() => undefined)
    for (let times = 0; times < 2; times++)
      expect(await codeOf(() => openAuditFolder({ ...options, system: full }))).toBe('files/failed')
    await appendAbout(options, 'PAT-2')
    const entries = inShort(await entriesOf(options))
    expect(entries.map(entry => entry.replace(/.*(to be destroyed|was destroyed).*/, '$1'))).toEqual([
      'sealed',
      'to be destroyed',
      'was destroyed',
      'PAT-2',
    ])
  })

  it('has a code for a destruction that is not recorded', async () => {
    const options = await newLog(['PAT-1'])
    const opened = await openAuditFolder({ ...options, system: fullOnceBegun() })
    expect(await codeOf(() => opened.shred('PAT-1', 'A'))).toBe('audit-folder/shred-unrecorded')
    await opened.close().catch(() => undefined)
  })
})

describe('the witnesses of a log', () => {
  it.each(['http://127.0.0.1:9', ''])('are remembered, and asked whoever writes (at "%s")', async url => {
    const options = await newLog()
    const signer = cosigner('witness.example/w1', SigningKey.generate(systemRandom), options.clock)
    const policy = `witness w1 ${signer.verifierKey} ${url}\nquorum w1\n`
    await (await openAuditFolder(options, { policy })).close()
    const opened = await openAuditFolder(options)
    await opened.writer.append({ id: systemRandom.bytes(16), record: recordAbout('PAT-1') })
    await opened.close()
    expect(opened.writer.witnessError).toMatchObject({ code: 'tlog/too-few-witnesses' })
    expect(await entriesOf(options)).toEqual([])
    const alone = await openAuditFolder(options, { dropPolicy: true })
    await alone.close()
    expect(alone.writer.witnessError).toBeNull()
    expect(inShort(await entriesOf(options))).toEqual(['PAT-1'])
  })
})

describe('reading a log', () => {
  it('without a checkpoint says so', async () => {
    const options = await newLog(['PAT-1'])
    rmSync(join(auditFolderPaths(options).log, 'checkpoint'))
    expect(await codeOf(() => entriesOf(options))).toBe('verify/no-checkpoint')
  })

  it('names an entry that bears the mark of a patient and does not open, and goes on', async () => {
    const options = await newLog(['PAT-1'])
    const opened = await openAuditFolder(options)
    const { tag } = await opened.keys.load('PAT-1', false)
    const at = options.clock.nowMs()
    const marks = { requestId: systemRandom.bytes(16), tag: tag(1), body: systemRandom.bytes(328) }
    const forged = encodeLeaf({ kind: 'sealed', seq: 1, at, ...marks })
    await opened.close()
    const { log, signingKey } = auditFolderPaths(options)
    using key = new SigningKey(decodeHex(readFileSync(signingKey, 'utf8').trim()))
    const signer = ed25519Signer(origin, key)
    const { clock, random } = options
    const writer = await openLogWriter({
      storage: fileStorage(log),
      codec: raw,
      origin,
      signer,
      clock,
      random,
    })
    await writer.append(forged)
    await writer.close()
    await appendAbout(options, 'PAT-1')
    const expected = ['PAT-1', 'bad', 'PAT-1']
    expect(inShort(await entriesOf(options, 'PAT-1'))).toEqual(expected)
    expect(inShort(await entriesOf(options))).toEqual(expected)
  })
})
