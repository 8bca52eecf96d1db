/** One side of a thread as an application has it: a device, and the names that both sides give. */
import {
  acceptAttachment,
  acknowledge,
  attachmentKey,
  type Change,
  type Device,
  type NextKey,
  openOnce,
  sealNext,
  type ThreadOptions,
  takeNextKey,
  type World,
} from '@chartseal/clinic'
import { ChartsealError } from '@chartseal/core/errors'
import type { PairingSelf, Ring } from '@chartseal/kdf-keyring'
import {
  type AttachmentOpening,
  type Body,
  formatMessage,
  type OpenedAttachment,
  openAttachment,
  type Padding,
  parseMessage,
} from '@chartseal/wire'

export class Correspondent {
  readonly #names: ThreadOptions['names']
  readonly #world: World
  #device: Device

  constructor(self: PairingSelf, ring: Ring, names: ThreadOptions['names'], world: World) {
    const nobody = { pairing: null, peerName: '', isColleague: false }
    this.#device = { self, ring, ...nobody, windows: new Map(), opening: [] }
    this.#names = names
    this.#world = world
  }

  /** As it is after the last message. */
  get ring(): Ring {
    if (this.#device.ring === null) throw new Error('internal: a correspondent without a ring')
    return this.#device.ring
  }

  /** The same device in a thread of other names. */
  named(names: Partial<ThreadOptions['names']>): Correspondent {
    const { self } = this.#device
    return new Correspondent(self, this.ring, { ...this.#names, ...names }, this.#world)
  }

  seal(body: Omit<Body, 'sentAtMs'>, padding: Padding = {}): string {
    const options = { names: this.#names, body, padding }
    return formatMessage(this.#keep(sealNext(this.#device, options, this.#world)))
  }

  /** `null` when it was opened before: what it says is not shown again. */
  receive(text: string): Body | null {
    try {
      const opened = this.#keep(this.open(parseMessage(text)))
      this.#keep(acknowledge(this.#device, opened))
      return opened.body
    } catch (error) {
      if (error instanceof ChartsealError && error.code === 'thread/replayed') return null
      throw error
    }
  }

  /** What opening gives, not kept. */
  open(message: Uint8Array): ReturnType<typeof openOnce> {
    return openOnce(this.#device, message, { names: this.#names }, this.#world)
  }

  /** The caller wipes the key. */
  takeKey(sizeBytes: number): NextKey {
    return this.#keep(takeNextKey(this.#device, sizeBytes, { names: this.#names }, this.#world))
  }

  /** Opens an attachment as a stream; `accept` what it opened when the stream has ended. */
  opening(): AttachmentOpening {
    return openAttachment(header => attachmentKey(this.#device, header, { names: this.#names }, this.#world))
  }

  accept(opened: OpenedAttachment): boolean {
    return this.#keep(acceptAttachment(this.#device, opened, { names: this.#names }, this.#world)) === 'no'
  }

  #keep<Result>({ result, device }: Change<Result>): Result {
    if (device !== null) this.#device = device
    return result
  }
}
