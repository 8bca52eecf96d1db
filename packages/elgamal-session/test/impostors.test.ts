import { frameOf } from '@chartseal/elgamal-session/interim'
import { describe, expect, it } from 'vitest'
import { isMember, Simulation } from './simulation.js'
import { person, toyPrimitives } from './support.js'

const anna = person('Anna', 1)
const ben = person('Ben', 2)

const refusals = (room: Simulation): readonly string[] =>
  room.effects.flatMap(effect => (effect.kind === 'refused' ? [effect.reason] : []))

describe('someone who plays the doctor', () => {
  const mallory = person('Mallory', 66)

  it('refuses an impostor without the pinned key, whatever key they show', () => {
    const host = new Simulation([anna]).host
    for (const key of [mallory.key, { ...mallory.key, publicKey: host.key.publicKey }]) {
      const room = new Simulation([anna])
      room.doctor = { ...room.doctor, key }
      const line = room.connect(anna)
      room.deliver()
      expect(line.patient).toMatchObject({ phase: 'ended', reason: 'stranger' })
    }
  })

  it('refuses a late answer, and one that did not read the secret', () => {
    const late = new Simulation([anna])
    const line = late.connect(anna)
    late.carryOne(line)
    late.carryBack(line)
    late.carryOne(line)
    late.nowMs += 6000
    late.carryBack(line)
    expect(line.patient).toMatchObject({ phase: 'ended', reason: 'stale' })
    const blind = new Simulation([anna], undefined, 1, { ...toyPrimitives, decrypt: () => 1n })
    expect(blind.join(anna).patient).toMatchObject({ phase: 'ended', reason: 'bad-secret' })
  })
})

describe('limits', () => {
  const limits = { maxConnections: 3, maxHalfOpen: 2, handshakeTimeoutMs: 10_000 }

  it('limits half-open connections and all connections', () => {
    const room = new Simulation([anna, ben], limits)
    const lines = [room.connect(anna), room.connect(ben), room.connect(anna)]
    expect(refusals(room)).toEqual(['full'])
    expect(lines.map(line => line.open)).toEqual([true, true, false])
  })

  it('limits the time of a handshake on both sides, and of members not at all', () => {
    const room = new Simulation([anna, ben], limits)
    const [a, b] = [room.join(anna), room.connect(ben)]
    room.nowMs += 9999
    for (const line of [a, b]) expect(room.act(line, { kind: 'tick' })).toEqual([])
    expect(room.tell({ kind: 'tick' })).toEqual([])
    room.nowMs += 1
    room.tell({ kind: 'tick' })
    for (const line of [a, b]) room.act(line, { kind: 'tick' })
    expect(refusals(room)).toEqual(['timeout'])
    expect(b.patient).toMatchObject({ phase: 'ended', reason: 'timeout' })
    expect(isMember(room, a)).toBe(true)
  })

  it('ends only the connection that rubbish came on', () => {
    const room = new Simulation([anna, ben])
    const [a, b] = [room.join(anna), room.join(ben)]
    b.toDoctor.push(frameOf(Uint8Array.of(0xff)))
    room.deliver()
    expect([isMember(room, a), isMember(room, b)]).toEqual([true, false])
    expect(refusals(room)).toEqual(['encoding/invalid'])
    room.act(a, { kind: 'received', body: Uint8Array.of(0xff) })
    expect(a.patient).toMatchObject({ phase: 'ended', reason: 'encoding/invalid' })
    expect(room.act(a, { kind: 'leave' })).toEqual([])
  })
})
