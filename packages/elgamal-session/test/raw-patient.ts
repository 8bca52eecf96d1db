/** Somebody with the keys of a patient who keeps to no rule. */

import type { SeatKeys } from '@chartseal/elgamal-session'
import { encodeHeader, FrameSealer, type Opcode, opcodes } from '@chartseal/elgamal-session/frames'
import { createHandshake, StaticKey } from '@chartseal/elgamal-session/noise'
import { encodeHello, prologueOf } from '../dist/conference/hello.js'
import { encodeVerification } from '../dist/conference/payloads.js'
import type { World } from './conference-world.js'

const nothing = new Uint8Array(0)

/** A full hello and what reads its answer. */
export function rawHello(world: World, keys: SeatKeys, sentAtMs = world.clock.nowMs()) {
  const { suite, id, doctorStatic, psk } = keys
  const header = encodeHeader({ opcode: opcodes.hello, flags: 0, suite, epoch: 0, sequence: 0n })
  const handshake = createHandshake({
    pattern: 'IKpsk2',
    role: 'initiator',
    suite,
    prologue: prologueOf(header, id, sentAtMs),
    random: world.random,
    staticKey: new StaticKey(suite, keys.staticKey.privateKey),
    theirStatic: doctorStatic,
    psk,
  })
  const message = handshake.write(nothing)
  const fields = { conferenceId: id, sentAtMs, cookie: nothing, puzzleAnswer: nothing, ticket: null, message }
  return { frame: encodeHello(header, fields), handshake }
}

/** A connection whose frames are written by hand. It takes the place of a patient at the relay. */
export class RawPatient {
  readonly world: World
  readonly connection: number
  readonly got: Uint8Array[] = []
  sealer: FrameSealer | null = null

  constructor(world: World) {
    this.world = world
    const patient = world.seat(`raw ${world.patients.size}`)
    world.patients.delete(patient.name)
    world.book.delete(patient.name)
    patient.received = (_, bytes) => void this.got.push(bytes)
    patient.lost = () => {}
    this.connection = world.relay.connect(patient)
  }

  send(frame: Uint8Array): void {
    this.world.relay.fromPatient(this.connection, frame)
    this.world.run()
  }

  /** As far as opcode 10, with its content or with something else. */
  join(keys: SeatKeys, opcode: Opcode = opcodes.verification, plaintext?: Uint8Array): void {
    const { frame, handshake } = rawHello(this.world, keys)
    this.send(frame)
    const answer = this.got.find(one => one[1] === opcodes.hello)
    if (answer === undefined) throw new Error('there was no answer')
    handshake.read(answer.subarray(16))
    const secrets = handshake.split()
    this.sealer = new FrameSealer(keys.suite, secrets.send)
    const proof = { handshakeHash: secrets.handshakeHash, sequence: 0n, heard: 0n, isGoodbye: false }
    this.say(opcode, plaintext ?? encodeVerification(proof))
  }

  say(opcode: Opcode, plaintext: Uint8Array, bits = 0): void {
    const frame = this.sealer?.seal(opcode, 0, plaintext, bits)
    if (frame !== undefined) this.send(frame)
  }
}
