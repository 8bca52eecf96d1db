import { describe, expect, it } from 'vitest'
import { createApp } from '../dist/state/app.js'
import { createComposer } from '../dist/state/composer.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled, type FakePlatform, fakePlatform, passphrase } from './fake-platform.js'
import { coverWithKit, pair, say, sessionOf, twoPeople } from './people.js'

async function opened(platform: FakePlatform) {
  const app = createApp(platform)
  await app.start()
  return app
}

describe('a device that its person cannot use', () => {
  it('begins anew without the passphrase: the clinic is told, all is erased, a new link works', async () => {
    const clinic = fakeClinic()
    const { app: before, platform } = await enrolled(clinic, 'patient', 'Rosa')
    before.lock()
    const { kid } = JSON.parse(String(platform.map.get('device')))
    const app = await opened(platform)
    await app.beginAnew()
    expect([app.status.value, app.isUntold.value, [...platform.map.keys()]]).toEqual(['none', false, []])
    expect(clinic.ended).toEqual([kid])
    await app.enrol({
      name: 'Rosa',
      passphrase: 'other words, as many',
      invitation: clinic.invite('patient'),
    })
    expect(app.status.value).toBe('unlocked')
    expect(app.device.value?.kid).not.toBe(kid)
  })

  it('begins anew without a network, too, and says that the clinic was not told', async () => {
    const clinic = fakeClinic()
    const { app: before, platform } = await enrolled(clinic, 'patient', 'Rosa')
    before.lock()
    const app = await opened(platform)
    clinic.network = 'down'
    await app.beginAnew()
    expect([app.status.value, app.isUntold.value, [...platform.map.keys()]]).toEqual(['none', true, []])
  })

  it.each(['ways', 'device', 'clinic'])(
    'can begin anew when the row %s is damaged, and says what is wrong',
    async row => {
      const clinic = fakeClinic()
      const { app: before, platform } = await enrolled(clinic, 'patient', 'Rosa')
      before.lock()
      for (const text of ['{}', 'no json']) {
        platform.map.set(row, text)
        const app = await opened(platform)
        expect(app.status.value).toBe('locked')
        expect(app.problem.value).toMatchObject({ code: 'console/damaged-row', context: { row } })
      }
      const app = await opened(platform)
      await app.beginAnew()
      expect([app.status.value, app.problem.value]).toEqual(['none', null])
    },
  )

  it('takes another passphrase for another link when the first link led nowhere', async () => {
    const clinic = fakeClinic()
    const platform = fakePlatform(clinic)
    const app = await opened(platform)
    const used = { name: 'Rosa', passphrase, invitation: 'A'.repeat(43) }
    await expect(app.enrol(used)).rejects.toMatchObject({ code: 'console/refused' })
    const noise = platform.map.get('noise')
    const next = { name: 'Rosa', passphrase: 'other words, as many', invitation: clinic.invite('patient') }
    await app.enrol(next)
    expect(app.status.value).toBe('unlocked')
    expect(platform.map.get('noise')).not.toEqual(noise)
  })

  it('replaces no keys of which nobody can say whether the clinic knows them', async () => {
    const clinic = fakeClinic()
    const platform = fakePlatform(clinic)
    const app = await opened(platform)
    await expect(app.enrol({ name: 'Rosa', passphrase, invitation: 'A'.repeat(43) })).rejects.toThrow()
    const before = new Map(platform.map)
    clinic.network = 'down'
    const other = { name: 'Rosa', passphrase: 'other words, as many', invitation: 'A'.repeat(43) }
    await expect(app.enrol(other)).rejects.toMatchObject({ code: 'console/offline' })
    expect(new Map(platform.map)).toEqual(before)
  })

  it('unlocks with a pair that is damaged: the others are there, and it is said', async () => {
    const clinic = fakeClinic()
    const { doctor } = await twoPeople(clinic)
    await pair(doctor, await enrolled(clinic, 'patient', 'Ulrich'))
    const [first = ''] = [...doctor.platform.map.keys()].filter(key => key.startsWith('pair/'))
    doctor.platform.map.set(first, new Uint8Array(40))
    const app = await opened(doctor.platform)
    await app.unlock(passphrase)
    const session = sessionOf({ app })
    expect(session.pairs.value).toHaveLength(1)
    expect(session.damaged.value).toBe(1)
    await session.sync()
    expect(session.problem.value).toBeNull()
  })

  it('shows the other messages of a thread in which one is damaged, and sends on', async () => {
    const { doctor } = await twoPeople(fakeClinic())
    await coverWithKit(doctor)
    const session = sessionOf(doctor)
    const id = session.pairs.value[0]?.id ?? ''
    const writing = createComposer(session, id)
    for (const text of ['one', 'two']) await say(writing, text)
    await session.sync()
    const names = [...doctor.platform.map.keys()].filter(key => key.startsWith('message/')).sort()
    doctor.platform.map.set(names[1] ?? '', new Uint8Array(40))
    doctor.platform.map.set('outbox/000', new Uint8Array(40))
    await session.openThread(id)
    expect(session.thread.value?.messages.map(({ text }) => text)).toEqual(['one'])
    await say(writing, 'three')
    await session.sync()
    expect(session.thread.value?.messages.map(({ state }) => state)).toEqual(['stored', 'stored'])
    expect(session.damaged.value).toBe(2)
  })
})
