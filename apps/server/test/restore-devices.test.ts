import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { noteEnded, readEnded } from '../dist/clinic/ended-devices.js'
import { dataPaths } from '../dist/data-folder.js'
import { backUp, emptyFolder, newClinic, ports, restored, withStore } from './clinic-world.js'
import { bytes, engine } from './store-world.js'

const kidOf = (letter: string): string => letter.repeat(43)

async function clinicWithDevices() {
  const clinic = await newClinic()
  await clinic.deposit('a')
  await withStore(clinic.target, async store => {
    for (const name of ['A', 'B'])
      await store.devices.add({ kid: kidOf(name), role: 'patient', keys: bytes(1), box: name, addedMs: 1 })
    const expiresMs = ports.clock.nowMs() + 86_400_000
    for (const name of [1, 2])
      await store.invitations.add({
        hash: new Uint8Array(32).fill(name),
        role: 'patient',
        createdMs: 1,
        expiresMs,
      })
  })
  const { folder } = await backUp(clinic)
  return { clinic, folder }
}

describe(`restoring devices on ${engine}`, () => {
  it('ends again what the list beside the log has, and uses no invitation twice', async () => {
    const { clinic, folder } = await clinicWithDevices()
    const { endedDevices } = dataPaths(clinic.data)
    await noteEnded(endedDevices, [kidOf('A'), kidOf('C')])
    const after = await restored(clinic, folder, { log: clinic.data })
    expect(after.closed).toEqual({
      living: 2,
      endedAgain: 1,
      isListKnown: true,
      voided: 2,
      linksEnded: 0,
      packagesClosed: 0,
      emergenciesEnded: 0,
    })
    await withStore(after.target, async ({ devices, invitations }) => {
      expect((await devices.find(kidOf('A')))?.endedMs).toBeGreaterThan(1)
      expect((await devices.find(kidOf('B')))?.endedMs).toBeNull()
      const use = invitations.use(new Uint8Array(32).fill(1), kidOf('D'), ports.clock.nowMs())
      expect(await use).toBe('expired')
    })
    expect(await readEnded(dataPaths(after.data).endedDevices)).toEqual([kidOf('A'), kidOf('C')])
  })

  it('finds the list beside the folder of the log, and says where there is none', async () => {
    const { clinic, folder } = await clinicWithDevices()
    const without = await restored(clinic, folder, { log: clinic.data })
    expect(without.closed).toEqual({
      living: 3,
      endedAgain: 0,
      isListKnown: false,
      voided: 2,
      linksEnded: 0,
      packagesClosed: 0,
      emergenciesEnded: 0,
    })
    await noteEnded(dataPaths(clinic.data).endedDevices, [kidOf('B')])
    const beside = await restored(clinic, folder, { log: join(clinic.data, 'log') })
    expect(beside.closed).toMatchObject({ endedAgain: 1, isListKnown: true })
  })
})

describe('the list of ended devices', () => {
  it('survives a line that was cut, and is empty where there is none', async () => {
    const file = join(emptyFolder(), 'ended-devices')
    expect(await readEnded(file)).toEqual([])
    await noteEnded(file, [kidOf('A')])
    appendFileSync(file, 'BBBB')
    await noteEnded(file, [kidOf('C'), kidOf('A')])
    expect(await readEnded(file)).toEqual([kidOf('A'), kidOf('C')])
    await noteEnded(file, [])
    expect(readFileSync(file, 'utf8')).toContain('BBBB\n')
    rmSync(file)
    mkdirSync(file)
    await expect(readEnded(file)).rejects.toMatchObject({ code: 'files/failed' })
    await expect(noteEnded(file, [kidOf('A')])).rejects.toMatchObject({ code: 'files/failed' })
  })
})
