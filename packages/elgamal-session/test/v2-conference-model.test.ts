/** A conference with everything that can happen in any order: who was a member has each message once, and nobody else. */

import { decodeHeader, opcodes } from '@chartseal/elgamal-session/frames'
import { runsOf } from '@chartseal/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeRecord } from '../dist/doctor/records.js'
import { parsePatientRecord } from '../dist/patient/record.js'
import { KeySpy, watchNonces } from './conference-checks.js'
import { type PatientHost, surviving, World } from './conference-world.js'

const seed = Number(process.env['FC_SEED'] ?? 20_261_129)
const isSlow = process.env['SLOW'] === '1'
/** What comes at the end of each run costs as much as many steps. */
const stepsOfRun = isSlow ? 200 : 60
/** A million steps, or as many as are asked for. */
const slowSteps = Number(process.env['MODEL_STEPS'] ?? 1_000_000)
const runs = isSlow ? Math.ceil(slowSteps / stepsOfRun) : runsOf(24, 8)

class Chance {
  #state: number

  constructor(from: number) {
    this.#state = from >>> 0 || 1
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * limit)
  }

  of<T>(list: readonly T[]): T {
    const one = list[this.below(list.length)]
    if (one === undefined) throw new Error('a list must not be empty')
    return one
  }
}

/** What the model knows: who is in, by the core's own words, and what was said meanwhile. */
class Model {
  readonly world: World
  readonly members = new Set<string>()
  /** Sequences that each patient is entitled to, over all of their memberships. */
  readonly entitled = new Map<string, Set<bigint>>()
  /** Since when each present membership has been. */
  readonly current = new Map<string, Set<bigint>>()
  readonly said = new Map<bigint, string>()
  /** In the order in which they were given to the core, and not said by it yet. */
  readonly texts: string[] = []

  constructor(world: World) {
    this.world = world
    world.onCoreEvent = event => {
      if (event.kind === 'joined') this.#enter(event.patient)
      if (event.kind === 'left') this.members.delete(event.patient)
      if (event.kind === 'said') this.#note(event.sequence, this.texts.shift() ?? '')
    }
  }

  /** What the core made durable counts, whether it could say so or not: what was said, and what waits for the relay. */
  restartCore(): void {
    // One process has the journal: the one before it is gone, whatever is on its way there.
    this.world.host.core = null
    const host = this.world.startCore()
    for (const { name, state } of host.core?.members() ?? []) {
      const isMember = state === 'away' || state === 'connected'
      if (!isMember) this.members.delete(name)
      else if (!this.members.has(name)) this.#enter(name)
    }
    const waiting: string[] = []
    for (const record of this.world.journal.map(decodeRecord)) {
      if (record.t === 'waiting') waiting.push(record.text)
      if (record.t !== 'frame') continue
      if (record.waited) waiting.shift()
      const { sequence, opcode } = decodeHeader(record.frame)
      if (opcode === opcodes.message && !this.said.has(sequence))
        this.#note(sequence, this.texts.shift() ?? '')
    }
    this.texts.splice(0, this.texts.length, ...waiting)
    this.world.relay.attach(host)
  }

  /** A process that died is started again. */
  revive(): void {
    if (this.world.host.core === null) this.restartCore()
  }

  say(text: string, emergency: boolean): void {
    this.texts.push(text)
    this.world.input({ kind: 'say', text, emergency })
  }

  #enter(name: string): void {
    this.members.add(name)
    this.current.set(name, new Set())
  }

  #note(sequence: bigint, text: string): void {
    this.said.set(sequence, text)
    for (const name of this.members) {
      this.current.get(name)?.add(sequence)
      const all = this.entitled.get(name) ?? new Set()
      all.add(sequence)
      this.entitled.set(name, all)
    }
  }
}

let spy: KeySpy
let nonces: ReturnType<typeof watchNonces>
beforeEach(() => {
  spy = new KeySpy()
  spy.start()
  nonces = watchNonces()
})
afterEach(() => {
  spy.stop()
  nonces.stop()
})

const names = ['Anna', 'Bert', 'Cleo', 'Dora', 'Emil', 'Fina', 'Gert']

function act(model: Model, chance: Chance, step: number): void {
  const { world } = model
  const patient = (): PatientHost | undefined => world.patients.get(chance.of(names))
  const orders: readonly (() => void)[] = [
    () => model.say(`text ${step}`, false),
    () => model.say(`text ${step}`, false),
    () => model.say(`urgent ${step}`, true),
    () => patient()?.input({ kind: 'join' }),
    () => patient()?.input({ kind: 'join' }),
    () => patient()?.cut(),
    () => offline(patient()),
    () => online(world),
    () => patient()?.input({ kind: 'leave' }),
    () => restartPatient(patient()),
    () => world.input({ kind: 'block', patient: chance.of(names) }),
    () => world.input({ kind: 'block', patient: chance.of(names), untilLifted: true }),
    () => world.input({ kind: 'unblock', patient: chance.of(names) }),
    () => model.restartCore(),
    () => {
      world.host.outputsLeft = chance.below(16)
    },
    () => {
      world.host.outputsLeft = chance.below(4)
    },
    () => world.relay.restart(),
    () => world.relay.detach(),
    () => world.relay.attach(world.host),
    () => world.pass(chance.of([250, 1_000, 5_000, 30_000]), 250),
    () => world.input({ kind: 'direct', patient: chance.of(names), text: `for one ${step}` }),
    () => world.run(),
  ]
  chance.of(orders)()
}

function offline(patient: PatientHost | undefined): void {
  if (patient === undefined) return
  patient.isOffline = true
  patient.cut()
}

function online(world: World): void {
  for (const patient of world.patients.values()) patient.isOffline = false
}

/** What was shown and is not durable comes again: a view tells it by its number. */
function restartPatient(patient: PatientHost | undefined): void {
  if (patient === undefined) return
  const kept = patient.record === null ? 0n : (parsePatientRecord(patient.record).place?.sequence ?? 0n)
  patient.events = patient.events.filter(event => event.kind !== 'message' || event.sequence <= kept)
  patient.restart()
  // Whoever was leaving goes on with that, or wants to be in again.
  const { leaving } = patient.patient.status
  patient.input({ kind: leaving && patient.record !== null && kept % 2n === 0n ? 'leave' : 'join' })
}

/** Everything works again, and everybody who can be is back. */
function heal(world: World): void {
  online(world)
  if (world.relay.attachedTo !== world.host) world.relay.attach(world.host)
  world.run()
  for (const patient of world.patients.values())
    patient.input({ kind: patient.patient.status.leaving ? 'leave' : 'join' })
  world.pass(200_000, 1_000)
}

function runOf(number: number): { readonly world: World; readonly model: Model } {
  const chance = new Chance(number)
  const world = new World({ seed: number, policy: { loadChanges: 3, maxWorking: 6 * (number % 2) } }).attach()
  const model = new Model(world)
  for (const name of names) world.join(name)
  for (let step = 0; step < stepsOfRun; step++) {
    surviving(() => act(model, chance, step))
    if (chance.below(3) > 0) world.run()
    model.revive()
  }
  world.host.outputsLeft = Number.POSITIVE_INFINITY
  heal(world)
  return { world, model }
}

describe(`a conference in which anything happens, seed ${seed}`, () => {
  it(
    `gives everybody exactly what is theirs, in order, ${runs} times ${stepsOfRun} steps`,
    () => {
      for (let run = 0; run < runs; run++) {
        const { world, model } = runOf(seed + run)
        for (const name of names) checkPatient(world, model, name, seed + run)
        // Keys of one run are those of no other.
        spy.forget()
        nonces.forget()
      }
      expect(nonces.sealed).toBeGreaterThan(0)
    },
    6 * 3_600_000,
  )
})

function checkPatient(world: World, model: Model, name: string, run: number): void {
  const patient = world.patients.get(name)
  const label = `${name} in run ${run}`
  expect(patient?.patient.status.leaving, `${label} left, and the core was not told`).toBe(false)
  if (patient?.events.findLast(({ kind }) => kind === 'left' || kind === 'joined')?.kind === 'left')
    expect(model.members.has(name), `${label} left, and is a member`).toBe(false)
  const got = patient?.of('message').map(({ sequence }) => sequence) ?? []
  const entitled = model.entitled.get(name) ?? new Set()
  expect(
    got.filter(sequence => !entitled.has(sequence)),
    `${label} got what was not theirs`,
  ).toEqual([])
  expect(got, `${label} got them out of order or twice`).toEqual(
    [...new Set(got)].sort((a, b) => Number(a - b)),
  )
  if (model.members.has(name)) {
    const missing = [...(model.current.get(name) ?? [])].filter(sequence => !got.includes(sequence))
    expect(missing, `${label} misses what is theirs`).toEqual([])
  }
  for (const { sequence, text } of patient?.of('message') ?? [])
    expect(model.said.get(sequence), `${label}, frame ${sequence}`).toBe(text)
  const readable = spy.readable(name, world.relay.log, world.keys.id)
  const stolen = [...readable.keys()].filter(sequence => !entitled.has(sequence))
  expect(stolen, `${label} could open what was not theirs`).toEqual([])
}
