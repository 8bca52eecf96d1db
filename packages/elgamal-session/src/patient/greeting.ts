/** Hellos: full and by ticket, and what a refusal asks for. */
import { concat } from '@chartseal/core/bytes'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { encodeHello, prologueOf } from '../conference/hello.js'
import type { SeatKeys } from '../conference/keys.js'
import { type Meter, measured } from '../conference/meter.js'
import { encodeHeader, flags, opcodes } from '../frames.js'
import { createHandshake, type Handshake, StaticKey } from '../noise.js'
import { readHello } from '../relay/hello.js'
import { puzzleOf, solvePuzzle } from '../relay/puzzle.js'
import type { KeptTicket } from './record.js'

const nothing = new Uint8Array(0)

export interface HelloOptions {
  /** By the core's clock, as far as it is known. */
  readonly sentAtMs: number
  readonly ticket: KeptTicket | null
  /** What a refusal asked for. */
  readonly cookie?: Uint8Array | undefined
  readonly puzzleBits?: number | undefined
}

export class Greeter {
  readonly #keys: SeatKeys
  readonly #staticKey: StaticKey
  readonly #random: Random
  readonly #meter: Meter | undefined
  #psk: SecretBytes | null = null

  constructor(keys: SeatKeys, random: Random, meter: Meter | undefined) {
    this.#keys = keys
    this.#staticKey = new StaticKey(keys.suite, keys.staticKey.privateKey)
    this.#random = random
    this.#meter = meter
  }

  /** A fresh handshake and the frame that begins it. */
  begin({ sentAtMs, ticket, cookie = nothing, puzzleBits }: HelloOptions): {
    readonly frame: Uint8Array
    readonly handshake: Handshake
  } {
    const { id: conferenceId, suite } = this.#keys
    const resume = ticket === null ? 0 : flags.resume
    const header = encodeHeader({ opcode: opcodes.hello, flags: resume, suite, epoch: 0, sequence: 0n })
    const prologue = prologueOf(header, conferenceId, sentAtMs)
    const handshake = ticket === null ? this.#full(prologue) : this.#resumption(prologue, ticket)
    const message = measured(this.#meter, 'agree', () => handshake.write(nothing))
    this.#psk?.wipe()
    const frame = encodeHello(header, {
      conferenceId,
      sentAtMs,
      cookie,
      puzzleAnswer: nothing,
      ticket: ticket?.ticket ?? null,
      message,
    })
    return { frame: puzzleBits === undefined ? frame : answered(frame, puzzleBits), handshake }
  }

  #full(prologue: Uint8Array): Handshake {
    const { suite, doctorStatic, psk } = this.#keys
    const [staticKey, random] = [this.#staticKey, this.#random]
    const theirs = { theirStatic: doctorStatic, psk }
    return createHandshake({
      pattern: 'IKpsk2',
      role: 'initiator',
      suite,
      staticKey,
      prologue,
      random,
      ...theirs,
    })
  }

  #resumption(prologue: Uint8Array, ticket: KeptTicket): Handshake {
    const random = this.#random
    const psk = new SecretBytes(ticket.psk)
    // NNpsk0 needs it for its first message alone.
    this.#psk = psk
    const { suite } = this.#keys
    return createHandshake({ pattern: 'NNpsk0', role: 'initiator', suite, prologue, random, psk })
  }

  wipe(): void {
    this.#staticKey.wipe()
  }
}

/** The same hello with the work that was asked for. */
function answered(frame: Uint8Array, bits: number): Uint8Array {
  const { answerAt, answerEnd } = readHello(frame)
  const [before, behind] = [frame.subarray(0, answerAt), frame.subarray(answerEnd)]
  const answer = solvePuzzle(puzzleOf(before, behind), bits)
  return concat(before, Uint8Array.of(answer.length), answer, behind)
}
