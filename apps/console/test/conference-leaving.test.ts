/** A patient who leaves while nobody can be told, and a page that stays open for those who only listen. */
import { describe, expect, it } from 'vitest'
import { longestMs } from '../dist/device/auto-lock.js'
import { becomes, bothIn, hears, hostingOf, memberOf, of, refOf, threePeople } from './conference-stage.js'
import { passphrase } from './fake-platform.js'
import { sessionOf } from './people.js'

const stateOf = (doctor: Parameters<typeof memberOf>[0]) => memberOf(doctor, 'Rosa Weiss')?.state

/** In the middle of a conference. */
async function clinicAway() {
  const stage = await threePeople()
  await bothIn(stage)
  stage.clinic.conferences.kill()
  await becomes('the doctor sees it', () => hostingOf(stage.doctor).link.value.kind === 'dead')
  return stage
}

describe('a patient who leaves while the clinic is away', () => {
  it('is out for the doctor once it is back, also after a lock', async () => {
    const { clinic, doctor, rosa } = await clinicAway()
    await of(rosa).leave(refOf(rosa))
    rosa.app.lock()
    await rosa.app.unlock(passphrase)
    clinic.conferences.restart()
    await becomes('she left', () => stateOf(doctor) === 'left')
    expect(of(rosa).seats.value).toMatchObject([{ state: 'left' }])
    expect(of(rosa).sittings.value.size).toBe(0)
    expect(of(rosa).failures.value.size).toBe(0)
  })

  it('has not left when they come again before that', async () => {
    const { clinic, doctor, rosa } = await clinicAway()
    await of(rosa).leave(refOf(rosa))
    await of(rosa).join(refOf(rosa))
    clinic.conferences.restart()
    await becomes('she is here', () => stateOf(doctor) === 'here')
    await hostingOf(doctor).say('welcome back', false)
    await hears(rosa, 'welcome back')
  })

  it('can remove what is kept of it, and tells nobody any more', async () => {
    const { rosa } = await clinicAway()
    const ref = refOf(rosa)
    await of(rosa).leave(ref)
    await of(rosa).forget(ref)
    const keys = [...rosa.platform.map.keys()]
    expect(keys.filter(key => /^(seat|journal|word)\//.test(key))).toEqual([])
  })
})

describe('a page with a conference that is live', () => {
  it('stays open without a touch for two hours, and for a doctor who only listens is still live then', async () => {
    const stage = await threePeople()
    const { doctor } = stage
    await bothIn(stage, { title: 'Round', lastsMs: 18_000_000 })
    const [look = () => undefined] = doctor.platform.timers
    const stepMs = 600_000
    for (let passedMs = stepMs; passedMs < longestMs; passedMs += stepMs) {
      await becomes('it is live', () => sessionOf(doctor).conferences.value.some(one => one.isLive))
      doctor.platform.aheadMs = passedMs
      look()
      expect(doctor.app.status.value).toBe('unlocked')
    }
    doctor.platform.aheadMs = longestMs
    look()
    expect(doctor.app.status.value).toBe('locked')
  })
})
