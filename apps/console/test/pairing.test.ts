import { describe, expect, it } from 'vitest'
import { createApp } from '../dist/state/app.js'
import { PairingScreen } from '../dist/state/pairing.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled, passphrase } from './fake-platform.js'
import { type Person, pair, sessionOf, until } from './people.js'

const codeOf = async (error: { value: unknown }): Promise<string> =>
  until(() => {
    const { value } = error
    return value instanceof Error && 'code' in value ? String(value.code) : null
  })

async function twoScreens() {
  const clinic = fakeClinic()
  const doctor = await enrolled(clinic, 'doctor', 'Dr. Okafor')
  const patient = await enrolled(clinic, 'patient', 'Rosa Weiss')
  const shown = new PairingScreen(sessionOf(doctor))
  const read = new PairingScreen(sessionOf(patient))
  return { clinic, doctor, patient, shown, read }
}

async function comparing() {
  const two = await twoScreens()
  void two.shown.show()
  void two.read.take(
    await until(() => two.shown.stage.value.kind === 'showing' && two.shown.stage.value.code),
  )
  await until(() => [two.shown, two.read].every(({ stage }) => stage.value.kind === 'comparing'))
  return two
}

const pairRows = ({ platform }: Person): readonly string[] =>
  [...platform.map.keys()].filter(key => key.startsWith('pair/'))

describe('a pairing that does not end well', () => {
  it.each([
    ['shows', 'confirmed'],
    ['shows', 'compared'],
    ['reads', 'confirmed'],
    ['reads', 'compared'],
  ])(
    'ends at once for the side that %s and has %s when the other one says that the digits differ',
    async (side, state) => {
      const { doctor, patient, shown, read } = await comparing()
      const [mine, theirs] = side === 'shows' ? [shown, read] : [read, shown]
      const matching = state === 'confirmed' ? mine.match() : Promise.resolve()
      await theirs.differ()
      expect(await codeOf(mine.error)).toBe('pairing/digits-differ')
      await matching
      await until(() => pairRows(doctor).length + pairRows(patient).length === 0)
      expect([mine.stage.value.kind, theirs.stage.value.kind]).toEqual(['choose', 'choose'])
    },
  )

  it('is not begun by a text that is no code, and another text can be read at once', async () => {
    const { patient, shown, read } = await twoScreens()
    void shown.show()
    const code = await until(() => shown.stage.value.kind === 'showing' && shown.stage.value.code)
    read.read()
    await read.take(code.slice(0, 80))
    expect([await codeOf(read.error), read.stage.value.kind]).toEqual(['pasted/not-found', 'reading'])
    expect(pairRows(patient)).toEqual([])
    void read.take(code)
    await until(() => [shown, read].every(({ stage }) => stage.value.kind === 'comparing'))
    expect(read.error.value).toBeNull()
  })

  it('can be stopped at each stage, which the other side is told', async () => {
    const { doctor, shown } = await twoScreens()
    void shown.show()
    await until(() => shown.stage.value.kind === 'showing')
    await shown.stop()
    expect([shown.stage.value.kind, shown.error.value, pairRows(doctor)]).toEqual(['choose', null, []])
    shown.read()
    await shown.stop()
    expect(shown.stage.value.kind).toBe('choose')
    const two = await comparing()
    await two.read.stop()
    expect(await codeOf(two.shown.error)).toBe('console/pairing-left')
    const half = await comparing()
    const matching = half.shown.match()
    await until(() => half.shown.stage.value.kind === 'finishing')
    await half.shown.stop()
    await matching
    expect(await codeOf(half.shown.error)).toBe('console/pairing-half')
    expect(pairRows(half.doctor)).toEqual([])
  })

  it('tells a side that takes a code that the one which showed the code left', async () => {
    const { doctor, shown, read } = await twoScreens()
    void shown.show()
    const code = await until(() => shown.stage.value.kind === 'showing' && shown.stage.value.code)
    await shown.leave()
    expect(pairRows(doctor)).toEqual([])
    void read.take(code)
    expect(await codeOf(read.error)).toBe('console/pairing-left')
  })

  it.each(['showing', 'finishing'])('is over after ten minutes while it is %s', async stage => {
    const { clinic, doctor, shown } = stage === 'showing' ? await twoScreens() : await comparing()
    doctor.platform.waits = 'briefly'
    clinic.holdsSlots = false
    if (stage === 'finishing') void shown.match()
    else void shown.show()
    await until(() => shown.stage.value.kind === stage)
    doctor.platform.aheadMs = 600_001
    expect(await codeOf(shown.error)).toBe('console/pairing-expired')
    expect(shown.stage.value.kind).toBe('choose')
    await until(() => pairRows(doctor).length === 0)
  })

  it.each([429, 503])('goes on after the clinic asked to wait (%i)', async status => {
    const two = await comparing()
    for (const { platform } of [two.doctor, two.patient]) platform.waits = 'briefly'
    two.clinic.refuseSlots = status
    const matching = Promise.all([two.shown.match(), two.read.match()])
    await until(() => two.shown.stage.value.kind === 'finishing')
    await new Promise(resolve => setTimeout(resolve, 5))
    expect([two.shown.error.value, two.read.error.value]).toEqual([null, null])
    two.clinic.refuseSlots = null
    await matching
    expect([two.shown.stage.value.kind, two.read.stage.value.kind]).toEqual(['done', 'done'])
  })

  it('does not ask without a pause when the clinic answers at once that nothing is there', async () => {
    const { clinic, shown } = await twoScreens()
    clinic.holdsSlots = false
    void shown.show()
    await until(() => clinic.slotRequests > 0)
    for (let left = 30; left > 0; left--) await new Promise(resolve => setTimeout(resolve, 0))
    expect(clinic.slotRequests).toBe(1)
  })

  it('is one at a time over all tabs, and what a tab is finishing is not removed by another', async () => {
    const { doctor, shown, read, clinic } = await comparing()
    const tab = createApp(doctor.platform)
    await tab.start()
    await tab.unlock(passphrase)
    const matching = shown.match()
    await until(() => shown.stage.value.kind === 'finishing')
    const other = new PairingScreen(sessionOf({ app: tab }))
    await other.show()
    expect(await codeOf(other.error)).toBe('console/pairing-elsewhere')
    await read.match()
    await matching
    expect(shown.stage.value.kind).toBe('done')
    await pair({ app: tab, platform: doctor.platform }, await enrolled(clinic, 'patient', 'Ulrich'))
    expect(pairRows(doctor)).toHaveLength(2)
  })
})
