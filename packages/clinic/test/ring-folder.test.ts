import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clinicError, type Device, encodeDevice, newDevice, showCode, wipeDevice } from '@chartseal/clinic'
import {
  changeDevice,
  createFolder,
  type FolderOptions,
  isRingFolder,
  readDevice,
} from '@chartseal/clinic/fs'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { decodeCbor, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { lockFile } from '@chartseal/core/files'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  type Argon2id,
  encodeRing,
  hardenPassphrase,
  newArgon2id,
  parsePhc,
  type Ring,
  rotateRing,
  shred,
  takeSealingKey,
} from '@chartseal/kdf-keyring'
import { codeOf, crashAfter, FaultDisk, faultPlaces, systemError } from '@chartseal/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import { done, pairDevices, startMs, worldAt } from './people.js'

const folder = '/rosa'
/** In place of Argon2id, which has tests of its own. */
const argon2id: Argon2id = async (words, { salt }) => createHash('sha256').update(words).update(salt).digest()
const options: FolderOptions = {
  argon2id,
  folder,
  passphrase: 'correct horse',
  random: systemRandom,
  waitSeconds: 0,
}
/** The lightest that is allowed. */
const parameters = { ...newArgon2id(systemRandom), memoryKiB: 19_456, passes: 2 }

const on = (disk: FaultDisk): FolderOptions => ({ ...options, fileSystem: disk })
const makeFolder = (disk: FaultDisk) => (path: string) => disk.makeFolder(path)
const ringOf = ({ ring }: Device): Ring => {
  if (ring === null) throw new Error('not paired')
  return ring
}
const names = (disk: FaultDisk): string[] => [...disk.files().keys()].sort()

type Change = (device: Device) => Device

const seal: Change = device => ({ ...device, ring: takeSealingKey(ringOf(device), 1, startMs).ring })
const rotate: Change = device => ({ ...device, ring: rotateRing(ringOf(device), startMs) })
const shredFirst: Change = device => ({ ...device, ring: shred(ringOf(device), ringOf(device).firstEpoch) })

const change = (disk: FaultDisk, step: Change): Promise<string> =>
  changeDevice(on(disk), before => ({ result: 'changed', device: step(before) }))

/** What of a ring a step can change, as text. */
async function stateOf(disk: FaultDisk): Promise<string> {
  const device = await readDevice(on(disk))
  const { epoch, sent, grace, forgotten } = ringOf(device)
  const text = [epoch, sent.messages, grace.map(one => one.epoch), forgotten.map(one => one.epoch)].join(' ')
  wipeDevice(device)
  return text
}

/** Every state that ever was on a disk: the file itself, and what a killed process left beside it. */
const statesOn = (disk: FaultDisk): readonly Uint8Array[] =>
  [...disk.files()].filter(([path]) => path.startsWith(`${folder}/state`)).map(([, bytes]) => bytes)

let paired: FaultDisk
let rotated: FaultDisk

beforeAll(async () => {
  paired = new FaultDisk()
  const { patient } = pairDevices(worldAt())
  await createFolder({ ...on(paired), parameters, makeFolder: makeFolder(paired) }, patient)
  rotated = paired.killed()
  await change(rotated, rotate)
})

describe('a process that dies at any file operation', () => {
  const steps = [
    ['seals', seal, () => paired],
    ['rotates', rotate, () => paired],
    ['shreds', shredFirst, () => rotated],
  ] as const

  it.each(steps)(
    'while it %s leaves a folder that opens, and the next step leaves two files',
    async (_, step, from) => {
      const before = await stateOf(from())
      const whole = from().killed()
      whole.operations.length = 0
      await change(whole, step)
      const after = await stateOf(whole)
      const count = whole.operations.length
      expect(count).toBeGreaterThan(15)
      for (const at of faultPlaces(count, 8)) {
        const disk = from().killed()
        crashAfter(disk, at)
        const answer = await change(disk, step).catch(() => 'died')
        for (const left of [disk.killed(), disk.crashed(), disk.crashed(7)]) {
          const state = await stateOf(left)
          expect([before, after]).toContain(state)
          if (answer === 'changed') expect(state).toBe(after)
          await change(left, seal)
          expect(names(left)).toEqual([`${folder}/key`, `${folder}/state`])
        }
      }
    },
  )

  it('while it shreds leaves nothing that opens the month, once a later step has ended', async () => {
    const whole = rotated.killed()
    whole.operations.length = 0
    await change(whole, shredFirst)
    const older = [...statesOn(paired), ...statesOn(rotated)]
    for (const at of faultPlaces(whole.operations.length + 1, 8)) {
      const disk = rotated.killed()
      crashAfter(disk, at)
      await change(disk, shredFirst).catch(() => 'died')
      const left = disk.killed()
      const remnants = statesOn(left)
      await change(left, shredFirst)
      const key = left.files().get(`${folder}/key`) ?? new Uint8Array()
      const states = [...older, ...remnants, ...statesOn(left)]
      for (const state of states) {
        const device = await readTogether(key, state)
        if (device === null) continue
        expect(ringOf(device).forgotten.map(({ epoch }) => epoch)).toEqual([ringOf(device).firstEpoch])
        expect(ringOf(device).grace).toEqual([])
      }
    }
  })

  it('while it creates a folder leaves one that can be made again, or is whole', async () => {
    const device = pairDevices().patient
    const create = (disk: FaultDisk): Promise<void> =>
      createFolder({ ...on(disk), parameters, makeFolder: async () => undefined }, device)
    const whole = new FaultDisk()
    await whole.makeFolder(folder)
    whole.operations.length = 0
    await create(whole)
    for (const at of faultPlaces(whole.operations.length, 8)) {
      const disk = new FaultDisk()
      await disk.makeFolder(folder)
      await disk.syncFolder('/')
      crashAfter(disk, at)
      await create(disk).catch(() => 'died')
      const left = disk.killed()
      if (!(await isRingFolder(folder, left))) await create(left)
      await change(left, seal)
      expect(names(left)).toEqual([`${folder}/key`, `${folder}/state`])
    }
  })
})

/** A folder of a key and a state that may not belong together; `null` when it does not open. */
async function readTogether(key: Uint8Array, state: Uint8Array): Promise<Device | null> {
  const disk = new FaultDisk()
  disk.put(`${folder}/key`, key)
  disk.put(`${folder}/state`, state)
  try {
    return await readDevice(on(disk))
  } catch (error) {
    expect(error).toMatchObject({ code: 'ring/wrong-passphrase' })
    return null
  }
}

describe('a step that destroys a secret', () => {
  it('takes a new key for the folder: states from before do not open with it', async () => {
    const copies = statesOn(rotated)
    const disk = rotated.killed()
    const keyOf = (one: FaultDisk): Uint8Array => one.files().get(`${folder}/key`) ?? new Uint8Array()
    const before = keyOf(disk)
    await change(disk, seal)
    expect(keyOf(disk)).toEqual(before)
    await change(disk, shredFirst)
    expect(keyOf(disk)).not.toEqual(before)
    for (const copy of copies) expect(await readTogether(keyOf(disk), copy)).toBeNull()
  })

  it('does so for a pairing that ends, or begins anew', async () => {
    const disk = new FaultDisk()
    const [before] = pairDevices().before
    await createFolder({ ...on(disk), parameters, makeFolder: makeFolder(disk) }, before)
    const inProgress = statesOn(disk)
    await change(disk, device => ({ ...device, pairing: null }))
    const key = disk.files().get(`${folder}/key`) ?? new Uint8Array()
    for (const state of inProgress) expect(await readTogether(key, state)).toBeNull()
  })

  it('stores what a refusal changes, and refuses then', async () => {
    const disk = new FaultDisk()
    const shown = done(showCode(newDevice('doctor', 'D', systemRandom), worldAt())).device
    await createFolder({ ...on(disk), parameters, makeFolder: makeFolder(disk) }, shown)
    const refusal = clinicError('pairing/digits-differ', {})
    const step = changeDevice(on(disk), device => ({ refusal, device: { ...device, pairing: null } }))
    await expect(step).rejects.toBe(refusal)
    expect((await readDevice(on(disk))).pairing).toBeNull()
  })
})

describe('a folder of version 2', () => {
  /** As version 2 wrote it: one key, an agreement key in the state. */
  async function older(): Promise<{ readonly disk: FaultDisk; readonly state: Uint8Array }> {
    const disk = paired.killed()
    const device = await readDevice(on(disk))
    const key = Object(decodeCbor(disk.files().get(`${folder}/key`) ?? new Uint8Array()))
    const passphraseKey = await hardenPassphrase(options.passphrase, parsePhc(key.phc), argon2id)
    const folderKey = new AeadKey(
      openBytes(passphraseKey, key.sealed, encodeUtf8(`chartseal/ring-folder/v2${key.phc}`)),
    )
    const { ok: _, kids: __, ...ring } = Object(decodeCbor(encodeRing(ringOf(device))))
    const { opening: ___, ...current } = Object(decodeCbor(encodeDevice(device)))
    const map = {
      ...current,
      v: 2,
      ak: new Uint8Array(32).fill(0xa7),
      ring: encodeCbor({ ...ring, v: 2 }),
    }
    const state = sealBytes(folderKey, encodeCbor(map), encodeUtf8('chartseal/ring-state/v2'), systemRandom)
    disk.put(`${folder}/state`, state)
    disk.put(`${folder}/key`, encodeCbor({ ...key, v: 2 }))
    return { disk, state }
  }

  it('is read, and rewritten under a new key at the next change, whatever that is', async () => {
    const { disk, state } = await older()
    expect(await stateOf(disk)).toBe(await stateOf(paired))
    await change(disk, seal)
    const key = disk.files().get(`${folder}/key`) ?? new Uint8Array()
    expect(Object(decodeCbor(key)).v).toBe(3)
    expect(await readTogether(key, state)).toBeNull()
  })

  it('is left as it was, or rewritten, by a process that dies', async () => {
    const { disk: first, state } = await older()
    const whole = first.killed()
    whole.operations.length = 0
    await change(whole, seal)
    for (const at of faultPlaces(whole.operations.length, 8)) {
      const disk = first.killed()
      crashAfter(disk, at)
      await change(disk, seal).catch(() => 'died')
      const left = disk.killed()
      await change(left, seal)
      const key = left.files().get(`${folder}/key`) ?? new Uint8Array()
      expect(await readTogether(key, state)).toBeNull()
    }
  })
})

describe('a ring folder', () => {
  it('refuses another passphrase, changed files and damage by name, with and without a lock', async () => {
    const doors = [
      (disk: FaultDisk, passphrase = options.passphrase) => readDevice({ ...on(disk), passphrase }),
      (disk: FaultDisk, passphrase = options.passphrase) =>
        changeDevice({ ...on(disk), passphrase }, device => ({ result: 0, device })),
    ]
    for (const door of doors) {
      const disk = paired.killed()
      expect(await codeOf(() => door(disk, 'wrong horse'))).toBe('ring/wrong-passphrase')
      disk.put(`${folder}/state`, Uint8Array.of(1, 2, 3))
      expect(await codeOf(() => door(disk))).toBe('ring/wrong-passphrase')
      disk.put(`${folder}/key`, Uint8Array.of(1))
      expect(await codeOf(() => door(disk))).toBe('ring/damaged')
      disk.erase(`${folder}/key`)
      expect(await codeOf(() => door(disk))).toBe('ring/no-folder')
    }
  })

  it('is missing only where there is none: what cannot be read is said', async () => {
    const disk = paired.killed()
    disk.before = operation => {
      if (operation === 'status') throw systemError('EACCES')
    }
    await expect(readDevice(on(disk))).rejects.toMatchObject({
      code: 'files/failed',
      context: { path: `${folder}/key`, systemCode: 'EACCES' },
    })
    expect(await isRingFolder('/nowhere', disk.killed())).toBe(false)
  })

  it('is read without any operation that writes', async () => {
    const disk = paired.killed()
    disk.operations.length = 0
    await readDevice(on(disk))
    expect(new Set(disk.operations)).toEqual(new Set(['status', 'open read', 'stat', 'read', 'close']))
  })

  it('is not made twice, and not by a name that is taken', async () => {
    const disk = paired.killed()
    const make = () =>
      createFolder(
        { ...on(disk), parameters, makeFolder: async () => undefined },
        newDevice('patient', 'R', systemRandom),
      )
    expect(await codeOf(make)).toBe('ring/exists')
    const cwd = mkdtempSync(join(tmpdir(), 'ring-folder-'))
    await createFolder(
      { ...options, folder: join(cwd, 'a/b'), parameters },
      newDevice('patient', 'R', systemRandom),
    )
    expect(readdirSync(join(cwd, 'a/b')).sort()).toEqual(['key', 'state'])
    expect(statSync(join(cwd, 'a/b')).mode & 0o777).toBe(0o700)
  })

  it('says who holds it, and since when it waits', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'ring-folder-'))
    const held = { ...options, folder: join(cwd, "Rosa's"), waitSeconds: 0.2 }
    await createFolder({ ...held, parameters }, newDevice('patient', 'R', systemRandom))
    const lock = await lockFile(join(held.folder, 'state'))
    const busy = changeDevice(held, device => ({ result: 0, device }))
    await expect(busy).rejects.toMatchObject({
      code: 'ring/busy',
      context: { pid: process.pid, seconds: 0.2, file: join(held.folder, 'state') },
      message: expect.stringContaining(`chartseal unlock '${cwd}/Rosa'\\''s'`),
    })
    await lock.release()
  })

  it('is not written by a process that lost its lock', async () => {
    const disk = paired.killed()
    const step = changeDevice(on(disk), device => {
      for (const path of names(disk)) if (path.includes('.lock,')) disk.erase(path)
      return { result: 'in', device: seal(device) }
    })
    await expect(step).rejects.toMatchObject({ code: 'files/lock-lost' })
    expect(await stateOf(disk)).toBe(await stateOf(paired))
  })

  it('is read by others while its key changes', async () => {
    const disk = paired.killed()
    let reads = 0
    let reading: Promise<unknown> = Promise.resolve()
    // A reader starts before each move of the writer; each must see the old or the new state.
    disk.before = (operation, path) => {
      if (operation !== 'rename' || path.includes('lock')) return
      const reader = disk.killed()
      reading = reading.then(async () => {
        expect(await stateOf(reader)).toMatch(/^\d+ 0 /)
        reads++
      })
    }
    await change(disk, rotate)
    await reading
    expect(reads).toBe(3)
  })

  it('retries a read that met a writer between the two files', async () => {
    const disk = paired.killed()
    const after = rotated.files()
    let opens = 0
    disk.before = (operation, path) => {
      if (operation !== 'open read' || path !== `${folder}/state` || opens++ > 0) return
      for (const [name, bytes] of after) disk.put(name, bytes)
    }
    expect(await stateOf(disk)).toBe(await stateOf(rotated))
    expect(opens).toBe(2)
  })
})
