/** Patients with a key who break the rules of a frame. */
import { encodeCbor } from '@chartseal/core/encoding'
import { type Opcode, opcodes } from '@chartseal/elgamal-session/frames'
import { describe, expect, it } from 'vitest'
import { encodeNothing } from '../dist/conference/payloads.js'
import { World } from './conference-world.js'
import { RawPatient } from './raw-patient.js'

describe('a patient with a key', () => {
  const cases: readonly [string, Opcode, Uint8Array][] = [
    ['a frame that is the core\u2019s alone', opcodes.ticket, encodeNothing()],
    ['CBOR that is none', opcodes.received, Uint8Array.of(0xff)],
    ['an unknown field', opcodes.received, encodeCbor({ seq: 1, more: 1 })],
    ['two meanings at once', opcodes.received, encodeCbor({ seq: 1, direct: 1 })],
    ['a text above the limit', opcodes.message, encodeCbor({ id: 1, text: 'x'.repeat(65_537) })],
    ['an exit that says more', opcodes.exit, encodeCbor({ why: 'bored' })],
  ]
  it.each(cases)('is blocked for %s', (_, opcode, plaintext) => {
    const world = new World().attach()
    const anna = world.seat('Anna')
    world.host.input({ kind: 'enrol', patients: [...world.book.values()] })
    const raw = new RawPatient(world)
    raw.join(anna.keys)
    expect(world.state('Anna')).toBe('connected')
    raw.say(opcode, plaintext)
    expect(world.host.of('blocked')).toMatchObject([{ patient: 'Anna', reason: 'misbehaved' }])
    expect(world.state('Anna')).toBe('blocked')
  })

  it('is blocked for a proof that is none', () => {
    const world = new World().attach()
    const anna = world.seat('Anna')
    world.host.input({ kind: 'enrol', patients: [...world.book.values()] })
    const wrong = encodeCbor({ h: new Uint8Array(32), seq: 0, heard: 0 })
    for (const [opcode, plaintext] of [
      [opcodes.verification, wrong],
      [opcodes.received, wrong],
    ] as const) {
      world.input({ kind: 'unblock', patient: 'Anna' })
      new RawPatient(world).join(anna.keys, opcode, plaintext)
      expect(world.state('Anna')).toBe('blocked')
    }
    expect(world.host.of('joined')).toEqual([])
  })

  it('that claims to have what was never said is believed no further than what was', () => {
    const world = new World().attach()
    const anna = world.seat('Anna')
    world.host.input({ kind: 'enrol', patients: [...world.book.values()] })
    const raw = new RawPatient(world)
    raw.join(anna.keys)
    world.say('one')
    raw.say(opcodes.received, encodeCbor({ seq: 2n ** 63n }))
    raw.say(opcodes.received, encodeCbor({ direct: 2n ** 63n }))
    expect(world.host.core?.member('Anna')).toMatchObject({ acknowledged: 1n, state: 'connected' })
  })

  it('uses a ticket once, also when two come with it at one time', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    const twin = world.twin(anna)
    twin.record = anna.record
    twin.restart()
    anna.cut()
    anna.connectAtMs = world.clock.nowMs()
    twin.input({ kind: 'join' })
    world.run()
    world.pass(3_000)
    const tickets = [...anna.of('joined'), ...twin.of('joined')].filter(({ by }) => by === 'ticket')
    expect(tickets).toHaveLength(1)
  })
})
