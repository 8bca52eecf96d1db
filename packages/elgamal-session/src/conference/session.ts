/** The frames of one session, both directions, and the key that a member's leaf comes from. */
import { ChartsealError } from '@chartseal/core/errors'
import type { SecretBytes } from '@chartseal/core/keys'
import { FrameOpener, FrameSealer, type Opcode, type OpenedFrame } from '../frames.js'
import type { SessionSecrets } from '../noise.js'
import type { ConferenceSuite } from './keys.js'
import { type Meter, measured } from './meter.js'

export class Session {
  readonly handshakeHash: Uint8Array
  /** The psk of a resumption. */
  readonly resumption: SecretBytes
  /** The key of the direction from the doctor to the patient, which both know: the key of a leaf is derived from it. */
  readonly leafKey: SecretBytes
  readonly #sealer: FrameSealer
  readonly #opener: FrameOpener
  readonly #meter: Meter | undefined

  /** Takes the secrets over, and wipes them. */
  constructor(
    suite: ConferenceSuite,
    secrets: SessionSecrets,
    role: 'doctor' | 'patient',
    meter: Meter | undefined,
  ) {
    this.handshakeHash = secrets.handshakeHash
    this.resumption = secrets.resumptionSecret
    this.leafKey = role === 'doctor' ? secrets.send : secrets.receive
    this.#sealer = new FrameSealer(suite, secrets.send)
    this.#opener = new FrameOpener(suite, secrets.receive)
    this.#meter = meter
  }

  seal(opcode: Opcode, plaintext: Uint8Array): Uint8Array {
    return measured(this.#meter, 'seal', () => this.#sealer.seal(opcode, 0, plaintext))
  }

  /** `null` for what this session's other side did not send, or not now. */
  open(frame: Uint8Array): OpenedFrame | null {
    try {
      return measured(this.#meter, 'open', () => this.#opener.open(frame))
    } catch (error) {
      if (error instanceof ChartsealError) return null
      throw error
    }
  }

  wipe(): void {
    this.#sealer.wipe()
    this.#opener.wipe()
    this.resumption.wipe()
  }
}
