import { fromAuditEvent, toAuditEvent } from '@chartseal/audit/fhir'
import {
  breakGlassAudit,
  encodeParcel,
  makeOpened,
  makeRelease,
  minutesToOpen,
  openReleased,
  parseSetParcel,
  phaseAt,
} from '@chartseal/clinic/break-glass'
import { encodeHex } from '@chartseal/core/encoding'
import { formatShare, parseShareText } from '@chartseal/shamir'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import {
  ana,
  auditor,
  ben,
  capability,
  cleo,
  doctor,
  minuteMs,
  officer,
  type SetChanges,
  setWith,
  startMs,
} from './break-glass-people.js'
import { asked } from './break-glass-world.js'

describe('break-glass', () => {
  it('opens a record with two of three custodians and one denial, and is closed and reviewed', async () => {
    const one = await asked()
    expect(one.phase()).toBe('asked')
    await one.release(ana)
    await one.deny(ben)
    one.passes(3)
    await one.release(cleo)
    expect(one.phase()).toBe('released')
    one.passes(1)
    const { capability: opened, useless } = await one.open()
    expect(useless).toEqual([])
    expect(encodeHex(opened.contentKey.reveal())).toBe(encodeHex(capability.contentKey.reveal()))
    expect(minutesToOpen(one.clinic.seen(one.name))).toBe(4)
    await one.close(doctor)
    expect(await codeOf(() => one.open())).toBe('break-glass/over')
    await one.review(officer)
    await one.review(auditor)
    expect(one.phase()).toBe('reviewed')
    expect(one.clinic.seen(one.name).events.map(({ event }) => event.content.kind)).toEqual([
      ...['request', 'release', 'denial', 'release', 'opened', 'closed', 'reviewed', 'reviewed'],
    ])
  })

  it('is told to an audit repository as AuditEvents: start, stop, review, and tries that failed', async () => {
    const one = await asked()
    await one.release(ana)
    await one.release(ben)
    await one.open()
    await one.close(doctor)
    await one.review(auditor)
    const late = await asked()
    const later = { nowMs: late.clinic.nowMs + 20 * minuteMs }
    const records = [
      ...breakGlassAudit(one.clinic.seen(one.name), { nowMs: one.clinic.nowMs }),
      ...breakGlassAudit(late.clinic.seen(late.name), later),
    ]
    for (const version of ['R4', 'R5'] as const)
      for (const record of records) {
        const event = toAuditEvent(record, { version, identify: true })
        expect(fromAuditEvent(event, version)).toEqual(record)
      }
    const codes = records.map(record => JSON.stringify(toAuditEvent(record, { version: 'R4' })))
    expect(records.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['break-glass-start', 'success'],
      ['break-glass-end', 'success'],
      ['break-glass-review', 'success'],
      ['break-glass-start', 'minor-failure'],
    ])
    for (const [i, code] of ['110127', '110138', '110101', '110127'].entries())
      expect(codes[i]).toContain(code)
    const untold = await asked()
    expect(breakGlassAudit(untold.clinic.seen(untold.name), { nowMs: untold.clinic.nowMs })).toEqual([])
  })

  it('tells a repository what came to nothing, and what ended by its time', async () => {
    const [refused, unused, unclosed] = [await asked({ patient: '' }), await asked(), await asked()]
    for (const person of [ana, ben]) await refused.deny(person)
    for (const { release } of [unused, unclosed]) for (const person of [ana, ben]) await release(person)
    await unclosed.open()
    const told = ({ clinic, name }: typeof unused, minutes: number) =>
      breakGlassAudit(clinic.seen(name), {
        nowMs: startMs + minutes * minuteMs,
        nameOf: kid => `Device/${kid}`,
      })
    expect(told(refused, 0)).toMatchObject([
      { action: 'break-glass-start', outcome: 'minor-failure', patient: null },
    ])
    expect(told(unused, 119)).toEqual([])
    expect(told(unused, 120)).toMatchObject([{ at: startMs + 120 * minuteMs, outcome: 'minor-failure' }])
    expect(told(unclosed, 119).map(({ action }) => action)).toEqual(['break-glass-start'])
    expect(told(unclosed, 120)).toMatchObject([
      { action: 'break-glass-start', outcome: 'success' },
      { action: 'break-glass-end', at: startMs + 120 * minuteMs, actor: `Device/${doctor.kid}` },
    ])
  })

  it('sends a set and reads it back, with every share', async () => {
    const { parcel, set } = await setWith()
    const again = parseSetParcel(encodeParcel(parcel))
    expect(again.statement).toEqual(set)
    expect(again.shares).toEqual(parcel.shares)
  })

  it('opens with a share that was typed from a sheet', async () => {
    const one = await asked({ isDrill: true })
    const sheet = formatShare(one.shareOf(ana))
    const share = parseShareText(sheet)
    const parcel = await makeRelease(ana, one.clinic.seen(one.name), share, one.world())
    await one.clinic.take(parcel.statement, parcel.shares[0])
    await one.release(ben)
    expect((await one.open()).capability.version).toBe(1)
    expect(one.clinic.seen(one.name).set.content.isDrill).toBe(true)
  })

  it('asks the log first: without witnesses nobody can release, and when they come back everybody can', async () => {
    const one = await asked()
    one.clinic.numWitnesses = 1
    one.clinic.publish()
    expect(await codeOf(() => one.release(ana))).toBe('break-glass/no-witness')
    one.clinic.numWitnesses = 2
    one.clinic.publish()
    await one.release(ana)
    await one.release(ben)
    one.clinic.numWitnesses = 0
    await expect(one.open()).rejects.toThrow(/No log, no key/)
    one.clinic.numWitnesses = 3
    one.clinic.publish()
    expect((await one.open()).useless).toEqual([])
  })

  it('waits where the set says so, and each officer can stop it until then', async () => {
    const waiting: SetChanges = { policy: { waitMs: 10 * minuteMs } }
    const one = await asked(waiting)
    await one.release(ana)
    await one.release(ben)
    expect(await codeOf(() => one.open())).toBe('break-glass/waiting')
    one.passes(10)
    expect(await codeOf(() => one.deny(officer))).toBe('break-glass/not-custodian')
    expect((await one.open()).useless).toEqual([])
    const other = await asked(waiting)
    await other.release(ana)
    await other.release(ben)
    await other.deny(officer)
    expect(other.phase()).toBe('denied')
    other.passes(60)
    expect(await codeOf(() => other.open())).toBe('break-glass/denied')
  })

  it('is stopped by an officer who is a custodian, too, and everybody who reads the log says so', async () => {
    const waiting = { policy: { waitMs: 10 * minuteMs }, holders: [ana, ben, officer] }
    const one = await asked(waiting)
    await one.deny(officer)
    expect([one.phase(), phaseAt(one.clinic.state(one.name), one.clinic.nowMs)]).toEqual(['denied', 'denied'])
    expect(await codeOf(() => one.release(ana))).toBe('break-glass/denied')
    await one.review(auditor)
    expect(one.phase()).toBe('reviewed')
    const late = await asked(waiting)
    late.passes(11)
    await late.deny(officer)
    expect(late.phase()).toBe('asked')
  })

  it('is denied as soon as too few are left to release, and by one where the set says so', async () => {
    const one = await asked()
    await one.deny(ana)
    expect(one.phase()).toBe('asked')
    await one.deny(cleo)
    expect(one.phase()).toBe('denied')
    expect(await codeOf(() => one.release(ben))).toBe('break-glass/denied')
    const veto = await asked({ policy: { denials: 1 } })
    await veto.release(ben)
    await veto.deny(ana)
    expect(veto.phase()).toBe('denied')
  })

  it('expires when it is not decided in time, and when it is not opened in time', async () => {
    const late = await asked()
    await late.release(ana)
    late.passes(20)
    expect(late.phase()).toBe('expired')
    expect(await codeOf(() => late.release(ben))).toBe('break-glass/expired')
    expect(await codeOf(() => late.open())).toBe('break-glass/expired')
    const unopened = await asked()
    await unopened.release(ana)
    await unopened.release(ben)
    unopened.passes(120)
    expect(await codeOf(() => unopened.open())).toBe('break-glass/expired')
    await unopened.review(auditor)
    expect(unopened.phase()).toBe('reviewed')
  })

  it('gives nothing after the time of access, without anybody closing it', async () => {
    const one = await asked()
    await one.release(ana)
    await one.release(ben)
    await one.open()
    one.passes(119)
    expect(one.clinic.give(one.name, doctor.kid)).toHaveLength(2)
    one.passes(1)
    expect(one.phase()).toBe('closed')
    expect(await codeOf(() => one.clinic.give(one.name, doctor.kid))).toBe('break-glass/over')
  })

  it('needs one more custodian where a share is useless, also after opening, and says whose it was', async () => {
    const one = await asked()
    await one.release(ben)
    const wrong = new Uint8Array(80)
    const parcel = await makeRelease(ana, one.clinic.seen(one.name), one.shareOf(ana), one.world())
    await one.clinic.take(parcel.statement, parcel.shares[0])
    await one.clinic.take(await makeOpened(doctor, one.clinic.seen(one.name), one.world()))
    const given = one.clinic
      .give(one.name, doctor.kid)
      .map(share => (share.kid === ana.kid ? { ...share, sealed: wrong } : share))
    const state = one.clinic.seen(one.name)
    expect(await codeOf(() => openReleased(state, given, one.secret))).toBe('break-glass/undecided')
    await one.release(cleo)
    const more = one.clinic.give(one.name, doctor.kid).filter(({ kid }) => kid === cleo.kid)
    const opened = openReleased(one.clinic.seen(one.name), [...given, ...more], one.secret)
    expect(opened.useless).toEqual([ana.kid])
  })

  it('can be taken back by whoever asked, and by nobody else', async () => {
    const one = await asked()
    expect(await codeOf(() => one.close(ana))).toBe('break-glass/not-opened')
    await one.close(doctor)
    expect(one.phase()).toBe('closed')
    expect(await codeOf(() => one.release(ana))).toBe('break-glass/over')
  })

  it('lets a doctor who is a custodian ask, and not decide', async () => {
    const made = await setWith({ holders: [doctor, ana, ben] })
    expect(made.set.content.custodians.map(({ kid }) => kid)).toContain(doctor.kid)
    const one = await asked({ holders: [doctor, ana, ben] })
    expect(await codeOf(() => one.release(doctor))).toBe('break-glass/self')
    await one.deny(ana)
    expect(one.phase()).toBe('denied')
  })
})
