import { systemRandom } from '@chartseal/core/system'
import {
  blockMs,
  emptyPerformance,
  FrameReader,
  fingerprintOf,
  generateSigningKeyPair,
  interimPrimitives,
  maxDoctorFrameBytes,
  measured,
  newPatient,
  openConference,
  parseParticipantId,
  performanceRows,
  recordCall,
  stepDoctor,
  stepPatient,
} from '@chartseal/elgamal-session/interim'
import { describe, expect, it } from 'vitest'
import { isMember, Simulation } from './simulation.js'
import { environmentAt, person } from './support.js'

const anna = person('Anna', 1)
const ben = person('Ben', 2)
const cleo = person('Cléo', 3)

function conference(): Simulation {
  return new Simulation([anna, ben, cleo])
}

const reasons = (simulation: Simulation): readonly string[] =>
  simulation.effects.flatMap(effect => (effect.kind === 'refused' ? [effect.reason] : []))

describe('a conference', () => {
  it('lets patients join, who each read each broadcast once', () => {
    const room = conference()
    const [a, b] = [room.join(anna), room.join(ben)]
    room.tell({ kind: 'broadcast', text: 'Blocked artery in patient 7: call me' })
    room.tell({ kind: 'broadcast', text: 'x'.repeat(5000) })
    room.deliver()
    expect(a.messages).toEqual(['Blocked artery in patient 7: call me', 'x'.repeat(5000)])
    expect(b.messages).toEqual(a.messages)
  })

  it('makes a new group key on join, broadcast, leave and block', () => {
    const room = conference()
    const epochs = [room.doctor.epoch]
    const a = room.join(anna)
    epochs.push(room.doctor.epoch)
    room.join(ben)
    epochs.push(room.doctor.epoch)
    room.tell({ kind: 'broadcast', text: 'hello' })
    room.deliver()
    epochs.push(room.doctor.epoch)
    room.act(a, { kind: 'leave' })
    room.deliver()
    epochs.push(room.doctor.epoch)
    room.tell({ kind: 'block', id: ben.id })
    epochs.push(room.doctor.epoch)
    expect(epochs).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('hides later broadcasts from patients who left or were blocked', () => {
    const room = conference()
    const [a, b, c] = [room.join(anna), room.join(ben), room.join(cleo)]
    room.act(a, { kind: 'leave' })
    room.tell({ kind: 'block', id: ben.id })
    room.deliver()
    const heard = [a.heard.length, b.heard.length]
    room.tell({ kind: 'broadcast', text: 'only Cléo' })
    room.deliver()
    expect([a.messages, b.messages, c.messages]).toEqual([[], [], ['only Cléo']])
    expect([a.heard.length, b.heard.length]).toEqual(heard)
  })

  it('keeps a blocked id out for exactly two minutes', () => {
    const room = conference()
    room.join(anna)
    room.tell({ kind: 'block', id: anna.id })
    room.deliver()
    room.nowMs += blockMs - 1
    expect(isMember(room, room.join(anna))).toBe(false)
    expect(reasons(room)).toEqual(['blocked'])
    room.nowMs += 1
    expect(isMember(room, room.join(anna))).toBe(true)
  })

  it('blocks both when a second connection proves the same key', () => {
    const room = conference()
    const [first, b] = [room.join(anna), room.join(ben)]
    const second = room.join(anna)
    expect(first.patient).toMatchObject({ phase: 'ended', reason: 'blocked' })
    expect(second.patient).toMatchObject({ phase: 'ended', reason: 'blocked' })
    expect(isMember(room, b)).toBe(true)
    expect(isMember(room, room.join(anna))).toBe(false)
    room.nowMs += blockMs
    expect(isMember(room, room.join(anna))).toBe(true)
  })

  it('refuses a stranger who uses an id with opcode 70, and blocks no one', () => {
    const room = conference()
    const a = room.join(anna)
    const mallory = room.join({ ...person('Mallory', 66), id: anna.id })
    expect(mallory.patient).toMatchObject({ phase: 'ended', reason: 'refused' })
    expect(isMember(room, a)).toBe(true)
    expect(room.doctor.blockedUntilMs.size).toBe(0)
    room.tell({ kind: 'broadcast', text: 'still here' })
    room.deliver()
    expect(a.messages).toEqual(['still here'])
  })

  it('tells all members when it ends, and then does nothing more', () => {
    const room = conference()
    const [a] = [room.join(anna), room.connect(ben)]
    room.tell({ kind: 'end' })
    room.deliver()
    expect(a.patient).toMatchObject({ phase: 'ended', reason: 'disconnected' })
    expect(room.tell({ kind: 'broadcast', text: 'nobody' })).toEqual([])
    expect(room.tell({ kind: 'opened', connection: 0 })).toEqual([{ kind: 'close', connection: 0 }])
  })

  it('keeps a patient from talking to a doctor with another key', () => {
    const room = conference()
    const line = room.connect(anna, person('Doctor', 77))
    room.deliver()
    expect(line.patient).toMatchObject({ phase: 'ended' })
    expect(isMember(room, line)).toBe(false)
  })
})

describe('the performance table', () => {
  it('counts each primitive with the average of its times', () => {
    const table = [4, 8].reduce((sum, ms) => recordCall(sum, 'sign', ms), emptyPerformance)
    const rows = performanceRows(table)
    expect(rows.map(row => row.primitive)).toEqual([
      'keyPair',
      'sign',
      'verify',
      'hash',
      'encrypt',
      'decrypt',
    ])
    expect(rows[1]).toEqual({ primitive: 'sign', calls: 2, averageMs: 6 })
    expect(rows[2]).toEqual({ primitive: 'verify', calls: 0, averageMs: 0 })
  })

  it('fills the table over ffdhe3072 by a whole join: once each, and more hashes', () => {
    let tick = 0
    const clock = { nowMs: () => tick++ }
    const tables = { doctor: emptyPerformance, patient: emptyPerformance }
    const at = (who: 'doctor' | 'patient') =>
      environmentAt(
        1_700_000_000_000,
        systemRandom,
        measured(interimPrimitives, clock, (name, ms) => {
          tables[who] = recordCall(tables[who], name, ms)
        }),
      )
    const [doctorKey, key] = [0, 1].map(() => generateSigningKeyPair('ffdhe3072', systemRandom))
    if (doctorKey === undefined || key === undefined) throw new Error('two keys are needed')
    const [idDoctor, id] = [parseParticipantId('GWN_Doctor_1'), parseParticipantId('Patient_1')]
    const pin = (pair: typeof key) => fingerprintOf(pair.publicKey, interimPrimitives.hash)
    let doctor = openConference(
      { id: idDoctor, key: doctorKey, enrolled: new Map([[id, pin(key)]]) },
      at('doctor'),
    )
    doctor = stepDoctor(doctor, { kind: 'opened', connection: 1 }, at('doctor')).state
    const settings = { id, key, idDoctor, fingerprintDoctor: pin(doctorKey), handshakeTimeoutMs: 10_000 }
    let patient = stepPatient(newPatient(settings), { kind: 'start' }, at('patient'))
    for (let round = 0; round < 3; round++) {
      const reader = new FrameReader(maxDoctorFrameBytes)
      const up = patient.effects.flatMap(effect => (effect.kind === 'send' ? reader.push(effect.bytes) : []))
      const down = up.flatMap(body => {
        const step = stepDoctor(doctor, { kind: 'received', connection: 1, body }, at('doctor'))
        doctor = step.state
        return step.effects.flatMap(effect => (effect.kind === 'send' ? reader.push(effect.bytes) : []))
      })
      for (const body of down) patient = stepPatient(patient.state, { kind: 'received', body }, at('patient'))
    }
    expect(patient.effects).toContainEqual({ kind: 'joined' })
    for (const table of Object.values(tables)) {
      const calls = Object.fromEntries(performanceRows(table).map(row => [row.primitive, row.calls]))
      expect(calls).toMatchObject({ keyPair: 1, sign: 1, verify: 1, encrypt: 1, decrypt: 1 })
      expect(calls['hash']).toBeGreaterThan(3)
    }
  })
})
