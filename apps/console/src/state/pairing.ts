/** The pairing screen: its stages, and what moves it from one to the next. */
import { clinicError, type ToCompare } from '@chartseal/clinic'
import { type Signal, signal } from '@preact/signals'
import { consoleError } from '../errors.js'
import { readPairingCode } from '../pairs/code.js'
import { isPaired } from '../pairs/pair-row.js'
import {
  acceptShown,
  awaitAnswer,
  awaitCard,
  beginShowing,
  confirmMatch,
  type Ending,
  type PairingSession,
  type Side,
  tellEnding,
} from '../pairs/pairing.js'
import { createPair, lookAtPairs, removePair } from '../pairs/pairs.js'
import { ownCard } from './own-card.js'
import type { Session } from './session.js'

export type Stage =
  | { readonly kind: 'choose' }
  | { readonly kind: 'showing'; readonly code: string; readonly notAfterMs: number }
  | { readonly kind: 'reading' }
  | { readonly kind: 'waiting' }
  | ({ readonly kind: 'comparing'; readonly side: Side } & ToCompare)
  | { readonly kind: 'finishing'; readonly side: Side; readonly peer: string }
  | { readonly kind: 'done'; readonly peer: string; readonly pairId: string }

/** What a person can do on this screen, and what they see. One pairing at a time goes on in all tabs of a device. */
export class PairingScreen {
  readonly stage: Signal<Stage> = signal<Stage>({ kind: 'choose' })
  readonly error: Signal<unknown> = signal<unknown>(null)
  /** The clinic does not answer: what goes on here waits for it. */
  readonly isOffline: Signal<boolean> = signal(false)
  readonly #session: Session
  #stopping = new AbortController()
  #begun: PairingSession | null = null
  #release: () => void = () => undefined
  #theirs: Promise<Uint8Array> | null = null
  #attempts = 0

  constructor(session: Session) {
    this.#session = session
    this.isOffline.value = session.isOnline.value === false
  }

  show(): Promise<void> {
    return this.#attempt(async () => {
      const pairing = await this.#begin()
      const { code, notAfterMs } = await beginShowing(pairing)
      this.stage.value = { kind: 'showing', code, notAfterMs }
      this.#compare(pairing, 'show', await awaitAnswer(pairing))
    })
  }

  read(): void {
    this.error.value = null
    this.stage.value = { kind: 'reading' }
  }

  /** A code that was scanned or pasted; what is none begins nothing, and another one can be read at once. */
  take(text: string): Promise<void> {
    this.error.value = null
    try {
      readPairingCode(text)
    } catch (reason) {
      this.error.value = reason
      return Promise.resolve()
    }
    return this.#attempt(async () => {
      const pairing = await this.#begin()
      this.stage.value = { kind: 'waiting' }
      this.#compare(pairing, 'accept', await acceptShown(pairing, text))
    })
  }

  match(): Promise<void> {
    const compared = this.stage.value
    const [pairing, theirs] = [this.#begun, this.#theirs]
    if (compared.kind !== 'comparing' || pairing === null || theirs === null) return Promise.resolve()
    return this.#attempt(async () => {
      this.stage.value = { kind: 'finishing', side: compared.side, peer: compared.peer }
      const peer = await confirmMatch(pairing, compared.side, compared.digits, theirs)
      this.stage.value = { kind: 'done', peer, pairId: pairing.pairId }
      this.#over()
      await this.#session.refresh()
    })
  }

  /** Somebody may stand between the two: the other side is told, too. */
  differ(): Promise<void> {
    return this.#end('differ', clinicError('pairing/digits-differ', {}))
  }

  /** A person has had enough. Who had confirmed already is told what that means. */
  stop(): Promise<void> {
    const isHalf = this.stage.value.kind === 'finishing'
    return this.#end('left', isHalf ? consoleError('console/pairing-half', {}) : null)
  }

  /** What was begun is void, unless this person has said already that the digits match: that goes on. */
  async leave(): Promise<void> {
    const { signal, pairing, refresh } = this.#session
    if (signal.aborted) return
    const { kind } = this.stage.value
    if (kind === 'finishing') return
    pairing.value = null
    if (kind !== 'done') await this.#end('left', null)
    await refresh().catch(reason => {
      // What a lock cut short has failed in nothing.
      if (!signal.aborted) throw reason
    })
  }

  async #begin(): Promise<PairingSession> {
    const { unlocked, api, wait, hold } = this.#session
    const release = await hold('chartseal/pairing')
    if (release === null) throw consoleError('console/pairing-elsewhere', {})
    this.#release = release
    this.#stopping = new AbortController()
    const signal = AbortSignal.any([this.#stopping.signal, this.#session.signal])
    signal.addEventListener('abort', release, { once: true })
    const pairId = await unfinishedPair(this.#session)
    const own = await ownCard(this.#session)
    const begunMs = unlocked.clock.nowMs()
    const heard = (isOnline: boolean): void => {
      this.isOffline.value = !isOnline
    }
    this.#begun = { unlocked, api, pairId, own, begunMs, signal, wait, heard }
    return this.#begun
  }

  /** What the other side says meanwhile, such as that the digits differ, ends it here at once. */
  #compare(pairing: PairingSession, side: Side, shown: ToCompare): void {
    this.stage.value = { kind: 'comparing', side, ...shown }
    const attempt = this.#attempts
    this.#theirs = awaitCard(pairing, side)
    this.#theirs.catch(reason => this.#fail(attempt, reason))
  }

  /** What fails ends the pairing, unless the person went on or left meanwhile. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    const attempt = ++this.#attempts
    this.error.value = null
    try {
      await work()
    } catch (reason) {
      await this.#fail(attempt, reason)
    }
  }

  async #fail(attempt: number, reason: unknown): Promise<void> {
    const { signal } = this.#session
    if (attempt !== this.#attempts || signal.aborted || this.stage.value.kind === 'done') return
    this.error.value = reason
    this.stage.value = { kind: 'choose' }
    await this.#forget()
  }

  async #end(ending: Ending, reason: unknown): Promise<void> {
    this.#attempts++
    const { value: stage } = this.stage
    this.stage.value = { kind: 'choose' }
    this.error.value = reason
    const pairing = this.#begun
    const { side, revealed } = sideOf(stage)
    const telling = pairing === null || side === null ? null : tellEnding(pairing, side, ending, revealed)
    await Promise.all([this.#forget(), telling?.catch(() => undefined)])
  }

  /** Keys without the other side's address lead nowhere. */
  async #forget(): Promise<void> {
    const pairing = this.#begun
    this.#over()
    if (pairing === null || this.#session.signal.aborted) return
    await removePair(this.#session.unlocked, pairing.pairId).catch(reason => {
      this.error.value ??= reason
    })
  }

  #over(): void {
    this.#begun = this.#theirs = null
    this.#stopping.abort()
    this.#release()
  }
}

/** Which side this is, and whether the other one has its reveal; `null` before there is another one. */
function sideOf(stage: Stage): { readonly side: Side | null; readonly revealed: boolean } {
  if (stage.kind === 'showing') return { side: 'show', revealed: false }
  if (stage.kind === 'waiting') return { side: 'accept', revealed: true }
  return { side: 'side' in stage ? stage.side : null, revealed: true }
}

/** Whoever is no doctor is written to as a patient is. */
const kindOf = ({ role }: Session['device']) => (role === 'doctor' ? 'doctor' : 'patient')

/** One that was begun and led nowhere is taken up again: no heap of empty pairs. */
async function unfinishedPair({ unlocked, device }: Session): Promise<string> {
  const found = await lookAtPairs(unlocked, pair => ({
    id: pair.id,
    isBlank: pair.device.ring === null,
    isDead: pair.device.ring !== null && !isPaired(pair),
  }))
  for (const { id, isDead } of found) if (isDead) await removePair(unlocked, id)
  return found.find(({ isBlank }) => isBlank)?.id ?? createPair(unlocked, kindOf(device), device.name)
}
