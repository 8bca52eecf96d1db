/** A patient's own messages: kept until the doctor's core has them. */
import { partyError } from '../conference/errors.js'
import { requireText } from '../conference/text.js'
import type { OwnMessage } from './record.js'

const maxWaiting = 256

export class PatientOutbox {
  #messages: readonly OwnMessage[]
  #nextId: bigint

  constructor(messages: readonly OwnMessage[], nextId: bigint) {
    this.#messages = messages
    this.#nextId = nextId
  }

  get messages(): readonly OwnMessage[] {
    return this.#messages
  }

  get nextId(): bigint {
    return this.#nextId
  }

  /** @throws ChartsealError `conference/text-too-long`, `conference/too-many-waiting`, `encoding/invalid` */
  add(text: string, wasSent: boolean): OwnMessage {
    requireText(text)
    if (this.#messages.length >= maxWaiting) {
      throw partyError('conference/too-many-waiting', { limit: maxWaiting })
    }
    const message = { id: this.#nextId++, text, wasSent }
    this.#messages = [...this.#messages, message]
    return message
  }

  /** From now on the core may have any of them. */
  markSent(): void {
    this.#messages = this.#messages.map(message => ({ ...message, wasSent: true }))
  }

  /** The core has everything up to here: what it has now and did not have before. */
  received(id: bigint): readonly bigint[] {
    const done = this.#messages.filter(message => message.id <= id && message.wasSent)
    this.#messages = this.#messages.filter(message => !done.includes(message))
    return done.map(message => message.id)
  }

  /**
   * The core knows of messages up to here, of this device or of what was there before it: none of these numbers is used
   * again. Those that were never sent and have one of them cannot be told apart any more: they are given up.
   */
  skipTo(heard: bigint): readonly bigint[] {
    if (this.#nextId <= heard) this.#nextId = heard + 1n
    const lost = this.#messages.filter(message => message.id <= heard && !message.wasSent)
    this.#messages = this.#messages.filter(message => !lost.includes(message))
    return lost.map(message => message.id)
  }

  /** They leave: nothing is sent any more. */
  clear(): readonly bigint[] {
    const ids = this.#messages.map(({ id }) => id)
    this.#messages = []
    return ids
  }
}
