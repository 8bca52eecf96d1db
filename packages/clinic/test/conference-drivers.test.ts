import {
  driveHost,
  driveSeat,
  type HostEvent,
  type Link,
  type LinkReceiver,
  longTimer,
  type SeatExpiry,
} from '@chartseal/clinic/conference'
import { ChartsealError } from '@chartseal/core/errors'
import type { CoreInput, CoreOutput, PatientInput, PatientOutput } from '@chartseal/elgamal-session'
import { fixedClock, type ManualTimer, manualTimer } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)
/** Half of every limit: a back-off of 125, 250, 500 ms … */
const half = { bytes: (size: number) => new Uint8Array(size).fill(128, 0, 1) }
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** A way whose connections a test opens, feeds and ends. */
class FakeWay {
  readonly sent: number[][] = []
  readonly receivers: LinkReceiver[] = []
  closed = 0
  refusal: Error | null = null

  async connect(receiver: LinkReceiver): Promise<Link> {
    if (this.refusal !== null) throw this.refusal
    const sent: number[] = []
    this.sent.push(sent)
    this.receivers.push(receiver)
    return { send: ([value = 0]) => sent.push(value), close: () => (this.closed += 1) }
  }

  get newest(): LinkReceiver {
    const receiver = this.receivers.at(-1)
    if (receiver === undefined) throw new Error('nobody has connected')
    return receiver
  }
}

/** A journal whose writes end when a test says so. */
class SlowJournal {
  readonly writes: string[] = []
  readonly #ends: ((error?: Error) => void)[] = []

  append(records: readonly Uint8Array[]): Promise<void> {
    return this.#write(`append ${records.map(([value]) => value)}`)
  }

  replace(records: readonly Uint8Array[]): Promise<void> {
    return this.#write(`replace ${records.map(([value]) => value)}`)
  }

  put([value]: Uint8Array): Promise<void> {
    return this.#write(`put ${value}`)
  }

  async end(error?: Error): Promise<void> {
    this.#ends.shift()?.(error)
    await turn()
  }

  #write(what: string): Promise<void> {
    this.writes.push(what)
    return new Promise((resolve, reject) => {
      this.#ends.push(error => (error === undefined ? resolve() : reject(error)))
    })
  }
}

/** Gives out what a test wants for an input, and notes the inputs that are no ticks. */
class FakeMachine<Input extends { readonly kind: string }, Output> {
  readonly inputs: string[] = []
  isOver = false
  answers: Partial<Record<Input['kind'], readonly Output[]>> = {}

  handle(input: Input): readonly Output[] {
    if (input.kind !== 'tick') this.inputs.push(input.kind)
    const kind: Input['kind'] = input.kind
    if (kind === 'end' || kind === 'close') this.isOver = true
    const answer = this.answers[kind] ?? []
    delete this.answers[kind]
    return answer
  }
}

const over = expect.objectContaining({ code: 'driver/over' })

const persist = (value: number): { kind: 'persist'; record: Uint8Array } => ({
  kind: 'persist',
  record: bytes(value),
})
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

/** What waits, but for the tick of a host or a seat. */
const waits = ({ waiting }: ManualTimer, tickMs: number): readonly number[] =>
  waiting.filter(ms => ms !== tickMs)

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

function seat(expiry?: SeatExpiry) {
  const [machine, slot, way, timer] = [
    new FakeMachine<PatientInput, PatientOutput>(),
    new SlowJournal(),
    new FakeWay(),
    manualTimer(),
  ]
  const events: string[] = []
  const status = { phase: 'idle', live: false, sequence: 0n, waiting: 0, nextTickMs: 0 } as const
  const patient = { handle: (input: PatientInput) => machine.handle(input), status }
  const onEvent = ({ kind }: { readonly kind: string }): number => events.push(kind)
  const options = { patient, slot, transport: way, timer, random: half, onEvent }
  const driver = driveSeat(expiry === undefined ? options : { ...options, expiry })
  return { machine, slot, way, timer, events, driver }
}

const connect = (afterMs: number): PatientOutput => ({ kind: 'connect', afterMs })
const send = (value: number): PatientOutput => ({ kind: 'send', bytes: bytes(value) })

/** A seat that is connected. */
async function connectedSeat() {
  const made = seat()
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
    expect([alone.machine.inputs, alone.timer.waiting]).toEqual([['leave'], []])
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
    expect(machine.inputs).toEqual(['leave'])
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
