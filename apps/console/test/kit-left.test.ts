import { describe, expect, it } from 'vitest'
import { createKitScreen } from '../dist/state/kit.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled } from './fake-platform.js'
import { coverWithKit, type Person, pair, relocked, sessionOf, twoPeople } from './people.js'

const holders = ['at home', 'my sister', 'the bank']

/** Made and printed, saved or not, and left. */
async function leftKit(person: Person, isSaved: boolean): Promise<readonly string[]> {
  const screen = createKitScreen(sessionOf(person), holders)
  await screen.make()
  const sheets = screen.fresh.value?.sheets ?? []
  if (isSaved) screen.save()
  while (isSaved && screen.kept.value[0]?.isSaved !== true) await screen.load()
  screen.leave()
  return sheets
}

async function screenOf(person: Person) {
  const screen = createKitScreen(sessionOf(person), ['', '', ''])
  await screen.load()
  return screen
}

const isCovered = (person: Person): boolean => sessionOf(person).pairs.value.every(pair => pair.isCovered)

describe('a kit whose screen was left before a sheet was checked', () => {
  it('counts when a sheet is scanned later, even after a lock', async () => {
    const { doctor } = await twoPeople(fakeClinic())
    const sheets = await leftKit(doctor, true)
    await relocked(doctor)
    const screen = await screenOf(doctor)
    expect(screen.unfinished.value?.holders).toEqual(holders)
    expect([screen.covering.value, isCovered(doctor)]).toEqual([null, false])
    await screen.check(sheets[2] ?? '')
    expect([screen.checking.error.value, screen.isChecked.value, isCovered(doctor)]).toEqual([
      null,
      true,
      true,
    ])
    expect(screen.unfinished.value).toBeNull()
    expect(screen.covering.value?.holders).toEqual(holders)
  })

  it('does not count without its file, and says why', async () => {
    const { doctor } = await twoPeople(fakeClinic())
    const sheets = await leftKit(doctor, false)
    const screen = await screenOf(doctor)
    expect(screen.unfinished.value).toBeNull()
    await screen.check(sheets[0] ?? '')
    expect(screen.checking.error.value).toMatchObject({ code: 'console/kit-not-saved' })
    expect(isCovered(doctor)).toBe(false)
  })

  it('leaves the kit that counts as it is, whose holders are still shown', async () => {
    const clinic = fakeClinic()
    const { doctor } = await twoPeople(clinic)
    const before = await coverWithKit(doctor)
    await pair(doctor, await enrolled(clinic, 'patient', 'Ulrich'))
    const sheets = await leftKit(doctor, true)
    const screen = await screenOf(doctor)
    expect(screen.covering.value?.holders).toEqual(['a', 'b', 'c'])
    expect(screen.unfinished.value?.holders).toEqual(holders)
    await screen.check(before[0] ?? '')
    expect(screen.isChecked.value).toBe(true)
    await screen.check(sheets[0] ?? '')
    expect([screen.covering.value?.holders, isCovered(doctor)]).toEqual([holders, true])
    expect(screen.kept.value).toHaveLength(1)
    await screen.check(before[0] ?? '')
    expect(screen.checking.error.value).toMatchObject({ code: 'console/other-kit' })
  })

  it('is sealed, and has no sheet and no key in it', async () => {
    const { doctor } = await twoPeople(fakeClinic())
    const sheets = await leftKit(doctor, true)
    const [name = ''] = [...doctor.platform.map.keys()].filter(key => key.startsWith('kit/'))
    const sealed = doctor.platform.map.get(name)
    expect(sealed instanceof Uint8Array && !Buffer.from(sealed).includes('my sister')).toBe(true)
    const opened = Buffer.from((await sessionOf(doctor).unlocked.rows.get(name)) ?? []).toString()
    for (const sheet of sheets) expect(opened).not.toContain(sheet.slice(20, 60))
  })
})
