/** The pairing screen: its stages, and what moves it from one to the next. */
import { clinicError } from '@chartseal/clinic'
import { type Signal, signal } from '@preact/signals'
import { isPaired } from '../pairs/pair-row.js'
import {
  acceptShown,
  awaitAnswer,
  beginShowing,
  confirmMatch,
  giveUp,
  type PairingSession,
  type Side,
} from '../pairs/pairing.js'
import { createPair, lookAtPairs, removePair } from '../pairs/pairs.js'
import type { Session } from './session.js'

export type Stage =
  | { readonly kind: 'choose' }
  | { readonly kind: 'showing'; readonly code: string; readonly notAfterMs: number }
  | { readonly kind: 'reading' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'comparing'; readonly side: Side; readonly digits: string; readonly peer: string }
  | { readonly kind: 'finishing'; readonly peer: string }
  | { readonly kind: 'done'; readonly peer: string; readonly pairId: string }

/** What a person can do on this screen, and what they see. */
export class PairingScreen {
  readonly stage: Signal<Stage> = signal<Stage>({ kind: 'choose' })
  readonly error: Signal<unknown> = signal<unknown>(null)
  readonly #session: Session
  #stopping = new AbortController()
  #begun: PairingSession | null = null
  #attempts = 0

  constructor(session: Session) {
    this.#session = session
  }

  show(): Promise<void> {
    return this.#attempt(async () => {
      const pairing = await this.#begin()
      const { code, notAfterMs } = await beginShowing(pairing)
      this.stage.value = { kind: 'showing', code, notAfterMs }
      const shown = await awaitAnswer(pairing)
      this.stage.value = { kind: 'comparing', side: 'show', ...shown }
    })
  }

  read(): void {
    this.error.value = null
    this.stage.value = { kind: 'reading' }
  }

  /** A code that was scanned or pasted. */
  take(text: string): Promise<void> {
    return this.#attempt(async () => {
      const pairing = await this.#begin()
      this.stage.value = { kind: 'waiting' }
      this.stage.value = { kind: 'comparing', side: 'accept', ...(await acceptShown(pairing, text)) }
    })
  }

  match(): Promise<void> {
    return this.#attempt(async () => {
      const compared = this.stage.value
      if (compared.kind !== 'comparing' || this.#begun === null) return
      this.stage.value = { kind: 'finishing', peer: compared.peer }
      const peer = await confirmMatch(this.#begun, compared.side, compared.digits)
      await this.#session.refresh()
      this.stage.value = { kind: 'done', peer, pairId: this.#begun.pairId }
    })
  }

  async differ(): Promise<void> {
    if (this.#begun !== null) await giveUp(this.#begun).catch(() => undefined)
    this.stage.value = { kind: 'choose' }
    this.error.value = clinicError('pairing/digits-differ', {})
  }

  /** What was begun is void, unless this person has said already that the digits match. */
  async leave(): Promise<void> {
    if (this.#session.signal.aborted) return
    const { kind } = this.stage.value
    if (this.#begun !== null && kind !== 'done' && kind !== 'finishing') {
      this.#stopping.abort()
      await removePair(this.#session.unlocked, this.#begun.pairId)
    }
    await this.#session.refresh()
  }

  async #begin(): Promise<PairingSession> {
    this.#stopping.abort()
    this.#stopping = new AbortController()
    const { unlocked, api, device, wait } = this.#session
    const pairId = await unfinishedPair(this.#session)
    const own = { kid: device.kid, box: device.mailbox }
    const signal = AbortSignal.any([this.#stopping.signal, this.#session.signal])
    this.#begun = { unlocked, api, pairId, own, signal, wait }
    return this.#begun
  }

  /** What fails ends the pairing, unless the person left meanwhile. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    const attempt = ++this.#attempts
    this.error.value = null
    try {
      await work()
    } catch (reason) {
      if (attempt !== this.#attempts || this.#begun?.signal.aborted === true) return
      this.error.value = reason
      this.stage.value = { kind: 'choose' }
      // Keys without the other side's address lead nowhere.
      if (this.#begun !== null) await removePair(this.#session.unlocked, this.#begun.pairId)
    }
  }
}

/** One that was begun and led nowhere is taken up again: no heap of empty pairs. */
async function unfinishedPair({ unlocked, device }: Session): Promise<string> {
  const found = await lookAtPairs(unlocked, pair => ({
    id: pair.id,
    isBlank: pair.device.ring === null,
    isDead: pair.device.ring !== null && !isPaired(pair),
  }))
  for (const { id, isDead } of found) if (isDead) await removePair(unlocked, id)
  return found.find(({ isBlank }) => isBlank)?.id ?? createPair(unlocked, device.role, device.name)
}
