import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { decodeClinicLeaf } from '@chartseal/audit/access'
import { openClinicLog } from '@chartseal/clinic/fs/log'
import { formatNote, parseCheckpoint, parseNote } from '@chartseal/tlog'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dataPaths, takeDataFolder } from '../dist/data-folder.js'
import {
  backUp,
  emptyFolder,
  keyOf,
  newClinic,
  origin,
  ports,
  restored,
  startWitness,
  withStore,
} from './clinic-world.js'

const sizeIn = (data: string): number =>
  parseCheckpoint(parseNote(readFileSync(join(data, 'log/checkpoint'), 'utf8')).text).size

/** Without the cosignatures behind the log's own. */
function unsigned(checkpoint: string): string {
  const { text, signatures } = parseNote(checkpoint)
  return formatNote(text, signatures.slice(0, 1))
}

/** The address of a server that gives out the files of a folder. */
async function serveFiles(folder: string): Promise<string> {
  const server = createServer((request, response) => {
    const path = join(folder, `${request.url}`)
    response.writeHead(existsSync(path) ? 200 : 404, { connection: 'close' })
    response.end(existsSync(path) ? readFileSync(path) : '')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${Object(server.address()).port}`
}

describe('restoring a log', () => {
  it('refuses a backup of yesterday, as the witnesses have seen more, and goes on with the log of today', async () => {
    const clinic = await newClinic()
    const witnesses = [
      await startWitness('w1.example/w', clinic.verifierKey),
      await startWitness('w2.example/w', clinic.verifierKey),
    ]
    clinic.setPolicy(
      `${witnesses.map(one => one.policyLine).join('\n')}\ngroup all 1 w1.example w2.example\nquorum all\n`,
    )
    await clinic.deposit('yesterday')
    const { folder } = await backUp(clinic)
    expect(await restored(clinic, folder)).toMatchObject({ entries: 1 })
    await clinic.deposit('today', 'tonight')
    await expect(restored(clinic, folder)).rejects.toMatchObject({
      code: 'restore/log-behind',
      context: { size: 1, newest: 3 },
    })
    const after = await restored(clinic, folder, { log: clinic.data })
    expect(after.entries).toBe(3)
    expect(await clinic.waiting(after.target)).toEqual(['yesterday'])
    // The log that was signed by witnesses up to 3 goes on from there.
    const log = await openClinicLog({
      folder: dataPaths(after.data).log,
      signingKey: dataPaths(after.data).signingKey,
      origin,
      ...ports,
    })
    expect((await log.writer.appendWitnessed({ id: ports.random.bytes(16), text: 'on' })).index).toBe(3)
    await log.close()
  })

  it('refuses while so many witnesses are silent that they may have seen more', async () => {
    const clinic = await newClinic()
    const [first, second] = [
      await startWitness('w1.example/w', clinic.verifierKey),
      await startWitness('w2.example/w', clinic.verifierKey),
    ]
    clinic.setPolicy(
      `${first.policyLine}\n${second.policyLine}\ngroup both 2 w1.example w2.example\nquorum both\n`,
    )
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    await second.stop()
    // Nothing was cosigned without the first, which answers.
    expect(await restored(clinic, folder)).toMatchObject({ entries: 1 })
    await first.stop()
    await expect(restored(clinic, folder)).rejects.toMatchObject({
      code: 'restore/witnesses-silent',
      context: { names: ['w1.example', 'w2.example'] },
    })
  })

  it('takes a false answer of a witness for silence', async () => {
    const [clinic, other] = [await newClinic(), await newClinic()]
    const witness = await startWitness('w1.example/w', clinic.verifierKey)
    const policy = `${witness.policyLine}\nquorum w1.example\n`
    clinic.setPolicy(policy)
    await clinic.deposit('a')
    await other.deposit('b')
    const { folder } = await backUp(clinic)
    const answers: readonly [number, string][] = [
      [200, readFileSync(join(other.data, 'log/checkpoint'), 'utf8')],
      // The log has signed it, and the witness has not.
      [200, unsigned(readFileSync(join(clinic.data, 'log/checkpoint'), 'utf8'))],
      [200, 'no note'],
      [500, ''],
    ]
    for (const [status, body] of answers) {
      const lying = async (url: string) => ({ status, url, body: new Blob([body]).stream() })
      await expect(restored(clinic, folder, { fetch: lying })).rejects.toMatchObject({
        code: 'restore/witnesses-silent',
      })
    }
    const newLog = { origin: 'clinic.example/log2', reason: 'the witness is gone for good' }
    const gone = () => Promise.reject(new Error('no route'))
    expect(await restored(clinic, folder, { fetch: gone, newLog })).toMatchObject({ entries: 1 })
  })

  it('refuses without witnesses, unless somebody says how far the log went', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    await expect(restored(clinic, folder)).rejects.toMatchObject({ code: 'restore/unwitnessed' })
    const checkpoint = join(clinic.data, 'log/checkpoint')
    expect(await restored(clinic, folder, { known: [checkpoint] })).toMatchObject({ entries: 1 })
    await clinic.deposit('b')
    await expect(restored(clinic, folder, { known: [checkpoint] })).rejects.toMatchObject({
      code: 'restore/log-behind',
      context: { size: 1, newest: 2, source: checkpoint },
    })
    expect(await restored(clinic, folder, { log: join(clinic.data, 'log') })).toMatchObject({ entries: 2 })
  })

  it('takes the log from a mirror, each leaf of which is checked, and goes on with its witnesses', async () => {
    const clinic = await newClinic()
    const witness = await startWitness('w1.example/w', clinic.verifierKey)
    clinic.setPolicy(`${witness.policyLine}\nquorum w1.example\n`)
    await clinic.deposit(...Array.from({ length: 280 }, (_, i) => `${i}`))
    const { folder } = await backUp(clinic)
    await clinic.deposit('later')
    // As it is served: without the state of its writer.
    const served = join(emptyFolder(), 'served')
    cpSync(join(clinic.data, 'log'), served, { recursive: true })
    rmSync(join(served, '.state'), { recursive: true })
    const log = await serveFiles(served)
    for (const source of [log, served]) {
      const after = await restored(clinic, folder, { log: source })
      expect(after.entries).toBe(281)
      expect(sizeIn(after.data)).toBe(281)
      expect(readFileSync(join(after.data, 'log/.state/policy'), 'utf8')).toContain('quorum w1.example')
    }
    await clinic.deposit('afterwards')
    await expect(restored(clinic, folder, { log })).rejects.toMatchObject({
      code: 'restore/log-behind',
      context: { size: 281, newest: 282, source: 'witness w1.example' },
    })
    const bundle = readFileSync(join(served, 'tile/entries/000'))
    bundle[100] = (bundle[100] ?? 0) ^ 1
    writeFileSync(join(served, 'tile/entries/000'), bundle)
    await expect(restored(clinic, folder, { log })).rejects.toMatchObject({
      code: expect.stringMatching('^verify/'),
    })
    await expect(restored(clinic, folder, { log: emptyFolder() })).rejects.toMatchObject({
      code: 'backup/missing',
    })
  })

  it('refuses to go on with the log of a folder that is still served', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    const server = await takeDataFolder(clinic.data)
    for (const log of [clinic.data, dataPaths(clinic.data).log])
      await expect(restored(clinic, folder, { log })).rejects.toMatchObject({ code: 'data-folder/in-use' })
    await server.release()
    expect(await restored(clinic, folder, { log: clinic.data })).toMatchObject({ entries: 1 })
    await (await takeDataFolder(clinic.data)).release()
  })

  it('refuses another history under the same key', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    const fork = join(emptyFolder(), 'fork')
    cpSync(clinic.data, fork, { recursive: true })
    await clinic.deposit('b')
    const other = await openClinicLog({
      folder: join(fork, 'log'),
      signingKey: keyOf(clinic),
      origin,
      ...ports,
    })
    await other.writer.append({ id: ports.random.bytes(16), text: 'another' })
    await other.close()
    const known = [join(clinic.data, 'log/checkpoint')]
    await expect(restored(clinic, folder, { known, log: fork })).rejects.toMatchObject({
      code: 'restore/log-diverged',
    })
  })

  it('begins a new log that names the last checkpoint of the one before, and why', async () => {
    const clinic = await newClinic()
    const witness = await startWitness('w1.example/w', clinic.verifierKey)
    clinic.setPolicy(`${witness.policyLine}\nquorum w1.example\n`)
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    await clinic.deposit('b', 'c')
    const newLog = { origin: 'clinic.example/log2', reason: 'the disk is lost' }
    const same = restored(clinic, folder, { newLog: { ...newLog, origin } })
    await expect(same).rejects.toThrow('--new-log must be another origin')
    await expect(restored(clinic, folder, { newLog: { ...newLog, reason: ' ' } })).rejects.toThrow('--reason')
    const after = await restored(clinic, folder, { newLog })
    expect(after.newKey).toMatch(/^clinic\.example\/log2\+/)
    expect(after).toMatchObject({ entries: 1, source: 'witness w1.example' })
    const { log, signingKey, folder: data } = dataPaths(after.data)
    expect(readFileSync(signingKey, 'utf8')).not.toBe(readFileSync(keyOf(clinic), 'utf8'))
    expect(readdirSync(join(data, 'former-logs'))).toHaveLength(1)
    const opened = await openClinicLog({ folder: log, signingKey, origin: newLog.origin, ...ports })
    const bundle = await opened.read('tile/entries/000.p/1')
    await opened.close()
    const leaf = decodeClinicLeaf(new Uint8Array(bundle ?? []).subarray(2))
    expect(JSON.parse('text' in leaf ? leaf.text : '{}')).toMatchObject({
      former_origin: origin,
      former_size: 3,
      seen_by: 'witness w1.example',
      reason: 'the disk is lost',
    })
    await withStore(after.target, async store => {
      expect(await store.settings.get('log-origin')).toBe(newLog.origin)
      expect(await store.openings.ofParty(origin, 'kid', { limit: 9, maxBytes: 1e6 })).toHaveLength(1)
    })
    // The former log goes along from now on.
    const next = await backUp({ ...clinic, ...after })
    expect(readdirSync(join(next.folder, 'former-logs'))).toHaveLength(1)
    const again = await restored({ ...clinic, ...after }, next.folder, { log: after.data })
    expect(readdirSync(join(again.data, 'former-logs'))).toHaveLength(1)
    expect(statSync(dataPaths(again.data).signingKey).mode & 0o777).toBe(0o600)
  })
})
