/** What an application keeps at both ends of a thread: a ring that counts, keys by name, and a replay window. */
import { encodeHex } from '@chartseal/core/encoding'
import type { AeadKey } from '@chartseal/core/keys'
import type { Clock, Random } from '@chartseal/core/ports'
import { type Ring, readingKey, takeSealingKey, wipeRing } from '@chartseal/kdf-keyring'
import {
  advanceWindow,
  type Binding,
  type Body,
  emptyWindow,
  formatMessage,
  type Header,
  judgeCounter,
  type MessageKey,
  openMessage,
  type Padding,
  parseMessage,
  type ReplayWindow,
  sealMessage,
} from '@chartseal/wire'

export class Outbox {
  readonly #world: { readonly clock: Clock; readonly random: Random }
  readonly #binding: Binding
  #ring: Ring

  /** Takes the ring over. */
  constructor(ring: Ring, binding: Binding, world: { readonly clock: Clock; readonly random: Random }) {
    this.#ring = ring
    this.#binding = binding
    this.#world = world
  }

  /** As it is after the last message. */
  get ring(): Ring {
    return this.#ring
  }

  seal(body: Body, padding: Padding = {}): string {
    const sealing = this.takeKey(body.content.length)
    try {
      return formatMessage(sealMessage(sealing, this.#binding, body, this.#world.random, padding))
    } finally {
      sealing.key.wipe()
    }
  }

  /** The ring moves on before the message leaves; the caller wipes the key. */
  takeKey(sizeBytes: number): MessageKey {
    const { ring, sealing } = takeSealingKey(this.#ring, sizeBytes, this.#world.clock.nowMs())
    wipeRing(this.#ring)
    this.#ring = ring
    return sealing
  }
}

export type Freshness = ReturnType<typeof judgeCounter>

export class Inbox {
  readonly #ring: Ring
  readonly #binding: Binding
  readonly #keys = new Map<string, AeadKey>()
  readonly #windows = new Map<string, ReplayWindow>()

  constructor(ring: Ring, binding: Binding) {
    this.#ring = ring
    this.#binding = binding
  }

  /** `null` when the message is not fresh: what it says is not shown again. */
  receive(text: string): Body | null {
    const { body, ...header } = this.open(parseMessage(text))
    return this.accept(header) === 'fresh' ? body : null
  }

  /** Opens without asking whether it is fresh. */
  open(message: Uint8Array): ReturnType<typeof openMessage> {
    // The key id lies behind version, suite and flags; `open` reads it with care.
    return openMessage(this.keyOf(message.subarray(3, 11)), message, this.#binding)
  }

  /** Finding a key takes a derivation for each device that there may be, so it is kept. */
  keyOf(kid: Uint8Array): AeadKey {
    const name = encodeHex(kid)
    const key = this.#keys.get(name) ?? readingKey(this.#ring, kid).key
    this.#keys.set(name, key)
    return key
  }

  /** Asks the window of the key, and moves it. Only for what was authenticated. */
  accept({ kid, counter }: Header): Freshness {
    const window = this.#windows.get(encodeHex(kid)) ?? emptyWindow
    const freshness = judgeCounter(window, counter)
    if (freshness === 'fresh') this.#windows.set(encodeHex(kid), advanceWindow(window, counter))
    return freshness
  }
}
