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

/** Hellos on one connection: the first, two for the clocks of relay and core, one for the ticket, two for cookie and work. */
const maxHellos = 6
const maxClocks = 2
/** Hellos with work, on one connection. */
const maxPuzzles = 2

export type RefusalAnswer =
  /** Another hello on the same connection. */
  | { readonly kind: 'again'; readonly frame: Uint8Array }
  | { readonly kind: 'later'; readonly reason: string; readonly retryMs: number }

export interface NewSession {
  readonly session: Session
  readonly welcome: Welcome
  readonly by: 'handshake' | 'ticket'
  /** When the hello was sent, by this device's clock: the welcome is no older. */
  readonly sentMs: number
}

export class Dial {
  readonly #keys: SeatKeys
  readonly #greeter: Greeter
  readonly #meter: Meter | undefined
  #ticket: KeptTicket | null
  #handshake: Handshake | null = null
  #by: NewSession['by'] = 'handshake'
  #sentMs = 0
  /** Of this connection: hellos, refusals for the clock, puzzles. */
  #hellos = 0
  #clocks = 0
  #puzzles = 0
  /** What refusals said, for this connection alone: a clock's difference from this device's, and what hellos must carry. */
  #aheadMs = 0
  #asked: Pick<HelloOptions, 'cookie' | 'puzzleBits'> = {}

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

  /**
   * The first frame of a connection.
   * @param nowMs by this device's clock
   * @param aheadMs the core's clock ahead of it, as far as a session has said
   */
  begin(nowMs: number, aheadMs: number): Uint8Array {
    this.#hellos = 0
    this.#clocks = 0
    this.#puzzles = 0
    this.#aheadMs = aheadMs
    this.#asked = {}
    return this.#hello(nowMs)
  }

  #hello(nowMs: number): Uint8Array {
    this.end()
    this.#hellos++
    this.#sentMs = nowMs
    const sentAtMs = Math.min(Math.max(0, nowMs + this.#aheadMs), Number.MAX_SAFE_INTEGER)
    const ticket = this.#ticket
    const { frame, handshake } = this.#greeter.begin({ sentAtMs, ticket, ...this.#asked })
    this.#handshake = handshake
    this.#by = ticket === null ? 'handshake' : 'ticket'
    return frame
  }

  /** What nothing vouches for: good for another try, and never for more. */
  refused(frame: Uint8Array, nowMs: number): RefusalAnswer | null {
    const refusal = refusalIn(frame)
    if (refusal === null) return null
    const isAgain = this.#hellos < maxHellos && this.#learns(refusal, nowMs) && this.#isWorthIt()
    if (isAgain) return { kind: 'again', frame: this.#hello(nowMs) }
    return { kind: 'later', reason: refusal.reason, retryMs: refusal.retryMs }
  }

  /** Whether the refusal says what another hello would do better. */
  #learns({ reason, nowMs: theirMs, cookie, puzzleBits }: Refusal, nowMs: number): boolean {
    if (reason === 'ticket') {
      if (this.#by !== 'ticket') return false
      this.useTicket(null)
      return true
    }
    if (reason === 'clock') {
      this.#aheadMs = theirMs - nowMs
      return this.#clocks++ < maxClocks
    }
    if (cookie === undefined) return false
    this.#asked = { cookie, puzzleBits }
    return true
  }

  /** Each hello has work of its own, where there is any. */
  #isWorthIt(): boolean {
    return this.#asked.puzzleBits === undefined || this.#puzzles++ < maxPuzzles
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
      return { session, welcome, by, sentMs: this.#sentMs }
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

/** `null` for bytes that are none. */
export function refusalIn(frame: Uint8Array): Refusal | null {
  try {
    return decodeRefusal(frame)
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}
