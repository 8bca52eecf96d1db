/**
 * The thread on the screen. The newest messages are opened and shown first, older ones behind them; each is opened once
 * while the device is unlocked, and again only when its row was written anew.
 */
import { type Signal, signal } from '@preact/signals'
import type { Unlocked } from '../pairs/pairs.js'
import type { KnownRows } from '../store/sealed-rows.js'
import { decodeMessageRow, type MessageRow, messagesOf } from '../thread/message-row.js'

export interface OpenThread {
  readonly pairId: string
  /** In the order in which they came here, up to the newest. */
  readonly messages: readonly MessageRow[]
  /** How many older ones are not shown. */
  readonly older: number
  /** Older ones are on their way: nothing new is said. */
  readonly isGrowing: boolean
}

/** What fills a screen, and somewhat more. */
export const shownFirst = 40
/** So many come by themselves; those before them when a person asks. */
export const shownUnasked = 1_000

export class ThreadReader {
  /** `null` when no thread is open. */
  readonly thread: Signal<OpenThread | null> = signal<OpenThread | null>(null)
  readonly #unlocked: Unlocked
  readonly #painted: () => Promise<void>
  readonly #known: KnownRows<MessageRow> = new Map()
  #opened = 0
  #last: Promise<void> = Promise.resolve()

  /** @param painted resolves when the browser has drawn what was changed */
  constructor(unlocked: Unlocked, painted: () => Promise<void>) {
    this.#unlocked = unlocked
    this.#painted = painted
  }

  /** Resolves when the newest messages are there; `false` when another one was opened meanwhile. */
  async open(pairId: string | null): Promise<boolean> {
    const mine = ++this.#opened
    const next = pairId === null ? null : await this.#read(pairId, shownFirst)
    if (mine !== this.#opened) return false
    this.thread.value = next
    return true
  }

  /** The older ones that come unasked: in one go, as each go draws the thread anew. */
  async fill(): Promise<void> {
    if (this.thread.value?.isGrowing !== true) return
    const mine = this.#opened
    await this.#painted()
    if (mine === this.#opened) await this.#show(() => shownUnasked)
  }

  /** A person asks for what comes before. */
  showOlder(): Promise<void> {
    return this.#show(shown => shown + shownUnasked)
  }

  /** What was written since, here or in another tab. */
  refresh(): Promise<void> {
    return this.#show(shown => Math.max(shown, shownFirst))
  }

  close(): void {
    this.#opened++
    this.#known.clear()
    this.thread.value = null
  }

  /** One after the other: none shows less than the one before it. */
  #show(least: (shown: number) => number): Promise<void> {
    const next = this.#last.then(async () => {
      const [now, mine] = [this.thread.value, this.#opened]
      if (now === null) return
      const read = await this.#read(now.pairId, least(now.messages.length))
      if (mine === this.#opened && !isSame(read, now)) this.thread.value = read
    })
    this.#last = next.catch(() => undefined)
    return next
  }

  async #read(pairId: string, least: number): Promise<OpenThread> {
    const { rows } = this.#unlocked
    const prefix = messagesOf(pairId)
    const keys = await rows.keys(prefix)
    const first = this.#firstShown(pairId)
    const known = first === '' ? keys.length : keys.findIndex(key => key >= first)
    const older = Math.max(0, Math.min(known, keys.length - least))
    const messages = await rows.readOnce(prefix, this.#known, decodeMessageRow, keys[older])
    return { pairId, messages, older, isGrowing: older > 0 && messages.length < shownUnasked }
  }

  /** What is shown stays so when something new comes. */
  #firstShown(pairId: string): string {
    const open = this.thread.value
    return open?.pairId === pairId ? (open.messages[0]?.key ?? '') : ''
  }
}

const isSame = (one: OpenThread, other: OpenThread): boolean =>
  one.older === other.older &&
  one.messages.length === other.messages.length &&
  one.messages.every((row, i) => row === other.messages[i])
