/** From a connection to a session: the hello, refusals that are good for one retry, and the doctor's answer. */
import { ChartsealError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import type { SeatKeys } from '../conference/keys.js'
import { type Meter, measured } from '../conference/meter.js'
import { parseWelcome, type Welcome } from '../conference/payloads.js'
import { Session } from '../conference/session.js'
import { payloadOf } from '../frames.js'
import type { Handshake } from '../noise.js'
import { decodeRefusal, type Refusal } from '../relay/refusal.js'
import { Greeter, type HelloOptions } from './greeting.js'
import type { KeptTicket } from './record.js'

/** Hellos on one connection: the first, one for the clock, one for the ticket, and two that are asked for work. */
const maxHellos = 5

export type RefusalAnswer =
  /** Another hello on the same connection. */
  | { readonly kind: 'again'; readonly frame: Uint8Array }
  | { readonly kind: 'later'; readonly reason: string; readonly retryMs: number }

export interface NewSession {
  readonly session: Session
  readonly welcome: Welcome
  readonly by: 'handshake' | 'ticket'
}

export class Dial {
  readonly #keys: SeatKeys
  readonly #greeter: Greeter
  readonly #meter: Meter | undefined
  #ticket: KeptTicket | null
  #handshake: Handshake | null = null
  #by: NewSession['by'] = 'handshake'
  #hellos = 0
  #triedClock = false

  constructor(keys: SeatKeys, random: Random, meter: Meter | undefined, ticket: KeptTicket | null) {
    this.#keys = keys
    this.#greeter = new Greeter(keys, random, meter)
    this.#meter = meter
    this.#ticket = ticket
  }

  get ticket(): KeptTicket | null {
    return this.#ticket
  }

  /** Takes the secret over, and wipes that of the one before. */
  useTicket(ticket: KeptTicket | null): void {
    this.#ticket?.psk.fill(0)
    this.#ticket = ticket
  }

  /** The first frame of a connection. */
  begin(sentAtMs: number): Uint8Array {
    this.#hellos = 0
    this.#triedClock = false
    return this.#hello({ sentAtMs, ticket: this.#ticket })
  }

  #hello(options: HelloOptions): Uint8Array {
    this.end()
    this.#hellos++
    const { frame, handshake } = this.#greeter.begin(options)
    this.#handshake = handshake
    this.#by = options.ticket === null ? 'handshake' : 'ticket'
    return frame
  }

  /** What nothing vouches for: good for another try, and never for more. */
  refused(frame: Uint8Array, sentAtMs: number): RefusalAnswer | null {
    const refusal = parsed(frame)
    if (refusal === null) return null
    const options = this.#hellos < maxHellos ? this.#nextHello(refusal, sentAtMs) : null
    if (options !== null) return { kind: 'again', frame: this.#hello(options) }
    return { kind: 'later', reason: refusal.reason, retryMs: refusal.retryMs }
  }

  #nextHello({ reason, nowMs, cookie, puzzleBits }: Refusal, sentAtMs: number): HelloOptions | null {
    if (reason === 'ticket' && this.#by === 'ticket') {
      this.useTicket(null)
      return { sentAtMs, ticket: null }
    }
    const ticket = this.#ticket
    if (reason === 'clock' && !this.#triedClock) {
      this.#triedClock = true
      return { sentAtMs: nowMs, ticket }
    }
    return cookie === undefined ? null : { sentAtMs, ticket, cookie, puzzleBits }
  }

  /** `null` for an answer that is not the doctor's; the handshake is over then. */
  answered(frame: Uint8Array): NewSession | null {
    const handshake = this.#handshake
    if (handshake === null) return null
    this.#handshake = null
    const by = this.#by
    try {
      const payload = measured(this.#meter, 'agree', () => handshake.read(payloadOf(frame)))
      const welcome = parseWelcome(payload)
      const session = new Session(this.#keys.suite, handshake.split(), 'patient', this.#meter)
      if (by === 'ticket') this.useTicket(null)
      return { session, welcome, by }
    } catch (error) {
      handshake.wipe()
      if (error instanceof ChartsealError) return null
      throw error
    }
  }

  /** Gives up a handshake that was begun. */
  end(): void {
    this.#handshake?.wipe()
    this.#handshake = null
  }

  wipe(): void {
    this.end()
    this.useTicket(null)
    this.#greeter.wipe()
  }
}

function parsed(frame: Uint8Array): Refusal | null {
  try {
    return decodeRefusal(frame)
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}
