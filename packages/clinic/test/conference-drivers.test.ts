import { driveHost, type HostEvent, longTimer } from '@chartseal/clinic/conference'
import { ChartsealError } from '@chartseal/core/errors'
import type { CoreInput, CoreOutput } from '@chartseal/elgamal-session'
import { manualTimer } from '@chartseal/testkit'
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

const link = (value: number): CoreOutput => ({ kind: 'link', bytes: bytes(value) })
const logged = (value: number): CoreOutput => ({
  kind: 'event',
  event: { kind: 'logged', sequence: BigInt(value) },
})

function host(started: readonly CoreOutput[] = []) {
  const [core, journal, way, timer] = [
    new FakeMachine<CoreInput, CoreOutput>(),
    new SlowJournal(),
    new FakeWay(),
    manualTimer(),
  ]
  const events: HostEvent[] = []
  const driver = driveHost({
    started: { core, outputs: started },
    journal,
    transport: way,
    timer,
    random: half,
    onEvent: event => events.push(event),
  })
  return { core, journal, way, timer, events, driver }
}

describe('the driver of a host', () => {
  it('lets nothing out that follows a record before the record is durable', async () => {
    const { core, journal, way, events, driver } = host([logged(1), persist(1), logged(2)])
    await turn()
    expect(events).toEqual([])
    core.answers = { say: [persist(2), link(7), persist(3), link(8)] }
    driver.order({ kind: 'say', text: 'Good morning' })
    await journal.end()
    expect(events.map(({ kind }) => kind)).toEqual(['logged', 'logged'])
    expect([journal.writes, way.sent]).toEqual([['append 1', 'append 2,3'], [[]]])
    await journal.end()
    expect(way.sent).toEqual([[7, 8]])
  })

  it('says that a message of a patient was shown when its view says so, and holds nothing up meanwhile', async () => {
    const direct: CoreOutput = {
      kind: 'event',
      event: { kind: 'direct', patient: 'Rosa', id: 3n, text: 'x' },
    }
    const core = new FakeMachine<CoreInput, CoreOutput>()
    const way = new FakeWay()
    let isShown = (): void => undefined
    const given: CoreInput[] = []
    const handle = core.handle.bind(core)
    core.handle = input => {
      if (input.kind === 'shown') given.push(input)
      return handle(input)
    }
    const { order } = driveHost({
      started: { core, outputs: [] },
      journal: new SlowJournal(),
      transport: way,
      timer: manualTimer(),
      random: half,
      onEvent: event =>
        event.kind === 'direct' ? new Promise<void>(resolve => (isShown = resolve)) : undefined,
    })
    await turn()
    core.answers = { say: [direct, link(7)] }
    order({ kind: 'say', text: 'x' })
    await turn()
    expect([way.sent, given]).toEqual([[[7]], []])
    isShown()
    await turn()
    expect(given).toEqual([{ kind: 'shown', patient: 'Rosa', id: 3n }])
  })

  it('fails where its view does: what was not shown comes again', async () => {
    const direct: CoreOutput = {
      kind: 'event',
      event: { kind: 'direct', patient: 'Rosa', id: 3n, text: 'x' },
    }
    const core = new FakeMachine<CoreInput, CoreOutput>()
    const { over: ended } = driveHost({
      started: { core, outputs: [direct] },
      journal: new SlowJournal(),
      transport: new FakeWay(),
      timer: manualTimer(),
      random: half,
      onEvent: () => Promise.reject(new Error('no screen')),
    })
    await expect(ended).rejects.toThrow('no screen')
    expect(core.inputs).toEqual([])
  })

  it('puts a shorter journal in place of the records before it', async () => {
    const { core, journal, driver } = host()
    core.answers = { say: [persist(1), { kind: 'replace', records: [bytes(4), bytes(5)] }, persist(6)] }
    driver.order({ kind: 'say', text: 'x' })
    await journal.end()
    await journal.end()
    expect(journal.writes).toEqual(['replace 4,5', 'append 6'])
  })

  it('carries out nothing more when the journal fails, and says why', async () => {
    const { core, journal, way, driver } = host()
    await turn()
    core.answers = { say: [persist(1), link(7)] }
    driver.order({ kind: 'say', text: 'x' })
    await journal.end(new Error('no space'))
    await expect(driver.over).rejects.toThrow('no space')
    expect(() => driver.order({ kind: 'say', text: 'y' })).toThrow(over)
    expect([way.sent, way.closed, core.inputs]).toEqual([[[]], 1, ['say']])
  })

  it('tries again within two seconds at most, however long the relay is away: everybody waits for them', async () => {
    const { way, timer, events } = host()
    way.refusal = new Error('nobody is there')
    for (let i = 0; i < 20; i++) {
      await turn()
      timer.fire()
    }
    const waited = events.map(event => (event.kind === 'reconnecting' ? event.afterMs : -1))
    expect(waited.slice(-10)).toEqual(Array(10).fill(1_000))
  })

  it('connects again after a loss, each time within a longer time, and after the hint of the server', async () => {
    const { core, way, timer, events } = host()
    await turn()
    way.refusal = new Error('nobody is there')
    way.newest.ended({ kind: 'lost', retryMs: 2000 })
    expect(waits(timer, 100)).toEqual([2125])
    for (const afterMs of [250, 500, 1000]) {
      timer.fire()
      await turn()
      expect(waits(timer, 100)).toEqual([afterMs])
    }
    expect(events.map(event => (event.kind === 'reconnecting' ? event.reason : event.kind))).toEqual([
      'the connection was lost',
      'nobody is there',
      'nobody is there',
      'nobody is there',
    ])
    way.refusal = null
    timer.fire()
    await turn()
    expect(core.inputs).toEqual(['detached'])
  })

  it('takes nothing from a connection that has ended', async () => {
    const { core, way, timer } = host()
    await turn()
    const old = way.newest
    old.ended({ kind: 'lost', retryMs: 0 })
    timer.fire()
    await turn()
    old.received(bytes(1))
    old.ended({ kind: 'lost', retryMs: 0 })
    way.newest.received(bytes(2))
    expect(core.inputs).toEqual(['detached', 'link'])
  })

  it('gives way to another host, and ends when there is no way any more', async () => {
    const one = host()
    await turn()
    one.way.newest.ended({ kind: 'taken-over' })
    await one.driver.over
    expect(one.events).toEqual([{ kind: 'host-taken-over' }])
    expect(one.core.inputs).toEqual(['detached', 'close'])
    const other = host()
    await turn()
    other.way.refusal = new ChartsealError('signature/unknown-key', 'This device is not enrolled.', {})
    other.way.newest.ended({ kind: 'lost', retryMs: 0 })
    other.timer.fire()
    await expect(other.driver.over).rejects.toThrow('not enrolled')
  })

  it('tells what became of the way behind what the core has told, however slow the journal is', async () => {
    const detached = { kind: 'event', event: { kind: 'detached' } } as const
    const ends = [
      { kind: 'taken-over', last: 'host-taken-over' },
      { kind: 'over', last: 'over' },
      { kind: 'lost', retryMs: 0, last: 'reconnecting' },
    ] as const
    for (const { last, ...end } of ends) {
      const { core, journal, way, events } = host()
      await turn()
      core.answers = { link: [persist(9)], detached: [detached] }
      way.newest.received(bytes(1))
      way.newest.ended(end)
      await journal.end()
      expect(events.map(({ kind }) => kind)).toEqual(['detached', last])
    }
  })

  it('refuses what would be lost once it is over, and nothing else', async () => {
    const { core, way, driver } = host()
    await turn()
    way.newest.ended({ kind: 'taken-over' })
    await driver.over
    for (const order of [
      { kind: 'say', text: 'Lie down', emergency: true },
      { kind: 'direct', patient: 'Anna', text: 'Lie down' },
      { kind: 'block', patient: 'Anna' },
      { kind: 'unblock', patient: 'Anna' },
    ] as const)
      expect(() => driver.order(order)).toThrow(over)
    driver.order({ kind: 'end' })
    driver.order({ kind: 'close' })
    expect(core.inputs).toEqual(['detached', 'close'])
  })

  it('ends the conference when the relay has, at the end of a connection or before the next', async () => {
    const one = host()
    await turn()
    one.core.answers = { end: [persist(9)] }
    one.way.newest.ended({ kind: 'over' })
    await turn()
    await one.journal.end()
    await one.driver.over
    expect([one.events, one.core.inputs]).toEqual([[{ kind: 'over' }], ['detached', 'end']])
    const other = host()
    await turn()
    other.way.refusal = new ChartsealError('relay/ended', 'This conference has ended.', {})
    other.way.newest.ended({ kind: 'lost', retryMs: 0 })
    other.timer.fire()
    await other.driver.over
    expect(other.events.map(({ kind }) => kind)).toEqual(['reconnecting', 'over'])
    expect(other.core.inputs).toEqual(['detached', 'end'])
  })

  it('takes a way on which nothing comes for 45 seconds for lost', async () => {
    const { core, way, timer, events } = host()
    await turn()
    const old = way.newest
    expect(waits(timer, 100)).toEqual([45_000])
    old.received(bytes(1))
    expect(waits(timer, 100)).toEqual([45_000])
    timer.fire()
    expect([way.closed, core.inputs]).toEqual([1, ['link', 'detached']])
    expect(events).toEqual([{ kind: 'reconnecting', afterMs: 125, reason: 'the relay was silent' }])
    old.received(bytes(2))
    old.ended({ kind: 'lost', retryMs: 0 })
    timer.fire()
    await turn()
    expect(way.receivers).toHaveLength(2)
    expect(core.inputs).toEqual(['link', 'detached'])
  })

  it('is over when the last word is durable and sent', async () => {
    const { core, journal, way, timer, driver } = host()
    await turn()
    core.answers = { end: [persist(9), link(6)] }
    driver.order({ kind: 'end' })
    expect(way.closed).toBe(0)
    await journal.end()
    await driver.over
    expect([way.sent, way.closed, timer.waiting]).toEqual([[[6]], 1, []])
  })
})

describe('the driver of a host whose journal has ended', () => {
  it('tells so and connects to nobody', async () => {
    const [core, way, timer] = [new FakeMachine<CoreInput, CoreOutput>(), new FakeWay(), manualTimer()]
    core.isOver = true
    const events: HostEvent[] = []
    const { over } = driveHost({
      started: { core, outputs: [{ kind: 'event', event: { kind: 'ended' } }] },
      journal: new SlowJournal(),
      transport: way,
      timer,
      random: half,
      onEvent: event => events.push(event),
    })
    await over
    expect([events, way.sent, timer.waiting]).toEqual([[{ kind: 'ended' }], [], []])
  })
})

describe('a timer for any number of milliseconds', () => {
  it('waits in parts that a platform holds, and can be stopped in each', () => {
    const timer = manualTimer()
    const long = longTimer(timer)
    const most = 2 ** 31 - 1
    let runs = 0
    long.after(2 * most + 5, () => (runs += 1))
    expect(timer.waiting).toEqual([most])
    timer.fire()
    timer.fire()
    expect([timer.waiting, runs]).toEqual([[5], 0])
    timer.fire()
    expect(runs).toBe(1)
    const stop = long.after(most + 1, () => (runs += 1))
    timer.fire()
    expect(timer.waiting).toEqual([1])
    stop()
    expect(timer.waiting).toEqual([])
  })
})
