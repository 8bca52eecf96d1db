import { describe, expect, it } from 'vitest'
import { createAccessScreen } from '../dist/state/access.js'
import { createApp } from '../dist/state/app.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled, fakePlatform, passphrase } from './fake-platform.js'
import { sessionOf } from './people.js'

describe('a clinic that lies to its device', () => {
  it('does not choose who this device is', async () => {
    const clinic = fakeClinic()
    clinic.names = 'A'.repeat(43)
    const platform = fakePlatform(clinic)
    const app = createApp(platform)
    await app.start()
    const enrolling = { name: 'Rosa', passphrase, invitation: clinic.invite('patient') }
    await expect(app.enrol(enrolling)).rejects.toMatchObject({
      code: 'console/bad-answer',
      context: { field: 'kid' },
    })
    expect([app.status.value, platform.map.has('device')]).toEqual(['none', false])
  })

  it('is not asked for accesses for ever', async () => {
    const clinic = fakeClinic()
    const person = await enrolled(clinic, 'patient', 'Rosa')
    clinic.repeats = true
    const screen = createAccessScreen(sessionOf(person))
    await screen.load()
    expect(screen.task.error.value).toMatchObject({ code: 'console/bad-answer', context: { field: 'index' } })
  })
})
