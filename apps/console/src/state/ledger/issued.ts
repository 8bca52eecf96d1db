/** The screens of a doctor's prescriptions: how far each is, what became of it, and its end. */
import {
  errandOf,
  judgeAtCounter,
  prepareCancel,
  proofAbout,
  type Verdict,
} from '@chartseal/clinic/prescriptions'
import { type Signal, signal } from '@preact/signals'
import { deskOf } from '../../ledger/desk.js'
import { pairsWithDraft } from '../../ledger/drafts.js'
import { formOf, type RxForm } from '../../ledger/form.js'
import { type IssuedView, issuedIn, txidIn } from '../../ledger/issued.js'
import { msOf } from '../../ledger/seconds.js'
import { sentSlips, settleLedger } from '../../ledger/settle.js'
import { shredHere } from '../../ledger/shred.js'
import type { Session } from '../session.js'
import { createTask, type Task } from '../task.js'
import { createSigning, type Signing } from './reading.js'

export interface IssuedScreen {
  /** `null` before they were read. */
  readonly all: Signal<readonly IssuedView[] | null>
  /** Pairs with a form that was begun. */
  readonly drafts: Signal<readonly string[]>
  readonly task: Task
  load(): Promise<void>
}

/** Offline it needs a book that was begun; without one there is nothing to show. */
export function createIssuedScreen(session: Session): IssuedScreen {
  const screen: IssuedScreen = {
    all: signal<readonly IssuedView[] | null>(null),
    drafts: signal<readonly string[]>([]),
    task: createTask(session, 'device'),
    load: async () => {
      await screen.task.queue(async () => {
        screen.drafts.value = await pairsWithDraft(session.unlocked)
        const { shelf } = await deskOf(session)
        screen.all.value = issuedIn(await shelf.refresh(), await sentSlips(session))
      })
    },
  }
  return screen
}

/** What is proven of it, and when that was so. */
export interface Proven {
  readonly verdict: Exclude<Verdict, { readonly kind: 'offline' }>
  readonly asOfMs: number
}

export interface IssuedOne {
  readonly view: Signal<IssuedView | null>
  readonly isRead: Signal<boolean>
  readonly proven: Signal<Proven | null>
  readonly task: Task
  readonly ending: Signing
  load(): Promise<void>
  /** Sends what waits, and asks what became of it. */
  look(): Promise<void>
  /** To the text of its end. */
  cancel(): Promise<void>
  /** Destroys what it says, here; it cannot be brought back. */
  shred(): Promise<void>
  /** The form of one that replaces it; `null` when its content was destroyed. */
  form(): Promise<RxForm | null>
}

/** @param id of an address: one that somebody cut short is as any other that is not here */
export function createIssuedOne(session: Session, id: string): IssuedOne {
  const txid = (): Uint8Array => txidIn(id)
  const task = createTask(session)
  const ending = createSigning(session)
  const view = signal<IssuedView | null>(null)
  const isRead = signal(false)
  const proven = signal<Proven | null>(null)
  const read = async (): Promise<void> => {
    const { shelf } = await deskOf(session)
    const all = issuedIn(await shelf.refresh(), await sentSlips(session))
    view.value = all.find(one => one.id === id) ?? null
    isRead.value = true
  }
  const ask = async (): Promise<void> => {
    const desk = await deskOf(session)
    const { record } = errandOf(desk.shelf.book(), txid())
    const checked = await proofAbout(desk, txid())
    const nowSeconds = BigInt(Math.floor(session.unlocked.clock.nowMs() / 1_000))
    const verdict = judgeAtCounter({ record }, checked, { nowSeconds, depth: desk.depth })
    if (verdict.kind !== 'offline') proven.value = { verdict, asOfMs: msOf(verdict.asOf) }
  }
  return {
    view,
    isRead,
    proven,
    task,
    ending,
    load: async () => {
      await task.queue(read)
    },
    look: async () => {
      await task.queue(async () => {
        await settleLedger(session)
        await read()
        if (view.value !== null) await ask()
      })
      session.poke()
    },
    cancel: async () => {
      await ending.read(async () => ({
        record: await prepareCancel(await deskOf(session), txid()),
        isDouble: false,
      }))
    },
    shred: async () => {
      await task.run(async () => {
        await shredHere(session, txid())
        await read()
        // Its name stands in the list of people, and perhaps in a thread that is open.
        await session.refresh()
      })
      session.recordChanges.value++
    },
    async form() {
      const { shelf } = await deskOf(session)
      const { content } = errandOf(shelf.book(), txid())
      return content === null ? null : formOf(content.body)
    },
  }
}
