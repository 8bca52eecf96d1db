import { keyWords } from '@chartseal/clinic/key-words'
import { describe, expect, it } from 'vitest'
import { createAccessScreen } from '../dist/state/access.js'
import { createApp } from '../dist/state/app.js'
import { createComposer } from '../dist/state/composer.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled, passphrase } from './fake-platform.js'
import { coverWithKit, pairOf, relocked, say, sessionOf, threadOf, twoPeople } from './people.js'

describe('a clinic that began a new log', () => {
  it('gets nothing before a person has compared the keys, and everything after', async () => {
    const clinic = fakeClinic()
    const { doctor } = await twoPeople(clinic)
    await coverWithKit(doctor)
    const before = clinic.verifierKey
    clinic.beginNewLog('localhost:8471/log2')
    await relocked(doctor)
    const session = sessionOf(doctor)
    expect(session.problem.value).toMatchObject({ code: 'console/other-log' })
    expect(session.otherLog.value?.verifierKey).toBe(clinic.verifierKey)
    expect(keyWords(session.clinic.log.verifierKey)).toBe(keyWords(before))
    await say(createComposer(session, pairOf(doctor)), 'waits for a person')
    await session.sync()
    expect((await threadOf(doctor))[0]?.state).toBe('sealed')

    await session.acceptLog()
    expect([session.otherLog.value, session.problem.value]).toEqual([null, null])
    expect((await threadOf(doctor))[0]?.state).toBe('stored')
    expect(doctor.app.clinic.value).toMatchObject({
      log: { verifierKey: clinic.verifierKey },
      formerKeys: [before],
    })
  })

  it('is the same clinic after the next start, and in another tab that was open', async () => {
    const clinic = fakeClinic()
    const person = await enrolled(clinic, 'patient', 'Rosa')
    const tab = createApp(person.platform)
    await tab.start()
    await tab.unlock(passphrase)
    clinic.beginNewLog('localhost:8471/log2')
    await relocked(person)
    await sessionOf(person).acceptLog()
    await relocked(person)
    expect(sessionOf(person).problem.value).toBeNull()
    person.platform.aheadMs = 61_000
    await sessionOf({ app: tab }).sync()
    expect(sessionOf({ app: tab }).problem.value).toBeNull()
    expect(sessionOf({ app: tab }).clinic.log.verifierKey).toBe(clinic.verifierKey)
  })

  it('is noticed by a device that was unlocked all the time', async () => {
    const clinic = fakeClinic()
    const person = await enrolled(clinic, 'patient', 'Rosa')
    const session = sessionOf(person)
    await session.sync()
    clinic.beginNewLog('localhost:8471/log2')
    person.platform.aheadMs = 61_000
    await session.sync()
    expect(session.problem.value).toMatchObject({ code: 'console/other-log' })
    const screen = createAccessScreen(session)
    await screen.load()
    expect(screen.task.error.value).toMatchObject({ code: 'console/other-log' })
    expect(screen.falseCount.value).toBe(0)
  })

  it('is taken only with the key that the person saw', async () => {
    const clinic = fakeClinic()
    const person = await enrolled(clinic, 'patient', 'Rosa')
    clinic.beginNewLog('localhost:8471/log2')
    await relocked(person)
    const seen = clinic.verifierKey
    clinic.beginNewLog('localhost:8471/log3')
    await sessionOf(person).acceptLog()
    expect(sessionOf(person).clinic.log.verifierKey).toBe(seen)
    expect(sessionOf(person).problem.value).toMatchObject({ code: 'console/other-log' })
    expect(sessionOf(person).otherLog.value?.verifierKey).toBe(clinic.verifierKey)
  })

  it('has receipts of both logs that are true', async () => {
    const clinic = fakeClinic()
    const person = await enrolled(clinic, 'patient', 'Rosa')
    const screen = createAccessScreen(sessionOf(person))
    await screen.load()
    const kept = screen.entries.value?.[0]
    const [old] = clinic.entries
    if (kept === undefined || old === undefined) throw new Error('there is no entry')
    clinic.beginNewLog('localhost:8471/log2')
    await relocked(person)
    await sessionOf(person).acceptLog()
    const { checkEntry, trustOf } = await import('../dist/access/read.js')
    const trust = trustOf(sessionOf(person).clinic, null)
    const again = await checkEntry({ receipt: async () => kept.receipt }, old, trust)
    expect(again.verdict.kind).toBe('proven')
  })
})
