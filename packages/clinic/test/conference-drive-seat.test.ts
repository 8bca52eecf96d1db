import { driveSeat, type SeatExpiry } from '@chartseal/clinic/conference'
import type { PatientInput, PatientOutput } from '@chartseal/elgamal-session'
import { fixedClock, manualTimer } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import {
  bytes,
  FakeMachine,
  FakeWay,
  half,
  over,
  persist,
  SlowJournal,
  turn,
  waits,
} from './conference-drivers-world.js'

function seat(expiry?: SeatExpiry, show: () => unknown = () => undefined) {
  const [machine, slot, way, timer] = [
    new FakeMachine<PatientInput, PatientOutput>(),
    new SlowJournal(),
    new FakeWay(),
    manualTimer(),
  ]
  const events: string[] = []
  const status = {
    phase: 'idle',
    live: false,
    leaving: false,
    sequence: 0n,
    waiting: 0,
    nextTickMs: 0,
  } as const
  const patient = { handle: (input: PatientInput) => machine.handle(input), status }
  const onEvent = ({ kind }: { readonly kind: string }): unknown => {
    events.push(kind)
    return show()
  }
  const options = { patient, slot, transport: way, timer, random: half, onEvent }
  const driver = driveSeat(expiry === undefined ? options : { ...options, expiry })
  return { machine, slot, way, timer, events, driver }
}

const connect = (afterMs: number): PatientOutput => ({ kind: 'connect', afterMs })
const send = (value: number): PatientOutput => ({ kind: 'send', bytes: bytes(value) })

/** A seat that is connected. */
async function connectedSeat(show?: () => unknown) {
  const made = seat(undefined, show)
  made.machine.answers = { join: [connect(500)] }
  made.driver.order({ kind: 'join' })
  await turn()
  made.timer.fire()
  await turn()
  return made
}

describe('the driver of a seat', () => {
  it('connects when the machine wishes it, and the latest wish counts', async () => {
    const { machine, timer, way, driver } = seat()
    machine.answers = { join: [connect(500), connect(700)] }
    driver.order({ kind: 'join' })
    await turn()
    expect(waits(timer, 250)).toEqual([700])
    timer.fire()
    await turn()
    expect(machine.inputs).toEqual(['join', 'connected'])
    expect(way.receivers).toHaveLength(1)
  })

  it('sends only what is durable, and keeps only the newest record', async () => {
    const { machine, slot, way, driver } = await connectedSeat()
    machine.answers = { say: [persist(1), send(7), persist(2), send(8)] }
    driver.order({ kind: 'say', text: 'It hurts' })
    await turn()
    expect([slot.writes, way.sent]).toEqual([['put 2'], [[]]])
    await slot.end()
    expect(way.sent).toEqual([[7, 8]])
  })

  it('keeps a message as received, and acknowledges it, when it has been shown', async () => {
    let shown: () => void = () => undefined
    const wait = (): Promise<void> =>
      new Promise(resolve => {
        shown = resolve
      })
    const { machine, slot, way, events, driver } = await connectedSeat(wait)
    const message = { sequence: 1n, text: 'Lie down', emergency: true, atMs: 0 }
    machine.answers = {
      received: [persist(1), { kind: 'event', event: { kind: 'message', ...message } }, persist(2), send(50)],
    }
    way.newest.received(bytes(1))
    await slot.end()
    expect([events, slot.writes, way.sent]).toEqual([['message'], ['put 1'], [[]]])
    shown()
    await turn()
    expect([slot.writes, way.sent]).toEqual([['put 1', 'put 2'], [[]]])
    await slot.end()
    expect(way.sent).toEqual([[50]])
    driver.order({ kind: 'close' })
  })

  it('tells the machine of a loss once, and waits as long as the server asked for', async () => {
    const { machine, timer, way } = await connectedSeat()
    machine.answers = { lost: [connect(300)] }
    const old = way.newest
    old.ended({ kind: 'lost', retryMs: 5000 })
    old.received(bytes(1))
    old.ended({ kind: 'lost', retryMs: 0 })
    await turn()
    expect(waits(timer, 250)).toEqual([5125])
    machine.answers = { lost: [connect(400)] }
    way.refusal = new Error('nobody is there')
    timer.fire()
    await turn()
    expect(waits(timer, 250)).toEqual([400])
    expect(machine.inputs).toEqual(['join', 'connected', 'lost', 'lost'])
  })

  it('reports no loss of a connection that the machine closed', async () => {
    const { machine, way } = await connectedSeat()
    machine.answers = { received: [{ kind: 'close' }] }
    way.newest.received(bytes(1))
    await turn()
    way.newest.ended({ kind: 'lost', retryMs: 0 })
    expect([way.closed, machine.inputs]).toEqual([1, ['join', 'connected', 'received']])
  })

  it('is over when the goodbye is sent, when the conference ended, and at once where nobody is connected', async () => {
    const leaving = await connectedSeat()
    leaving.machine.answers = { leave: [persist(3), send(90), { kind: 'event', event: { kind: 'left' } }] }
    leaving.driver.order({ kind: 'leave' })
    await turn()
    await leaving.slot.end()
    await leaving.driver.over
    expect([leaving.way.sent, leaving.way.closed, leaving.events]).toEqual([[[90]], 1, ['left']])
    const ended = await connectedSeat()
    ended.machine.answers = { received: [{ kind: 'event', event: { kind: 'ended', reason: 'ended' } }] }
    ended.way.newest.received(bytes(60))
    await ended.driver.over
    const alone = seat()
    alone.driver.order({ kind: 'leave' })
    await alone.driver.over
    expect([alone.machine.inputs, alone.timer.waiting]).toEqual([['leave', 'close'], []])
  })

  it('says why it is over when the record cannot be kept', async () => {
    const { machine, slot, way, driver } = await connectedSeat()
    machine.answers = { received: [persist(1), send(50)] }
    way.newest.received(bytes(1))
    await turn()
    await slot.end(new Error('no space'))
    await expect(driver.over).rejects.toThrow('no space')
    expect(way.sent).toEqual([[]])
  })

  it('refuses what is said once it is over', async () => {
    const { driver, machine } = seat()
    driver.order({ kind: 'leave' })
    await driver.over
    expect(() => driver.order({ kind: 'say', text: 'It hurts' })).toThrow(over)
    driver.order({ kind: 'leave' })
    driver.order({ kind: 'close' })
    expect(machine.inputs).toEqual(['leave', 'close'])
  })

  it('gives up a seat whose time is over, when the third connection in a row has led to nothing', async () => {
    const clock = fixedClock(0)
    const told: string[] = []
    const expiry = { untilMs: 5, clock, onExpired: () => told.push('expired') }
    const { machine, way, timer, driver } = seat(expiry)
    const tryOnce = async (): Promise<void> => {
      timer.fire()
      await turn()
    }
    const lose = async (): Promise<void> => {
      machine.answers = { lost: [connect(300)] }
      way.newest.ended({ kind: 'lost', retryMs: 0 })
      await turn()
    }
    machine.answers = { join: [connect(0)] }
    driver.order({ kind: 'join' })
    await turn()
    await tryOnce()
    clock.advance(5)
    await lose()
    await tryOnce()
    machine.answers = { received: [{ kind: 'event', event: { kind: 'joined', by: 'ticket' } }] }
    way.newest.received(bytes(1))
    await turn()
    for (let i = 0; i < 3; i++) {
      await lose()
      await tryOnce()
    }
    expect([way.receivers.length, told]).toEqual([5, []])
    await lose()
    await tryOnce()
    await driver.over
    expect([way.receivers.length, told, machine.inputs.at(-1)]).toEqual([5, ['expired'], 'close'])
  })
})
