/** The pairing screen: its stages, and what moves it from one to the next. */
import { clinicError } from '@chartseal/clinic'
import { type Signal, signal } from '@preact/signals'
import { createPair, lookAtPairs, removePair } from '../pairs/pairs.js'
import {
  acceptShown,
  awaitAnswer,
  beginShowing,
  confirmMatch,
  giveUp,
  type PairingSession,
  type Side,
} from '../pairs/pairing.js'
import type { Session } from './session.js'

export type Stage =
  | { readonly kind: 'choose' }
  | { readonly kind: 'showing'; readonly code: string; readonly notAfterMs: number }
  | { readonly kind: 'reading' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'comparing'; readonly side: Side; readonly digits: string; readonly peer: string }
  | { readonly kind: 'finishing'; readonly peer: string }
  | { readonly kind: 'done'; readonly peer: string; readonly pairId: string }

export interface PairingScreen {
  readonly stage: Signal<Stage>
  readonly error: Signal<unknown>
  show(): Promise<void>
  read(): void
  /** A code that was scanned or pasted. */
  take(text: string): Promise<void>
  match(): Promise<void>
  differ(): Promise<void>
  /** Leaves; what was begun is void. */
  leave(): Promise<void>
}

export function createPairingScreen(session: Session): PairingScreen {
  const stage = signal<Stage>({ kind: 'choose' })
  const error = signal<unknown>(null)
  let stopping = new AbortController()
  let begun: PairingSession | null = null

  const begin = async (): Promise<PairingSession> => {
    stopping.abort()
    stopping = new AbortController()
    const { unlocked, api, device, wait } = session
    const pairId = await unfinishedPair(session)
    const own = { kid: device.kid, box: device.mailbox }
    begun = { unlocked, api, pairId, own, signal: stopping.signal, wait }
    return begun
  }
  /** What fails ends the pairing, unless the person left meanwhile. */
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    error.value = null
    try {
      await work()
    } catch (reason) {
      if (stopping.signal.aborted) return
      error.value = reason
      stage.value = { kind: 'choose' }
      // Keys without the other side's address lead nowhere.
      if (begun !== null) await removePair(session.unlocked, begun.pairId)
    }
  }
  return {
    stage,
    error,
    show: () =>
      attempt(async () => {
        const pairing = await begin()
        const { code, notAfterMs } = await beginShowing(pairing)
        stage.value = { kind: 'showing', code, notAfterMs }
        const shown = await awaitAnswer(pairing)
        stage.value = { kind: 'comparing', side: 'show', ...shown }
      }),
    read() {
      error.value = null
      stage.value = { kind: 'reading' }
    },
    take: text =>
      attempt(async () => {
        const pairing = await begin()
        stage.value = { kind: 'waiting' }
        stage.value = { kind: 'comparing', side: 'accept', ...(await acceptShown(pairing, text)) }
      }),
    match: () =>
      attempt(async () => {
        const compared = stage.value
        if (compared.kind !== 'comparing' || begun === null) return
        stage.value = { kind: 'finishing', peer: compared.peer }
        const peer = await confirmMatch(begun, compared.side, compared.digits)
        await session.refresh()
        stage.value = { kind: 'done', peer, pairId: begun.pairId }
      }),
    async differ() {
      if (begun !== null) await giveUp(begun).catch(() => undefined)
      stage.value = { kind: 'choose' }
      error.value = clinicError('pairing/digits-differ', {})
    },
    async leave() {
      stopping.abort()
      const unfinished = begun !== null && stage.value.kind !== 'done' && stage.value.kind !== 'finishing'
      if (unfinished && begun !== null) {
        await giveUp(begun).catch(() => undefined)
        await removePair(session.unlocked, begun.pairId)
      }
      await session.refresh()
    },
  }
}

/** One that was begun and led nowhere is taken up again: no heap of empty pairs. */
async function unfinishedPair({ unlocked, device }: Session): Promise<string> {
  const found = await lookAtPairs(unlocked, pair => (pair.device.ring === null ? [pair.id] : []))
  return found.flat()[0] ?? createPair(unlocked, device.role, device.name)
}
