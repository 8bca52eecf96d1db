import { ChartsealError } from '@chartseal/core/errors'
import { SecretBytes } from '@chartseal/core/keys'
import { ConferenceCore, ConferencePatient, PerformanceTable, primitives } from '@chartseal/elgamal-session'
import { faultPlaces } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { decodeRecord, encodeRecord, type JournalRecord } from '../dist/doctor/records.js'
import { ReplayCache } from '../dist/doctor/replay-cache.js'
import { type PatientHost, World } from './conference-world.js'

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
  return 'none'
}

describe('the journal', () => {
  const patient = new Uint8Array(16).fill(1)
  const key = new Uint8Array(32).fill(2)
  const records: readonly JournalRecord[] = [
    { t: 'start', incarnation: 3, memberships: 4 },
    { t: 'ticket-key', key },
    { t: 'in', patient, since: 2n ** 63n, membership: 1, acknowledged: 0n },
    { t: 'out', patient, until: null, forGood: false },
    { t: 'out', patient, until: 0, forGood: true },
    { t: 'used', patient, ticket: 5n },
    { t: 'epoch', epoch: 1, first: 1n, last: 2n, key },
    { t: 'frame', frame: new Uint8Array(200), waited: false },
    { t: 'frame', frame: new Uint8Array(200), waited: true },
    { t: 'waiting', text: 'early', emergency: true },
    { t: 'mark', sequence: 1n, hash: key, at: 5 },
    { t: 'base', sequence: 1n, hash: key, epoch: 2, emergency: 1n },
    { t: 'to', patient, id: 1n, text: 'text' },
    { t: 'told', patient, id: 1n },
    { t: 'heard', patient, id: 1n },
    { t: 'numbered', next: 5n },
    { t: 'end' },
  ]

  it.each(records.map(record => [record.t, record] as const))('gives a record %s back', (_, record) => {
    expect(decodeRecord(encodeRecord(record))).toEqual(record)
  })

  it('is refused when a record is not one, with its place', () => {
    const { keys, clock, random, journal } = new World()
    for (const bad of [
      Uint8Array.of(0xff),
      Uint8Array.of(0xa0),
      encodeRecord({ t: 'frame', frame: key, waited: false }),
    ]) {
      const start = () =>
        ConferenceCore.start({ keys, clock, random, patients: [], journal: [...journal, bad] })
      expect(codeOf(start)).toBe('conference/bad-journal')
      expect(start).toThrow(/Record 2 of the journal/)
    }
  })

  it('is the same conference after it was shortened, for every kind of state', () => {
    const world = new World().attach()
    for (const name of ['Anna', 'Bert', 'Cleo', 'Dora']) world.join(name)
    world.say('one', true)
    world.pass(1_000)
    world.input({ kind: 'block', patient: 'Bert', untilLifted: true })
    world.input({ kind: 'block', patient: 'Cleo' })
    world.input({ kind: 'remove', patient: 'Dora' })
    const anna = world.patients.get('Anna')
    anna?.input({ kind: 'say', text: 'from Anna' })
    world.run()
    anna?.cut()
    world.input({ kind: 'direct', patient: 'Anna', text: 'to Anna' })
    world.pass(3_700_000, 60_000)
    const before = world.host.core?.members()
    for (let i = 0; i < 2_100; i++) {
      world.host.input({ kind: 'block', patient: 'Bert', untilLifted: true })
      world.host.input({ kind: 'unblock', patient: 'Bert' })
    }
    world.host.input({ kind: 'block', patient: 'Bert', untilLifted: true })
    expect(world.journal.length).toBeLessThan(2_000)
    const after = world.startCore().core?.members()
    const kept = (rows: typeof before) =>
      rows?.map(({ name, state, emergency, acknowledged, undelivered }) => ({
        name,
        state: state === 'connected' ? 'away' : state,
        emergency,
        acknowledged: state === 'blocked' ? null : acknowledged,
        undelivered,
      }))
    expect(kept(after)).toEqual(kept(before))
  })
})

describe('a patient', () => {
  it('refuses a record that they did not write, and a pinned key that is none', () => {
    const world = new World()
    const { keys } = world.seat('Anna')
    const { clock, random } = world
    const start = (record: Uint8Array) => () => new ConferencePatient({ keys, record, clock, random })
    for (const bad of [new Uint8Array(), Uint8Array.of(0xa0), new Uint8Array(50)]) {
      expect(codeOf(start(bad))).toBe('conference/bad-record')
    }
    const wrong = { ...keys, doctorSigning: new Uint8Array(32) }
    expect(codeOf(() => new ConferencePatient({ keys: wrong, record: null, clock, random }))).toBe(
      'key/invalid',
    )
  })

  it('does nothing more after close, and is a member when another process goes on', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    anna.input({ kind: 'close' })
    anna.hangUp()
    world.say('one')
    expect(anna.patient.status.phase).toBe('ended')
    anna.restart()
    anna.input({ kind: 'join' })
    world.run()
    expect(anna.texts).toEqual(['one'])
  })

  it('asks for one connection when somebody joins while a block is waited for, and says one hello', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.input({ kind: 'block', patient: 'Anna' })
    expect(anna.connectAtMs).not.toBeNull()
    const asked = anna.patient.handle({ kind: 'join' })
    expect(asked.filter(({ kind }) => kind !== 'persist')).toEqual([{ kind: 'connect', afterMs: 0 }])
    const kinds = [1, 2].map(() => anna.patient.handle({ kind: 'connected' }).map(({ kind }) => kind))
    expect(kinds).toEqual([['send'], []])
  })

  it('gives up a handshake also when its clock is put back', () => {
    const world = new World().attach()
    const anna = world.seat('Anna')
    world.relay.toCore = () => []
    anna.input({ kind: 'join' })
    world.run()
    world.clock.advance(-3_600_000)
    world.run()
    expect(anna.of('reconnecting').map(({ reason }) => reason)).toEqual(['timeout'])
  })

  it('tries again later and later, at random, while nobody answers', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.relay.toCore = () => []
    anna.cut()
    world.pass(400_000, 500)
    const waits = anna.of('reconnecting').map(({ afterMs }) => afterMs)
    expect(waits.length).toBeGreaterThan(8)
    expect(waits[0]).toBeLessThan(500)
    expect(Math.max(...waits)).toBeGreaterThan(2_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
    expect(new Set(waits).size).toBeGreaterThan(waits.length / 2)
    world.relay.toCore = frame => [frame]
    world.pass(60_000, 500)
    expect(world.state('Anna')).toBe('connected')
  })

  it('has a ticket for a day and a key for as long as the conference is', () => {
    const world = new World({ policy: { retentionMs: 2 * 86_400_000 } }).attach()
    const anna = world.join('Anna')
    anna.cut()
    anna.isOffline = true
    world.say('one')
    world.clock.advance(86_400_001)
    anna.isOffline = false
    world.pass(5_000)
    expect(world.host.of('refused').map(({ reason }) => reason)).toEqual(['ticket'])
    expect(anna.of('joined').map(({ by }) => by)).toEqual(['handshake', 'handshake'])
    expect(anna.texts).toEqual(['one'])
  })

  /** What was shown and is not durable comes again with its number; nothing is lost, whatever dies when. */
  it.each(faultPlaces(40, 6))('that dies at output %i loses nothing', cutAt => {
    const world = new World().attach()
    const anna = world.seat('Anna')
    world.host.input({ kind: 'enrol', patients: [...world.book.values()] })
    dieAt(anna, cutAt)
    anna.input({ kind: 'join' })
    world.pass(1_000)
    for (const text of ['one', 'two', 'three']) {
      world.say(text)
      world.input({ kind: 'direct', patient: 'Anna', text: `for Anna: ${text}` })
      world.pass(1_000)
    }
    world.pass(30_000, 500)
    const unique = [...new Set(anna.of('message').map(({ sequence }) => sequence))]
    expect(unique).toEqual([...unique].sort((a, b) => Number(a - b)))
    expect(unique).toHaveLength(world.relay.log.length)
    const direct = [...new Set(anna.of('direct').map(({ text }) => text))]
    expect(direct).toEqual(['one', 'two', 'three'].map(text => `for Anna: ${text}`))
    expect(world.host.core?.member('Anna')?.undelivered).toBe(0)
  })
})

/** The process dies in the place of one output, and another one goes on with what was durable. */
function dieAt(host: PatientHost, cutAt: number): void {
  let left = cutAt
  const input = host.input.bind(host)
  host.input = one => {
    const before = host.patient
    const outputs = before.handle(one)
    const carry = outputs.slice(0, Math.max(0, left))
    left -= outputs.length
    const real = host.patient.handle.bind(host.patient)
    host.patient.handle = () => carry
    input(one)
    host.patient.handle = real
    if (carry.length === outputs.length) return
    left = Number.POSITIVE_INFINITY
    host.restart()
    host.input({ kind: 'join' })
  }
}

describe('the performance table', () => {
  it('counts each primitive at both ends', () => {
    let now = 0
    const clock = () => now++
    const world = new World().attach()
    const [atCore, atPatient] = [new PerformanceTable(clock), new PerformanceTable(clock)]
    const { keys, random, journal } = world
    const seat = world.seat('Anna')
    const patients = [...world.book.values()]
    const options = { keys, random, clock: world.clock }
    const { core, outputs } = ConferenceCore.start({ ...options, patients, journal, meter: atCore })
    world.host.core = core
    world.host.carryOut(outputs)
    seat.patient = new ConferencePatient({ ...options, keys: seat.keys, record: null, meter: atPatient })
    world.attach()
    seat.input({ kind: 'join' })
    world.run()
    world.say('one')
    expect(seat.texts).toEqual(['one'])
    const calls = (table: PerformanceTable) =>
      Object.fromEntries(table.rows().map(row => [row.primitive, row.calls]))
    expect(atCore.rows().map(({ primitive }) => primitive)).toEqual(primitives)
    expect(calls(atCore)).toMatchObject({ agree: 2, verify: 0, hash: 1 })
    expect(calls(atCore)['sign']).toBeGreaterThanOrEqual(2)
    expect(calls(atPatient)).toMatchObject({ agree: 2, sign: 0, verify: 1, hash: 1 })
    for (const { calls: count, averageMs } of atCore.rows()) expect(averageMs).toBe(count === 0 ? 0 : 1)
  })
})

describe('the replay cache', () => {
  it('knows a key for one span at least, and not for ever', () => {
    const cache = new ReplayCache(10_000)
    const key = new Uint8Array(32).fill(9)
    cache.add(key, 1_000)
    for (const nowMs of [1_000, 5_000, 10_999]) expect(cache.has(key, nowMs)).toBe(true)
    expect(cache.has(key, 500)).toBe(true)
    expect(cache.has(key, 40_000)).toBe(false)
  })
})

describe('secrets', () => {
  it('of sessions, tickets and patients are wiped at the end; the keys of the caller are not', () => {
    const world = new World().attach()
    world.join('Anna')
    const wiped: SecretBytes[] = []
    const wipe = SecretBytes.prototype.wipe
    SecretBytes.prototype.wipe = function () {
      wiped.push(this)
      wipe.call(this)
    }
    try {
      world.input({ kind: 'close' })
    } finally {
      SecretBytes.prototype.wipe = wipe
    }
    // Both directions and the resumption secret of the session, the psk, the static and the ticket key.
    expect(wiped.length).toBeGreaterThanOrEqual(6)
    expect(wiped.every(({ isWiped }) => isWiped)).toBe(true)
    expect(world.keys.staticKey.privateKey.isWiped).toBe(false)
    expect(world.keys.signingKey.isWiped).toBe(false)
    expect(world.book.get('Anna')?.psk.isWiped).toBe(false)
  })
})
