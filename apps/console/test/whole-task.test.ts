import { describe, expect, it } from 'vitest'
import { createAccessScreen } from '../dist/state/access.js'
import { createComposer } from '../dist/state/composer.js'
import { fakeClinic } from './fake-clinic.js'
import { coverWithKit, pairOf, sessionOf, twoPeople } from './people.js'

describe('two people at one clinic', () => {
  it('pairs, makes kits, writes both ways, and shows what was opened', async () => {
    const clinic = await fakeClinic()
    const { doctor, patient } = await twoPeople(clinic)
    expect(sessionOf(doctor).pairs.value[0]).toMatchObject({
      peerName: 'Rosa Weiss',
      isPaired: true,
      isCovered: false,
    })
    expect(sessionOf(doctor).pairs.value[0]?.patientId).toBe(sessionOf(patient).pairs.value[0]?.patientId)
    await coverWithKit(doctor)
    await coverWithKit(patient)

    const writing = createComposer(sessionOf(doctor), pairOf(doctor))
    await writing.write('BP 120/80, well done')
    await writing.send()
    await sessionOf(doctor).sync()
    await sessionOf(doctor).openThread(pairOf(doctor))
    expect(sessionOf(doctor).thread.value?.messages.map(({ text, state }) => [text, state])).toEqual([
      ['BP 120/80, well done', 'stored'],
    ])

    await sessionOf(patient).sync()
    expect(sessionOf(patient).pairs.value[0]?.unread).toBe(1)
    await sessionOf(doctor).sync()
    expect(sessionOf(doctor).thread.value?.messages[0]?.state).toBe('delivered')

    await sessionOf(patient).openThread(pairOf(patient))
    expect(sessionOf(patient).thread.value?.messages[0]).toMatchObject({
      text: 'BP 120/80, well done',
      own: false,
    })
    await sessionOf(patient).sync()
    await sessionOf(doctor).sync()
    expect(sessionOf(doctor).thread.value?.messages[0]?.state).toBe('opened')

    const access = createAccessScreen(sessionOf(patient))
    clinic.publishes = false
    await access.load()
    // Counted, and no line that says nothing.
    expect(access.shown.value).toEqual([])
    expect(access.waitingCount.value).toBeGreaterThan(0)
    clinic.publishes = true
    await access.load()
    expect(access.waitingCount.value).toBe(0)
    expect(access.shown.value.length).toBeGreaterThan(0)
    expect(access.task.error.value).toBeNull()
    const kinds = access.entries.value?.map(({ verdict }) => verdict.kind === 'proven' && verdict.entry.act)
    expect(kinds).toContain('message-stored')
    expect(kinds).toContain('messages-given')
    expect(access.falseCount.value).toBe(0)
    clinic.lies = true
    await access.load()
    expect(access.falseCount.value).toBe(access.entries.value?.length)
  })
})
