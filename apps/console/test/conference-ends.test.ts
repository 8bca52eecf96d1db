import { describe, expect, it } from 'vitest'
import { journalOf } from '../dist/conference/journal-rows.js'
import { readWhole } from '../dist/conference/own-conference.js'
import { readSeat } from '../dist/conference/seat-row.js'
import { isClosed } from '../dist/state/conference/link.js'
import {
  becomes,
  bothIn,
  type ConferenceStage,
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
import { type Person, sessionOf } from './people.js'

/** Shorter than the time after which an unlocked page locks by itself. */
const short = { title: 'Round', lastsMs: 600_000 }
const behindMs = 601_000

/** What a page does by itself at intervals. */
function look({ platform }: Person): void {
  for (const work of [...platform.timers]) work()
}

const stateOf = (doctor: Person) => of(doctor).own.value[0]?.state
const link = (doctor: Person) => of(doctor).hosting.value?.link.value

async function isDestroyed({ doctor }: ConferenceStage, id: string): Promise<boolean> {
  const { unlocked } = sessionOf(doctor)
  const whole = await readWhole(unlocked, id)
  return whole !== null && whole.book === null && (await unlocked.rows.count(journalOf(id))) === 0
}

describe('a conference that has had its time, in an open page', () => {
  it('ends for who did not join, with nobody doing anything', async () => {
    const stage = await threePeople()
    const { doctor, rosa } = stage
    const pairIds = sessionOf(doctor).pairs.value.map(({ id }) => id)
    await of(doctor).begin(short, pairIds)
    await carried(stage)
    await becomes('the invitation is there', () => refOf(rosa) !== '')
    look(rosa)
    await of(rosa).refresh()
    expect(of(rosa).seats.value).toMatchObject([{ state: 'invited' }])
    rosa.platform.aheadMs = behindMs
    look(rosa)
    await becomes('it ended', () => of(rosa).seats.value[0]?.state === 'ended')
    expect((await readSeat(sessionOf(rosa).unlocked, refOf(rosa)))?.seat.length).toBe(0)
  })

  it('ends for its doctor when the clinic ends it, and destroys its keys', async () => {
    const stage = await threePeople()
    const { clinic, doctor } = stage
    const id = await bothIn(stage, short)
    doctor.platform.aheadMs = behindMs
    look(doctor)
    await of(doctor).refresh()
    expect(stateOf(doctor)).toBe('on')
    clinic.conferences.end(id)
    await becomes('it ended', () => stateOf(doctor) === 'ended')
    expect(await isDestroyed(stage, id)).toBe(true)
  })

  it('ends for its doctor once this clock has it, too, when the clock of the clinic was first', async () => {
    const stage = await threePeople()
    const { clinic, doctor } = stage
    const id = await bothIn(stage, short)
    clinic.conferences.end(id)
    await becomes('it is over', () => link(doctor)?.kind === 'over')
    look(doctor)
    await of(doctor).refresh()
    expect(stateOf(doctor)).toBe('on')
    doctor.platform.aheadMs = behindMs
    look(doctor)
    await becomes('it ended', () => stateOf(doctor) === 'ended')
    expect(await isDestroyed(stage, id)).toBe(true)
  })

  it('ends for a doctor who comes back to a clinic that does not take its time any more', async () => {
    const stage = await threePeople()
    const { clinic, doctor } = stage
    const id = await bothIn(stage, short)
    clinic.conferences.kill()
    await becomes('it is dead', () => link(doctor)?.kind === 'dead')
    doctor.platform.aheadMs = behindMs
    clinic.conferences.refuse = { status: 400, code: 'request/invalid' }
    await becomes('it is over', () => stateOf(doctor) !== 'on')
    clinic.conferences.refuse = null
    clinic.conferences.restart()
    await becomes('it ended', () => stateOf(doctor) === 'ended')
    expect(await isDestroyed(stage, id)).toBe(true)
  })
})

describe('a conference that another device has ended', () => {
  it('is over here, takes no order any more and says why, until a person ends it here', async () => {
    const stage = await threePeople()
    const { clinic, doctor } = stage
    const id = await bothIn(stage)
    const { pairId = '' } = memberOf(doctor, 'Rosa Weiss') ?? {}
    clinic.conferences.kill()
    await becomes('it is dead', () => link(doctor)?.kind === 'dead')
    clinic.conferences.end(id)
    clinic.conferences.restart()
    await becomes('it is closed', () => isClosed(hostingOf(doctor).link.value))
    expect(link(doctor)).toEqual({ kind: 'over' })
    const hosting = hostingOf(doctor)
    for (const order of [
      () => hosting.say('too late', false),
      () => hosting.block(pairId),
      () => hosting.unblock(pairId),
      () => hosting.answer(pairId, 'too late'),
    ]) {
      expect(await order()).toBe(false)
      expect(hosting.task.error.value).toMatchObject({ code: 'console/conference-over' })
    }
    look(doctor)
    await of(doctor).refresh()
    expect(stateOf(doctor)).toBe('on')
    await of(doctor).end(id)
    await becomes('it ended', () => stateOf(doctor) === 'ended')
    expect(await isDestroyed(stage, id)).toBe(true)
  })

  it('says of what nobody was given that it does not arrive any more', async () => {
    const stage = await threePeople()
    const { clinic, doctor } = stage
    const id = await bothIn(stage)
    clinic.conferences.kill()
    await becomes('it is dead', () => link(doctor)?.kind === 'dead')
    expect(await hostingOf(doctor).say('to nobody', false)).toBe(true)
    expect(wordsOf(doctor)).toMatchObject([{ text: 'to nobody', state: 'waiting' }])
    clinic.conferences.end(id)
    clinic.conferences.restart()
    await becomes('it is over', () => link(doctor)?.kind === 'over')
    await of(doctor).end(id)
    await becomes('it ended', () => stateOf(doctor) === 'ended')
    expect(wordsOf(doctor)).toMatchObject([{ text: 'to nobody', state: 'lost' }])
  })
})

describe('a conference whose log the clinic has lost', () => {
  it('goes on, and tells its doctor up to where it is gone for who did not hear it', async () => {
    const stage = await threePeople()
    const { clinic, doctor, rosa, ulrich } = stage
    await bothIn(stage)
    await hostingOf(doctor).say('one', false)
    for (const one of [rosa, ulrich]) await hears(one, 'one')
    await becomes('it is out', () => wordsOf(doctor)[0]?.state === 'sent')
    expect(hostingOf(doctor).lostUpTo.value).toBe(0)
    clinic.conferences.kill()
    await becomes('it is dead', () => link(doctor)?.kind === 'dead')
    clinic.conferences.loseLogs()
    clinic.conferences.restart()
    await becomes('it says so', () => hostingOf(doctor).lostUpTo.value > 0)
    await hostingOf(doctor).say('two', false)
    for (const one of [rosa, ulrich]) await hears(one, 'two')
  })
})

describe('a conference that its doctor ends', () => {
  it('gives out what was said last, and tells of a word to one who is away that it never arrives', async () => {
    const stage = await threePeople()
    const { doctor, rosa, ulrich } = stage
    const id = await bothIn(stage)
    const { pairId = '' } = memberOf(doctor, 'Rosa Weiss') ?? {}
    rosa.app.lock()
    await becomes('she is away', () => memberOf(doctor, 'Rosa Weiss')?.state === 'away')
    expect(await hostingOf(doctor).answer(pairId, 'Are you there?')).toBe(true)
    expect(await hostingOf(doctor).say('goodbye', false)).toBe(true)
    await of(doctor).end(id)
    await becomes('it ended', () => stateOf(doctor) === 'ended')
    await hears(ulrich, 'goodbye')
    const states = wordsOf(doctor).map(({ text, state }) => `${text}: ${state}`)
    expect(states).toEqual(['Are you there?: lost', 'goodbye: sent'])
  })

  it('under the other group is heard all the same, and both ends count what they compute', async () => {
    const stage = await threePeople()
    const { doctor, rosa, ulrich } = stage
    const id = await bothIn(stage, { title: 'Round', lastsMs: 3_600_000, suite: 'ffdhe3072' })
    await hostingOf(doctor).say('over another group', false)
    for (const one of [rosa, ulrich]) await hears(one, 'over another group')
    expect(heard(rosa)).toEqual(['over another group'])
    const whole = await readWhole(sessionOf(doctor).unlocked, id)
    expect(whole?.book).toMatchObject({ suite: 'ffdhe3072' })
    const sitting = of(rosa).sittings.value.get(refOf(rosa))
    const tables = [hostingOf(doctor), sitting].map(run => run?.performance.rows() ?? [])
    const counted = tables.map(rows =>
      rows.filter(({ calls }) => calls > 0).map(({ primitive }) => primitive),
    )
    expect(counted[0]).toEqual(expect.arrayContaining(['agree', 'sign', 'hash', 'seal', 'open', 'derive']))
    expect(counted[1]).toEqual(expect.arrayContaining(['agree', 'verify', 'open']))
    // Two messages of each handshake: those of two patients, and of one.
    const agreed = tables.map(rows => rows.find(({ primitive }) => primitive === 'agree')?.calls ?? 0)
    expect(agreed[0]).toBeGreaterThanOrEqual(4)
    expect(agreed[1]).toBeGreaterThanOrEqual(2)
  })
})

it('nothing opens a seat again, or is left of it, while its end is written down', async () => {
  const stage = await threePeople()
  const { doctor, rosa } = stage
  const id = await bothIn(stage, short)
  const conferences = of(rosa)
  const ref = refOf(rosa)
  const { rows } = sessionOf(rosa).unlocked
  const seen = new Set<boolean>()
  let isOver = false
  const looking = (async () => {
    while (!isOver) {
      await conferences.refresh()
      if (conferences.seats.value[0]?.state === 'ended') seen.add(conferences.sittings.value.has(ref))
    }
  })()
  await of(doctor).end(id)
  await becomes('it ended', () => conferences.seats.value[0]?.state === 'ended')
  for (let i = 0; i < 20; i++) await conferences.refresh()
  isOver = true
  await looking
  expect([...seen]).toEqual([false])
  expect(await rows.count(journalOf(ref))).toBe(0)
})
