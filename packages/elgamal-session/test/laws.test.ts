import {
  blockMs,
  decodeDoctorFrame,
  decodePatientFrame,
  encodeFrame,
  FrameReader,
  frameOf,
  maxPatientFrameBytes,
} from '@chartseal/elgamal-session/interim'
import { compareCodePoints, groupKeyInput } from '@chartseal/elgamal-session/v1'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inject, isMember, type Line, Simulation } from './simulation.js'
import { person } from './support.js'

const people = ['Anna', 'Ben', 'Cléo', '🩺'].map((name, i) => person(name, i + 1))
const someone = fc.nat(people.length - 1)

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('join' as const), who: someone }) },
  fc.record({ kind: fc.constant('leave' as const), who: someone }),
  fc.record({ kind: fc.constant('lost' as const), who: someone }),
  fc.record({ kind: fc.constant('block' as const), who: someone }),
  fc.record({ kind: fc.constant('stranger' as const), who: someone }),
  fc.record({ kind: fc.constant('half-open' as const), who: someone, frames: fc.nat(2) }),
  fc.record({ kind: fc.constant('noise' as const), who: someone, body: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(70_000) }),
  fc.record({ kind: fc.constant('say' as const) }),
)
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never

/** What must hold by rule, kept apart from the machines. */
class Model {
  readonly room = new Simulation(people)
  readonly blockedUntilMs = new Map<string, number>()
  spoken = 0

  run(each: Action): void {
    const { room } = this
    switch (each.kind) {
      case 'join':
        this.join(each.who)
        break
      case 'leave':
        for (const line of this.openLines(each.who)) room.act(line, { kind: 'leave' })
        break
      case 'lost':
        for (const line of this.openLines(each.who)) line.open = false
        break
      case 'block':
        this.block(each.who)
        break
      case 'stranger':
        room.join({ ...person('Mallory', 99), id: who(each.who).id })
        break
      case 'half-open':
        this.halfOpen(each.who, each.frames)
        break
      case 'noise':
        for (const line of this.openLines(each.who)) inject(line, each.body)
        break
      case 'wait':
        room.nowMs += each.ms
        room.tell({ kind: 'tick' })
        break
      case 'say':
        this.say()
        break
    }
    room.deliver()
  }

  /** In, unless blocked; a second connection puts both out. */
  join(index: number): void {
    const { id } = who(index)
    const barred = this.room.nowMs < (this.blockedUntilMs.get(id) ?? 0)
    const already = this.proven(index)
    const line = this.room.join(who(index))
    expect(isMember(this.room, line)).toBe(!barred && !already)
    if (already) this.blockedUntilMs.set(id, this.room.nowMs + blockMs)
    expect(this.proven(index)).toBe(!barred && !already)
  }

  block(index: number): void {
    this.blockedUntilMs.set(who(index).id, this.room.nowMs + blockMs)
    this.room.tell({ kind: 'block', id: who(index).id })
  }

  /** A connection that stops after some frames, and is then lost. */
  halfOpen(index: number, frames: number): void {
    const already = this.proven(index)
    const barred = this.room.nowMs < (this.blockedUntilMs.get(who(index).id) ?? 0)
    const line = this.room.connect(who(index))
    for (let i = 0; i < frames; i++) {
      this.room.carryOne(line)
      this.room.carryBack(line)
    }
    expect(isMember(this.room, line)).toBe(false)
    if (frames === 2 && already && !barred) {
      this.blockedUntilMs.set(who(index).id, this.room.nowMs + blockMs)
    }
    line.toDoctor.splice(0)
    line.open = false
    this.room.deliver()
  }

  /** Exactly the members read it. */
  say(): void {
    const text = `message ${this.spoken++}`
    const inside = this.room.lines.filter(line => isMember(this.room, line))
    this.room.tell({ kind: 'broadcast', text })
    this.room.deliver()
    for (const line of this.room.lines) expect(line.messages.includes(text)).toBe(inside.includes(line))
  }

  /** Every member is at the doctor's epoch and holds one and the same group key, or has used it. */
  check(): void {
    const inside = this.room.lines.filter(line => isMember(this.room, line)).map(line => line.patient)
    const keys = inside.map(patient => {
      if (patient.phase !== 'member') throw new Error('the doctor has a member that is none')
      expect(patient.epoch).toBe(this.room.doctor.epoch)
      return patient.groupKey === null ? 'used' : Buffer.from(patient.groupKey.reveal()).toString('hex')
    })
    expect(new Set(keys).size).toBeLessThanOrEqual(1)
  }

  proven(index: number): boolean {
    return this.openLines(index).some(line => isMember(this.room, line))
  }

  openLines(index: number): readonly Line[] {
    return this.room.lines.filter(line => line.open && line.person === who(index))
  }
}

function who(index: number) {
  const found = people[index]
  if (found === undefined) throw new Error('nobody')
  return found
}

describe('any order of events', () => {
  it('keeps members in agreement, outsiders out, and blocks at two minutes', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 14 }), actions => {
        const model = new Model()
        for (const each of actions) {
          model.run(each)
          model.check()
        }
      }),
      propertyRuns(60, 20),
    )
  })
})

describe('frames', () => {
  it('gives frames out whole, however the stream is split', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 })
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sent, sizes) => {
        const stream = Buffer.concat(sent.map(frameOf))
        const reader = new FrameReader(maxPatientFrameBytes)
        const received: Uint8Array[] = []
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length] ?? 1
          received.push(...reader.push(stream.subarray(at, at + size)))
          at += size
        }
        expect(received).toEqual(sent)
      }),
      propertyRuns(200),
    )
  })

  it('reads one spelling of a frame: what decodes encodes to the same bytes, and nothing else decodes', () => {
    const room = new Simulation(people)
    const line = room.join(who(0))
    room.tell({ kind: 'broadcast', text: 'once' })
    for (const body of line.heard) {
      expect(encodeFrame(decodeDoctorFrame(body))).toEqual(frameOf(body))
      expect(() => decodePatientFrame(body.slice(0, -1))).toThrow()
    }
    expect(line.heard.length).toBe(5)
  })
})

describe('the order of ids', () => {
  it('orders ids by code point', () => {
    expect(['🩺', '￮', 'z', 'Z', 'ñ', 'Zz'].sort(compareCodePoints)).toEqual(['Z', 'Zz', 'z', 'ñ', '￮', '🩺'])
  })

  it('takes any number of patients', () => {
    const parts = Array.from({ length: 200_000 }, (_, i) => ({ idPatient: `${i}`, sessionKey: 7n }))
    expect(groupKeyInput(parts, 12n)).toBe(`${'7'.repeat(200_000)}12`)
  })
})
