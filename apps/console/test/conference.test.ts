import { describe, expect, it } from 'vitest'
import { journalOf } from '../dist/conference/journal-rows.js'
import { readSeat } from '../dist/conference/seat-row.js'
import { createApp } from '../dist/state/app.js'
import {
  becomes,
  bothIn,
  carried,
  heard,
  hears,
  hostingOf,
  memberOf,
  of,
  refOf,
  threePeople,
  wordsOf,
} from './conference-stage.js'
import { passphrase } from './fake-platform.js'
import { sessionOf } from './people.js'

const emergencyOf = (person: Parameters<typeof sessionOf>[0]) => sessionOf(person).emergencies.value

describe('a conference in pages', () => {
  it('is heard by all in order; an emergency stands until it was read, and the doctor sees who has it', async () => {
    const stage = await threePeople()
    const { doctor, rosa, ulrich } = stage
    await bothIn(stage)
    for (const text of ['one', 'two', 'three']) expect(await hostingOf(doctor).say(text, false)).toBe(true)
    expect(await hostingOf(doctor).say('Stop the tablets.', true)).toBe(true)
    for (const one of [rosa, ulrich]) {
      await hears(one, 'Stop the tablets.')
      expect(heard(one)).toEqual(['one', 'two', 'three', 'Stop the tablets.'])
      expect(emergencyOf(one)).toMatchObject([{ text: 'Stop the tablets.', peer: 'Dr. Okafor' }])
      await emergencyOf(one)[0]?.read()
      expect(emergencyOf(one)).toEqual([])
    }
    for (const name of ['Rosa Weiss', 'Ulrich Brandt'])
      await becomes(`${name} has it`, () => memberOf(doctor, name)?.emergency === 'received')
    expect(heard(doctor)).toEqual(['one', 'two', 'three', 'Stop the tablets.'])
    expect(sessionOf(rosa).conferences.value).toMatchObject([{ kind: 'here', title: 'Round' }])
    expect(sessionOf(doctor).conferences.value).toMatchObject([{ kind: 'hosting' }])
  })

  it('carries words between the doctor and one patient alone, with their state', async () => {
    const stage = await threePeople()
    const { doctor, rosa, ulrich } = stage
    await bothIn(stage)
    await of(rosa).sittings.value.get(refOf(rosa))?.say('May I go?')
    await becomes('it is received', () => wordsOf(rosa).some(({ state }) => state === 'received'))
    const [asked] = wordsOf(doctor)
    expect(asked).toMatchObject({ kind: 'from', name: 'Rosa Weiss', text: 'May I go?' })
    await hostingOf(doctor).answer(asked?.pairId ?? '', 'Yes.')
    await becomes('the answer came', () => wordsOf(rosa).some(({ text }) => text === 'Yes.'))
    await becomes('it is known', () => wordsOf(doctor).at(-1)?.state === 'received')
    expect(wordsOf(ulrich)).toEqual([])
  })

  it('keeps out who is blocked, lets them in again, and lets go who leaves', async () => {
    const stage = await threePeople()
    const { doctor, rosa, ulrich } = stage
    await bothIn(stage)
    await hostingOf(doctor).block(memberOf(doctor, 'Rosa Weiss')?.pairId ?? '')
    const sitting = () => of(rosa).sittings.value.get(refOf(rosa))
    await becomes('she is blocked', () => sitting()?.standing.value.kind === 'blocked')
    expect(memberOf(doctor, 'Rosa Weiss')?.state).toBe('blocked')
    await hostingOf(doctor).say('not for her', false)
    await hears(ulrich, 'not for her')
    await hostingOf(doctor).unblock(memberOf(doctor, 'Rosa Weiss')?.pairId ?? '')
    await becomes('she is here again', () => memberOf(doctor, 'Rosa Weiss')?.state === 'here')
    await hostingOf(doctor).say('for both', false)
    await hears(rosa, 'for both')
    expect(heard(rosa)).toEqual(['for both'])
    await of(ulrich).leave(refOf(ulrich))
    await becomes('he left', () => memberOf(doctor, 'Ulrich Brandt')?.state === 'left')
    expect(of(ulrich).seats.value).toMatchObject([{ state: 'left' }])
    await hostingOf(doctor).say('after him', false)
    await hears(rosa, 'after him')
    expect(heard(ulrich)).not.toContain('after him')
  })

  it('comes back by itself when the clinic was killed, and nothing that was said is lost', async () => {
    const stage = await threePeople()
    const { clinic, doctor, rosa, ulrich } = stage
    await bothIn(stage)
    clinic.conferences.kill()
    await becomes('the doctor sees it', () => hostingOf(doctor).link.value.kind === 'dead')
    expect(await hostingOf(doctor).say('while it was down', false)).toBe(true)
    clinic.conferences.restart()
    for (const one of [rosa, ulrich]) await hears(one, 'while it was down')
    await becomes('it is live', () => hostingOf(doctor).link.value.kind === 'live')
  })

  it('goes on after the doctor and a patient were locked, with nothing lost or doubled', async () => {
    const stage = await threePeople()
    const { doctor, rosa, ulrich } = stage
    await bothIn(stage)
    await hostingOf(doctor).say('before', false)
    for (const one of [rosa, ulrich]) await hears(one, 'before')
    rosa.app.lock()
    await hostingOf(doctor).say('while she slept', false)
    await hears(ulrich, 'while she slept')
    doctor.app.lock()
    await doctor.app.unlock(passphrase)
    await becomes('it goes on', () => of(doctor).hosting.value?.link.value.kind === 'live')
    await rosa.app.unlock(passphrase)
    await becomes('all are here', () =>
      ['Rosa Weiss', 'Ulrich Brandt'].every(name => memberOf(doctor, name)?.state === 'here'),
    )
    await hostingOf(doctor).say('after', false)
    for (const one of [rosa, ulrich]) {
      await hears(one, 'after')
      expect(heard(one)).toEqual(['before', 'while she slept', 'after'])
    }
    expect(heard(doctor)).toEqual(['before', 'while she slept', 'after'])
  })

  it('says since when it is not live when nobody holds it', async () => {
    const stage = await threePeople()
    const { doctor, rosa } = stage
    await bothIn(stage)
    const link = () => of(rosa).sittings.value.get(refOf(rosa))?.link.value
    await becomes('it is live', () => link()?.kind === 'live')
    doctor.app.lock()
    rosa.platform.aheadMs = 46_000
    await becomes('it is not live', () => link()?.kind === 'dead')
    expect(sessionOf(rosa).conferences.value).toMatchObject([{ kind: 'apart' }])
  })

  it('ends for all; its keys and journal are gone from every device, what was said stays', async () => {
    const stage = await threePeople()
    const { clinic, doctor, rosa, ulrich } = stage
    const id = await bothIn(stage)
    await hostingOf(doctor).say('goodbye', false)
    for (const one of [rosa, ulrich]) await hears(one, 'goodbye')
    await of(doctor).end(id)
    await becomes('it ended', () => of(doctor).own.value[0]?.state === 'ended')
    for (const one of [rosa, ulrich])
      await becomes('all know', () => of(one).seats.value[0]?.state === 'ended')
    expect(clinic.conferences.rooms.get(id)?.isEnded).toBe(true)
    const { rows } = sessionOf(doctor).unlocked
    expect(await rows.count(journalOf(id))).toBe(0)
    expect(await sessionOf(rosa).unlocked.rows.count(journalOf(refOf(rosa)))).toBe(0)
    for (const one of [doctor, rosa, ulrich]) expect(heard(one)).toEqual(['goodbye'])
    await of(doctor).forget(id)
    await of(rosa).forget(refOf(rosa))
    for (const one of [doctor, rosa]) {
      const keys = [...one.platform.map.keys()]
      expect(keys.filter(key => /^(conference|seat|journal|word)\//.test(key))).toEqual([])
    }
  })

  it('that was ended while the clinic was away ends once it is back, also after a lock', async () => {
    const stage = await threePeople()
    const { clinic, doctor, rosa } = stage
    const id = await bothIn(stage)
    clinic.conferences.kill()
    clinic.network = 'down'
    await of(doctor).end(id)
    expect(of(doctor).own.value).toMatchObject([{ state: 'ending' }])
    doctor.app.lock()
    await doctor.app.unlock(passphrase)
    clinic.network = 'up'
    clinic.conferences.restart()
    await becomes('it ended', () => of(doctor).own.value[0]?.state === 'ended')
    expect(clinic.conferences.rooms.get(id)?.isEnded).toBe(true)
    // Who is not there at that moment is told by nobody whom they could believe: it is not live for them.
    const link = () => of(rosa).sittings.value.get(refOf(rosa))?.link.value
    await becomes('she sees it', () => of(rosa).seats.value[0]?.state === 'ended' || link()?.kind === 'dead')
  })

  it('is held by one tab; another one takes over when that one is closed', async () => {
    const stage = await threePeople()
    const { doctor } = stage
    const id = await bothIn(stage)
    const second = { app: createApp(doctor.platform), platform: doctor.platform }
    await second.app.start()
    await second.app.unlock(passphrase)
    await becomes('it says so', () => of(second).elsewhere.value.has(id))
    expect(of(second).hosting.value).toBeNull()
    doctor.app.lock()
    await becomes('it took over', () => of(second).hosting.value?.link.value.kind === 'live')
    await becomes('all are here', () => memberOf(second, 'Rosa Weiss')?.state === 'here')
  })

  it('takes in who is invited while it is on', async () => {
    const stage = await threePeople()
    const { doctor, rosa } = stage
    const [first, second] = sessionOf(doctor).pairs.value
    const named = (id = '') => sessionOf(doctor).pairs.value.find(one => one.id === id)?.peerName
    const late = named(first?.id) === 'Rosa Weiss' ? first : second
    const other = late === first ? second : first
    await of(doctor).begin({ title: 'Round', lastsMs: 3_600_000 }, [other?.id ?? ''])
    expect(memberOf(doctor, 'Rosa Weiss')).toBeUndefined()
    await hostingOf(doctor).invite([late?.id ?? ''])
    expect(memberOf(doctor, 'Rosa Weiss')?.state).toBe('invited')
    await carried(stage)
    await becomes('she has answered', () => memberOf(doctor, 'Rosa Weiss')?.state === 'accepted')
    await of(rosa).join(refOf(rosa))
    await becomes('she is here', () => memberOf(doctor, 'Rosa Weiss')?.state === 'here')
  })

  it('shows an emergency again after a lock, until somebody has read it', async () => {
    const stage = await threePeople()
    const { doctor, rosa } = stage
    await bothIn(stage)
    await hostingOf(doctor).say('Stop the tablets.', true)
    await hears(rosa, 'Stop the tablets.')
    rosa.app.lock()
    await rosa.app.unlock(passphrase)
    await becomes('it stands there', () => emergencyOf(rosa).length === 1)
    await emergencyOf(rosa)[0]?.read()
    rosa.app.lock()
    await rosa.app.unlock(passphrase)
    await hears(rosa, 'Stop the tablets.')
    expect(emergencyOf(rosa)).toEqual([])
  })

  it('is not acknowledged by a patient whose disk is full, and is heard once there is room', async () => {
    const stage = await threePeople()
    const { doctor, rosa, ulrich } = stage
    await bothIn(stage)
    const { write } = rosa.platform.rows
    rosa.platform.rows.write = async changes => {
      if (changes.some(([key]) => key.startsWith('word/')))
        throw new DOMException('full', 'QuotaExceededError')
      await write(changes)
    }
    await hostingOf(doctor).say('Stop the tablets.', true)
    const link = () => of(rosa).sittings.value.get(refOf(rosa))?.link.value
    await becomes('she is told', () => link()?.kind === 'failed')
    await becomes('he has it', () => memberOf(doctor, 'Ulrich Brandt')?.emergency === 'received')
    await hears(ulrich, 'Stop the tablets.')
    expect(memberOf(doctor, 'Rosa Weiss')?.emergency).toBe('waiting')
    rosa.platform.rows.write = write
    await of(rosa).tryAgain(refOf(rosa))
    await becomes('she has it', () => memberOf(doctor, 'Rosa Weiss')?.emergency === 'received')
    expect(heard(rosa)).toEqual(['Stop the tablets.'])
    expect(await rosa.platform.rows.count('word/')).toBe(1)
  })

  it('lets in a patient who was invited again, under the new keys alone', async () => {
    const stage = await threePeople()
    const { doctor, rosa, ulrich } = stage
    await bothIn(stage)
    const pairId = memberOf(doctor, 'Rosa Weiss')?.pairId ?? ''
    const sitting = () => of(rosa).sittings.value.get(refOf(rosa))
    const invitedBefore = of(rosa).seats.value[0]?.invitedMs ?? 0
    await sitting()?.say('before')
    await becomes('it is received', () => wordsOf(rosa).some(({ state }) => state === 'received'))
    expect(await hostingOf(doctor).invite([pairId])).toBe(true)
    await becomes('she is out', () => memberOf(doctor, 'Rosa Weiss')?.state === 'invited')
    await hostingOf(doctor).say('not for the device of before', false)
    await hears(ulrich, 'not for the device of before')
    await carried(stage)
    await becomes('she has answered anew', () => {
      const { isAnswered = false, invitedMs = 0 } = of(rosa).seats.value[0] ?? {}
      return isAnswered && invitedMs > invitedBefore
    })
    await carried(stage)
    await becomes('she is in again', () => sitting()?.standing.value.kind === 'in')
    await becomes('she is here', () => memberOf(doctor, 'Rosa Weiss')?.state === 'here')
    await hostingOf(doctor).say('with new keys', false)
    await hears(rosa, 'with new keys')
    expect(heard(rosa)).toEqual(['with new keys'])
    await sitting()?.say('chest pain')
    await becomes('the doctor has it', () => wordsOf(doctor).some(({ text }) => text === 'chest pain'))
    await becomes('she knows', () => wordsOf(rosa).at(-1)?.state === 'received')
  })

  it('tells a patient who was put out so, and not that it ended', async () => {
    const stage = await threePeople()
    const { doctor, rosa } = stage
    await bothIn(stage)
    await hostingOf(doctor).invite([memberOf(doctor, 'Rosa Weiss')?.pairId ?? ''])
    await becomes('she is told', () => of(rosa).seats.value[0]?.state === 'removed')
    expect((await readSeat(sessionOf(rosa).unlocked, refOf(rosa)))?.seat.length).toBe(0)
    expect(await sessionOf(rosa).unlocked.rows.count(journalOf(refOf(rosa)))).toBe(0)
    // As a tab that does not know of it yet offers.
    for (const press of [of(rosa).join, of(rosa).leave]) await press(refOf(rosa))
    expect(of(rosa).seats.value).toMatchObject([{ state: 'removed' }])
  })

  it('that the clinic has ended takes no words, says so, and ends here when a person ends it', async () => {
    const stage = await threePeople()
    const { clinic, doctor } = stage
    const id = await bothIn(stage)
    const room = clinic.conferences.rooms.get(id)
    if (room !== undefined) room.isEnded = true
    room?.host?.end(1000, '')
    const hosting = hostingOf(doctor)
    await becomes('it is over', () => hosting.link.value.kind === 'over')
    expect(await hosting.say('lost', false)).toBe(false)
    expect(hosting.task.error.value).toMatchObject({ code: 'console/conference-over' })
    expect(heard(doctor)).toEqual([])
    expect(sessionOf(doctor).conferences.value).toMatchObject([{ kind: 'apart' }])
    await of(doctor).end(id)
    await becomes('it ended', () => of(doctor).own.value[0]?.state === 'ended')
    expect(await sessionOf(doctor).unlocked.rows.count(journalOf(id))).toBe(0)
  })

  it('that another device holds takes no words here, and says so', async () => {
    const stage = await threePeople()
    const { clinic, doctor } = stage
    const id = await bothIn(stage)
    clinic.conferences.rooms.get(id)?.host?.end(4000, '')
    const hosting = hostingOf(doctor)
    await becomes('it says so', () => hosting.link.value.kind === 'elsewhere')
    expect(await hosting.say('lost', false)).toBe(false)
    expect(hosting.task.error.value).toMatchObject({ code: 'console/conference-elsewhere' })
    expect(heard(doctor)).toEqual([])
  })

  it('is not live while the clinic says what cannot be, and what is said is given out after it', async () => {
    const stage = await threePeople()
    const { clinic, doctor, rosa } = stage
    const id = await bothIn(stage)
    const seen: string[] = []
    const unwatch = [
      hostingOf(doctor).link.subscribe(({ kind }) => void seen.push(kind)),
      sessionOf(doctor).conferences.subscribe(notes => void seen.push(...notes.map(({ kind }) => kind))),
    ]
    clinic.conferences.rooms.get(id)?.host?.give(Uint8Array.of(99))
    await becomes('it is refused', () => seen.includes('refused') && seen.includes('apart'))
    expect(await hostingOf(doctor).say('after it', false)).toBe(true)
    await hears(rosa, 'after it')
    await becomes('it is live', () => hostingOf(doctor).link.value.kind === 'live')
    for (const stop of unwatch) stop()
  })

  it('ends for who did not join, and destroys their keys, when its time is over', async () => {
    const stage = await threePeople()
    const { doctor, rosa } = stage
    const pairIds = sessionOf(doctor).pairs.value.map(({ id }) => id)
    await of(doctor).begin({ title: 'Round', lastsMs: 3_600_000 }, pairIds)
    await carried(stage)
    await becomes('the invitation is there', () => refOf(rosa) !== '')
    expect((await readSeat(sessionOf(rosa).unlocked, refOf(rosa)))?.seat.length).toBeGreaterThan(0)
    rosa.platform.aheadMs = 3_700_000
    await of(rosa).refresh()
    expect(of(rosa).seats.value).toMatchObject([{ state: 'ended' }])
    expect((await readSeat(sessionOf(rosa).unlocked, refOf(rosa)))?.seat.length).toBe(0)
  })

  it('ends for who was away at its end once its time is over and nobody answers', async () => {
    const stage = await threePeople()
    const { clinic, rosa } = stage
    await bothIn(stage)
    rosa.app.lock()
    clinic.conferences.kill()
    rosa.platform.aheadMs = 3_700_000
    await rosa.app.unlock(passphrase)
    await of(rosa).refresh()
    await becomes('it ended', () => of(rosa).seats.value[0]?.state === 'ended')
    expect((await readSeat(sessionOf(rosa).unlocked, refOf(rosa)))?.seat.length).toBe(0)
    expect(await sessionOf(rosa).unlocked.rows.count(journalOf(refOf(rosa)))).toBe(0)
  })

  it('whose journal is damaged does not go on, says so, and can be ended', async () => {
    const stage = await threePeople()
    const { doctor } = stage
    const id = await bothIn(stage)
    doctor.app.lock()
    const [first = ''] = [...doctor.platform.map.keys()].filter(key => key.startsWith(journalOf(id)))
    doctor.platform.map.set(first, new Uint8Array(40))
    await doctor.app.unlock(passphrase)
    await becomes('it says so', () => of(doctor).failures.value.has(id))
    expect(of(doctor).failures.value.get(id)).toMatchObject({ code: 'console/damaged-row' })
    expect(of(doctor).hosting.value).toBeNull()
    await of(doctor).end(id)
    await becomes('it ended', () => of(doctor).own.value[0]?.state === 'ended')
  })

  it('that the clinic refuses says why, and goes on when a person tries again', async () => {
    const stage = await threePeople()
    const { clinic, doctor } = stage
    const id = await bothIn(stage)
    doctor.app.lock()
    clinic.conferences.refuse = { status: 403, code: 'relay/full' }
    await doctor.app.unlock(passphrase)
    const link = () => of(doctor).hosting.value?.link.value
    await becomes('it says why', () => link()?.kind === 'failed')
    expect(link()).toMatchObject({ error: { context: { code: 'relay/full' } } })
    const hosting = hostingOf(doctor)
    expect(await hosting.say('lost', false)).toBe(false)
    expect(hosting.task.error.value).toMatchObject({ context: { code: 'relay/full' } })
    expect(heard(doctor)).toEqual([])
    clinic.conferences.refuse = { status: 503, code: 'server/log' }
    await of(doctor).tryAgain(id)
    await becomes('it waits', () => link()?.kind === 'dead')
    clinic.conferences.refuse = null
    await becomes('it goes on', () => link()?.kind === 'live')
  })
})
