import { decodePatientFrame, encodeFrame } from '@chartseal/elgamal-session/interim'
import { describe, expect, it } from 'vitest'
import { inject, isMember, type Line, Simulation } from './simulation.js'
import { person, seededRandom, toyPrimitives } from './support.js'

const anna = person('Anna', 1)
const ben = person('Ben', 2)

const refusals = (room: Simulation): readonly string[] =>
  room.effects.flatMap(effect => (effect.kind === 'refused' ? [effect.reason] : []))

const ignored = (line: Line): readonly string[] =>
  line.effects.flatMap(effect => (effect.kind === 'ignored' ? [effect.reason] : []))

/** Frames of the last broadcast on a line: opcodes 30 and 40. */
const lastTwo = (line: Line): readonly Uint8Array[] => line.heard.slice(-2)

describe('what the doctor sent once', () => {
  it('does not open again: a repeated broadcast, key, epoch, or another recipient', () => {
    const room = new Simulation([anna, ben])
    const [a, b] = [room.join(anna), room.join(ben)]
    room.tell({ kind: 'broadcast', text: 'one' })
    room.deliver()
    const [key, message] = lastTwo(a)
    const other = lastTwo(b)
    for (const body of [message, key, ...other]) if (body) room.act(a, { kind: 'received', body })
    expect(a.messages).toEqual(['one'])
    expect(ignored(a)).toEqual(['old-epoch', 'old-epoch', 'old-epoch', 'old-epoch'])
  })

  it('does not open for another member of the same epoch, nor when one bit is changed', () => {
    const room = new Simulation([anna, ben])
    const [a, b] = [room.join(anna), room.join(ben)]
    room.tell({ kind: 'broadcast', text: 'two' })
    const [[keyOfA, forA], [, forB]] = [lastTwo(a), lastTwo(b)]
    a.toPatient.splice(-2)
    room.deliver()
    const changed = Uint8Array.from(forA ?? [])
    changed.set([(changed.at(-10) ?? 0) ^ 1], changed.length - 10)
    for (const body of [forA, keyOfA, forB, changed, forA]) if (body) room.act(a, { kind: 'received', body })
    expect(ignored(a)).toEqual(['old-epoch', 'open/failed', 'open/failed'])
    expect(a.messages).toEqual(['two'])
  })

  it('does not open in a later session of the same patient', () => {
    const room = new Simulation([anna])
    const first = room.join(anna)
    for (let i = 0; i < 3; i++) room.tell({ kind: 'broadcast', text: 'old' })
    const recorded = lastTwo(first)
    room.deliver()
    room.act(first, { kind: 'leave' })
    room.deliver()
    const second = room.join(anna)
    for (const body of recorded) room.act(second, { kind: 'received', body })
    expect(second.messages).toEqual([])
  })
})

describe('a recorded handshake', () => {
  it('does not open a second connection: its signature names a key that is gone', () => {
    const room = new Simulation([anna])
    const line = room.connect(anna)
    const hello = line.toDoctor[0]
    room.carryOne(line)
    room.carryBack(line)
    const request = line.toDoctor[0]
    room.deliver()
    const thief = room.connect({ ...person('Mallory', 9), id: anna.id })
    thief.toDoctor.splice(0)
    for (const frame of [hello, request]) if (frame) thief.toDoctor.push(frame)
    while (thief.toDoctor.length > 0) room.carryOne(thief)
    expect(refusals(room)).toEqual(['stranger'])
    expect([isMember(room, line), isMember(room, thief)]).toEqual([true, false])
    expect(room.doctor.blockedUntilMs.size).toBe(0)
  })

  it('remembers a handshake, should the doctor’s random source ever repeat itself', () => {
    const primitives = { ...toyPrimitives, keyPair: () => toyPrimitives.keyPair(seededRandom(5)) }
    const room = new Simulation([anna], undefined, 1, primitives)
    const line = room.connect(anna)
    room.carryOne(line)
    room.carryBack(line)
    const [request] = line.toDoctor
    room.deliver()
    room.act(line, { kind: 'leave' })
    room.deliver()
    const thief = room.connect(anna)
    room.carryOne(thief)
    if (request) thief.toDoctor.push(request)
    room.carryOne(thief)
    expect(refusals(room)).toEqual(['replayed'])
  })

  it('refuses a handshake after five seconds, and from a clock that is ahead by more', () => {
    for (const [ms, inside] of [
      [5000, true],
      [6000, false],
      [-5000, true],
      [-6000, false],
    ] as const) {
      const room = new Simulation([anna])
      const line = room.connect(anna)
      room.carryOne(line)
      room.carryBack(line)
      room.nowMs += ms
      room.carryOne(line)
      expect(refusals(room)).toEqual(inside ? [] : ['stale'])
    }
  })
})

describe('on the way', () => {
  it('ignores the doctor’s frames when they are sent back to the doctor', () => {
    const room = new Simulation([anna])
    const [a, mirror] = [room.join(anna), room.connect(anna)]
    mirror.toDoctor.splice(0)
    for (const body of a.heard) inject(mirror, body)
    room.deliver()
    expect(isMember(room, a)).toBe(true)
    expect(refusals(room)).toEqual(['session/bad-frame'])
  })

  it('refuses another id in opcode 10 than in opcode 5 as a stranger’s', () => {
    const room = new Simulation([anna, ben])
    const a = room.join(anna)
    const line = room.connect({ ...ben, id: anna.id })
    line.toDoctor.splice(0)
    line.toDoctor.push(encodeFrame({ kind: 'hello', id: ben.id, key: 4n }))
    room.deliver()
    expect(isMember(room, line)).toBe(false)
    expect(isMember(room, a)).toBe(true)
    expect(refusals(room)).toEqual(['stranger'])
  })

  it('refuses an id that was exchanged in opcode 10 alone as a stranger’s, too', () => {
    const room = new Simulation([anna, ben])
    const line = room.connect(ben)
    room.carryOne(line)
    room.carryBack(line)
    const request = decodePatientFrame(line.toDoctor[0]?.slice(4) ?? new Uint8Array())
    if (request.kind !== 'request') throw new Error('not opcode 10')
    line.toDoctor.splice(0, 1, encodeFrame({ ...request, id: anna.id }))
    room.deliver()
    expect(refusals(room)).toEqual(['stranger'])
  })

  it('blocks both when a duplicate comes before the first is a member', () => {
    const room = new Simulation([anna])
    const [first, second] = [room.connect(anna), room.connect(anna)]
    room.carryOne(first)
    room.carryBack(first)
    room.carryOne(first)
    room.carryOne(second)
    room.carryBack(second)
    room.carryOne(second)
    room.deliver()
    expect(refusals(room)).toEqual(['duplicate'])
    for (const line of [first, second]) expect(line.patient).toMatchObject({ reason: 'blocked' })
  })

  it('refuses a wrong verifier, and a late one', () => {
    for (const wrong of ['bad-verifier', 'stale'] as const) {
      const room = new Simulation([anna])
      const line = room.connect(anna)
      for (let i = 0; i < 2; i++) {
        room.carryOne(line)
        room.carryBack(line)
      }
      const ts = Math.floor(room.nowMs / 1000) - (wrong === 'stale' ? 6 : 0)
      line.toDoctor.splice(0, 1, encodeFrame({ kind: 'verifier', skv: new Uint8Array(32), ts }))
      room.carryOne(line)
      expect([refusals(room), isMember(room, line)]).toEqual([[wrong], false])
      expect(line.heard.every(body => body[3] !== 30)).toBe(true)
    }
  })

  it('refuses a secret that does not have 256 bits', () => {
    const primitives = { ...toyPrimitives, decrypt: () => 2n ** 256n }
    const room = new Simulation([anna], undefined, 1, primitives)
    expect(isMember(room, room.join(anna))).toBe(false)
    expect(refusals(room)).toEqual(['bad-secret'])
  })

  it('ends the connection at a frame out of turn, on both sides', () => {
    const room = new Simulation([anna, ben])
    const a = room.join(anna)
    a.toDoctor.push(encodeFrame({ kind: 'exit', id: ben.id }))
    const b = room.connect(ben)
    b.toDoctor.splice(0, 1, encodeFrame({ kind: 'exit', id: ben.id }))
    room.deliver()
    expect(refusals(room)).toEqual(['unexpected', 'unexpected'])
    for (const frame of [
      { kind: 'group-key', epoch: 1, nonce: new Uint8Array(12), ciphertext: new Uint8Array(16) },
      { kind: 'broadcast', epoch: 1, nonce: new Uint8Array(12), ciphertext: new Uint8Array(16) },
    ] as const) {
      const line = room.connect(ben)
      room.act(line, { kind: 'received', body: encodeFrame(frame).slice(4) })
      expect(line.patient).toMatchObject({ phase: 'ended', reason: 'unexpected' })
    }
  })
})
