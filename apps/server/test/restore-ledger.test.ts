import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'
import { backup } from '../dist/commands/backup.js'
import { type RestoreOptions, type RestoreReport, restore } from '../dist/commands/restore.js'
import { dataPaths } from '../dist/data-folder.js'
import { type TestClinic, type TestDevice, testClinic } from './api-world.js'
import { dispense, prescribe } from './ledger-world.js'
import { emptyFolder } from './store-world.js'

interface Backed {
  readonly clinic: TestClinic
  readonly pharmacist: TestDevice
  readonly order: Uint8Array
  readonly ledger: Uint8Array
  /** Of before anything was dispensed. */
  readonly from: string
}

/** A clinic with one prescription of one unit, a backup, and then the unit given out. */
async function dispensedBehindBackup(): Promise<Backed> {
  const clinic = await testClinic()
  const doctor = await clinic.enrol('doctor')
  const pharmacist = await clinic.enrol('pharmacist')
  const { ledger } = clinic.clinic
  await ledger.beat()
  const { id } = ledger.node
  const order = await prescribe({ ledger: id, device: doctor, seq: 1n }, 1)
  await ledger.submit(order.bytes)
  await ledger.beat()
  const { store } = dataPaths(clinic.folder)
  const made = await backup({
    data: clinic.folder,
    target: { file: store },
    to: emptyFolder(),
    check: true,
    clock,
    random,
  })
  const given = await dispense({ ledger: id, device: pharmacist, seq: 1n }, order.txid, order.txid, 1)
  await ledger.submit(given.bytes)
  await ledger.beat()
  await clinic.clinic.close()
  return { clinic, pharmacist, order: order.txid, ledger: id, from: made.folder }
}

async function restored(
  { clinic, from }: Backed,
  over: Partial<RestoreOptions>,
): Promise<RestoreReport & { readonly data: string }> {
  const data = join(emptyFolder(), 'restored')
  const key = dataPaths(clinic.folder).signingKey
  return { data, ...(await restore({ from, data, key, clock, random, fetch, ...over })) }
}

describe('a ledger that is restored', () => {
  it('takes the blocks of the old folder, and gives out no unit again', async () => {
    const world = await dispensedBehindBackup()
    const { data, seals } = await restored(world, { log: world.clinic.folder })
    expect(seals).toBe(true)
    const again = await testClinic({ folder: data })
    const { node } = again.clinic.ledger
    expect(node.id).toEqual(world.ledger)
    expect((await node.prescription(world.order))?.state).toMatchObject({ status: 'dispensed', dispensed: 1 })
    const twice = await dispense(
      { ledger: world.ledger, device: world.pharmacist, seq: 2n },
      world.order,
      world.order,
      1,
    )
    await expect(again.clinic.ledger.submit(twice.bytes)).rejects.toMatchObject({
      code: expect.stringMatching(/^ledger\/(not-open|stale-change)$/),
    })
  })

  it('is refused where the log names blocks that it lacks: what was dispensed would be dispensed again', async () => {
    const world = await dispensedBehindBackup()
    const alone = join(emptyFolder(), 'log')
    cpSync(dataPaths(world.clinic.folder).log, alone, { recursive: true })
    await expect(restored(world, { log: alone })).rejects.toMatchObject({ code: 'restore/ledger-behind' })
  })

  it('is refused where the folder of before has other blocks than the backup', async () => {
    const [world, other] = [await dispensedBehindBackup(), await dispensedBehindBackup()]
    const folder = join(emptyFolder(), 'before')
    cpSync(world.clinic.folder, folder, { recursive: true })
    cpSync(dataPaths(other.clinic.folder).ledgerBlocks, dataPaths(folder).ledgerBlocks)
    await expect(restored(world, { log: folder })).rejects.toMatchObject({ code: 'restore/ledger-diverged' })
  })

  it('is read, and seals nothing, without its keys', async () => {
    const world = await dispensedBehindBackup()
    const key = join(emptyFolder(), 'signing.key')
    cpSync(dataPaths(world.clinic.folder).signingKey, key)
    const { data, seals } = await restored(world, { log: world.clinic.folder, key })
    expect(seals).toBe(false)
    const again = await testClinic({ folder: data })
    const { ledger } = again.clinic
    const { height } = ledger.node.tip
    await again.enrol('doctor')
    await ledger.beat()
    expect([await ledger.seals(), ledger.node.tip.height]).toEqual([false, height])
    expect((await ledger.node.prescription(world.order))?.state.status).toBe('dispensed')
  })

  it('begins anew with a new log, and keeps the blocks of before', async () => {
    const world = await dispensedBehindBackup()
    const newLog = { origin: 'clinic.example/log-2', reason: 'the disk died' }
    const { data } = await restored(world, { newLog })
    const again = await testClinic({ folder: data })
    const { node } = again.clinic.ledger
    expect(encodeBase64Url(node.id)).not.toBe(encodeBase64Url(world.ledger))
    expect(node.tip.height).toBe(0n)
    expect(await node.prescription(world.order)).toBeNull()
    expect(existsSync(join(dataPaths(data).formerLedger, 'blocks.log'))).toBe(true)
  })

  it('is not gone on with in a folder that fell behind the store', async () => {
    const { clinic } = await dispensedBehindBackup()
    const older = await dispensedBehindBackup()
    cpSync(join(older.from, 'ledger/blocks.log'), dataPaths(clinic.folder).ledgerBlocks)
    await expect(testClinic({ folder: clinic.folder })).rejects.toMatchObject({
      code: 'clinic/ledger-behind',
    })
  })
})
