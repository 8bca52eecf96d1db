import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesError, lockFile, openLog, readClaims, removeClaim, replaceFile } from '@chartseal/core/files'
import { afterAll, expect, it } from 'vitest'
import { failOnce, MemoryDisk } from './files-disk.js'
import { codeOfAsync, kind, openOn, path, realFolder, texts, written } from './files-helpers.js'

const folder = realFolder()
const raised = new Set<string>()
afterAll(() => expect([...filesError.codes].filter(code => !raised.has(code))).toEqual([]))

async function expectCode(code: string, attempt: () => Promise<unknown>): Promise<void> {
  raised.add(await codeOfAsync(attempt))
  expect(await codeOfAsync(attempt)).toBe(code)
}

it('refuses files that are not logs', async () => {
  const text = join(folder, 'notes.txt')
  for (const content of ['', 'notes', 'n'.repeat(1000)]) {
    writeFileSync(text, content)
    await expectCode('files/not-a-log', () => openLog(text, { kind }))
    expect(readFileSync(text, 'latin1')).toBe(content)
  }
})

it('refuses a version it does not know', async () => {
  const disk = new MemoryDisk()
  const bytes = await written(disk)
  bytes[8] = 2
  bytes.set(createHash('sha256').update(bytes.subarray(0, 48)).digest().subarray(0, 8), 48)
  disk.put(path, bytes)
  await expectCode('files/unsupported-version', () => openOn(disk))
})

it.each([
  ['bytes where zeros belong', 12, 1],
  ['a kind with a zero in it', 18, 0],
  ['a kind that cannot be shown', 18, 0xe9],
])('refuses a head with %s', async (_, at, byte) => {
  const disk = new MemoryDisk()
  const bytes = await written(disk)
  bytes[at] = byte
  bytes.set(createHash('sha256').update(bytes.subarray(0, 48)).digest().subarray(0, 8), 48)
  disk.put(path, bytes)
  await expectCode('files/not-a-log', () => openOn(disk))
})

it('refuses a log of another kind', async () => {
  const disk = new MemoryDisk()
  await written(disk, 'a')
  await expectCode('files/wrong-kind', () => openOn(disk, { kind: 'other/v1' }))
})

it('refuses a damaged record', async () => {
  const disk = new MemoryDisk()
  const bytes = await written(disk, 'a', 'b')
  bytes[60] = 1
  disk.put(path, bytes)
  await expectCode('files/corrupt-record', () => openOn(disk))
})

it('says what the operating system refused', async () => {
  const missing = join(folder, 'missing', 'a.log')
  await expectCode('files/failed', () => openLog(missing, { kind }))
  await expectCode('files/failed', () => openLog(join(folder, 'none.log'), { kind, create: false }))
  await expectCode('files/failed', () => lockFile(missing))
  await expectCode('files/failed', () => replaceFile(missing, new Uint8Array(1)))
  mkdirSync(join(folder, 'a-folder'))
  await expectCode('files/failed', () => openLog(join(folder, 'a-folder'), { kind }))
  await expect(openLog(join(folder, 'none.log'), { kind, create: false })).rejects.toMatchObject({
    context: { operation: 'open', path: join(folder, 'none.log'), systemCode: 'ENOENT' },
  })
})

it('refuses to go on after a failure', async () => {
  const disk = new MemoryDisk()
  const log = await openOn(disk)
  failOnce(disk, 'write', 'EIO')
  await expect(log.append(new Uint8Array(1))).rejects.toMatchObject({ code: 'files/failed' })
  await expectCode('files/poisoned', () => log.append(new Uint8Array(1)))
})

it('refuses what is held', async () => {
  const lock = await lockFile(join(folder, 'held'))
  await expectCode('files/locked', () => lockFile(join(folder, 'held')))
  await lock.release()
})

it('stops a holder whose lock was taken over', async () => {
  const lock = await lockFile(join(folder, 'taken'))
  const [claim] = await readClaims(join(folder, 'taken'))
  if (claim === undefined) throw new Error('the claim is not there')
  await removeClaim(claim, { force: true })
  await expectCode('files/lock-lost', () => lock.check())
})

it('treats wrong use as the mistake of the caller', async () => {
  const disk = new MemoryDisk()
  for (const bad of ['', 'seventeen letters', 'two words', 'ärzte/v1', 'a\n']) {
    await expect(openOn(disk, { kind: bad })).rejects.toThrow(RangeError)
  }
  const log = await openOn(disk)
  await expect(log.append(new Uint8Array(2 ** 26 + 1))).rejects.toThrow(RangeError)
  await log.append(Uint8Array.of(7))
  const reading = log.read()[Symbol.asyncIterator]()
  await log.close()
  await expect(reading.next()).rejects.toThrow(TypeError)
  expect(await texts(await openOn(disk))).toEqual(['\u0007'])
})

it('replaces a file with the mode asked for, and a link itself', async () => {
  const [file, link] = [join(folder, 'key'), join(folder, 'link')]
  writeFileSync(file, 'old', { mode: 0o644 })
  await replaceFile(file, Buffer.from('new'))
  symlinkSync(file, link)
  await replaceFile(link, Buffer.from('other'), { mode: 0o640 })
  expect([readFileSync(file, 'latin1'), readFileSync(link, 'latin1')]).toEqual(['new', 'other'])
  expect([file, link].map(name => statSync(name).mode & 0o777)).toEqual([0o600, 0o640])
})
