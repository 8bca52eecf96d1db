/** The screens of records and links: what is here, how far it is, and what a person does with it. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { recordsApi } from '../records/api.js'
import { type Changing, forget, giveTo, reKey, setServed, shred, takeBack } from '../records/change.js'
import type { OwnLink } from '../records/link-row.js'
import { ownLinks } from '../records/links.js'
import { ownRecords } from '../records/own-records.js'
import type { OwnRecord } from '../records/own-row.js'
import { isSettled } from '../records/own-row.js'
import { type OpenedRecord, openReceived, receivedRecords } from '../records/received.js'
import type { ReceivedRecord } from '../records/received-row.js'
import { tryAgain } from '../records/settle.js'
import type { Chosen } from '../records/share.js'
import { newestShown } from './newest.js'
import type { Session } from './session.js'
import { settlingOf } from './settling.js'
import { createTask, type Task } from './task.js'

/** `sending`: not all of it left yet. `refused`: the clinic, or this device, said no. */
export type RecordState = 'sending' | 'refused' | 'shared' | 'stopped' | 'shredded'

/** An own record as screens show it: no key is in it. */
export interface RecordView extends Omit<OwnRecord, 'contentKey' | 'grants' | 'before'> {
  readonly state: RecordState
  /** The newest step has not reached the clinic, which does as the one before said. */
  readonly isPending: boolean
}

export interface RecordsScreen {
  /** `null` before they were read. */
  readonly own: Signal<readonly RecordView[] | null>
  readonly received: Signal<readonly ReceivedRecord[]>
  readonly links: Signal<readonly OwnLink[]>
  readonly error: Signal<unknown>
  load(): Promise<void>
}

export function createRecordsScreen({ unlocked }: Session): RecordsScreen {
  const newest = newestShown()
  const screen: RecordsScreen = {
    own: signal<readonly RecordView[] | null>(null),
    received: signal<readonly ReceivedRecord[]>([]),
    links: signal<readonly OwnLink[]>([]),
    error: signal<unknown>(null),
    async load() {
      try {
        await newest(
          async () => ({
            received: await receivedRecords(unlocked),
            links: await ownLinks(unlocked),
            own: (await ownRecords(unlocked)).map(viewOf),
          }),
          ({ received, links, own }) => {
            screen.received.value = received
            screen.links.value = links
            screen.own.value = own
            screen.error.value = null
          },
        )
      } catch (reason) {
        screen.error.value = reason
      }
    },
  }
  return screen
}

function viewOf({ contentKey, grants: _, before, ...row }: OwnRecord): RecordView {
  const isShredded = contentKey.length === 0
  contentKey.fill(0)
  before.fill(0)
  const isPending = row.storedSeq > 0 && row.storedSeq < row.seq
  const state = isSettled(row)
    ? isShredded
      ? 'shredded'
      : row.serves
        ? 'shared'
        : 'stopped'
    : row.why === ''
      ? 'sending'
      : 'refused'
  return { ...row, state, isPending }
}

/** What a person does with an own record. What failed stays on the screen. */
export interface OwnRecordScreen {
  readonly task: Task
  /** Who was left out of the last step: they have another device or key by now. */
  readonly left: Signal<readonly string[]>
  /** Each step: whether the clinic has done it. What has not reached it stays with the record. */
  /** A person decided so before anything of it was sent: it is here no more. */
  readonly isForgotten: Signal<boolean>
  stop(): Promise<boolean>
  serve(): Promise<boolean>
  takeBack(kid: string): Promise<boolean>
  /** Somebody as the screen shows them. */
  giveTo(chosen: Chosen): Promise<boolean>
  reKey(): Promise<boolean>
  shred(): Promise<boolean>
  tryAgain(): Promise<boolean>
  /** As long as nothing of it was sent. */
  forget(): Promise<void>
}

export function createOwnRecordScreen(session: Session, id: string): OwnRecordScreen {
  const task = createTask(session)
  const left = signal<readonly string[]>([])
  const changing: Changing = {
    ...settlingOf(session),
    signer: session.signer,
    left: names => {
      left.value = names
    },
  }
  const isForgotten = signal(false)
  const act = async (work: () => Promise<unknown>): Promise<boolean> => {
    left.value = []
    let settled: unknown
    const isRun = await task.run(async () => {
      settled = await work()
    })
    session.recordChanges.value++
    session.poke()
    return isRun && (settled === undefined || settled === 'done')
  }
  return {
    task,
    left,
    isForgotten,
    stop: () => act(() => setServed(changing, id, false)),
    serve: () => act(() => setServed(changing, id, true)),
    takeBack: kid => act(() => takeBack(changing, id, kid)),
    giveTo: chosen => act(() => giveTo(changing, id, chosen)),
    reKey: () => act(() => reKey(changing, id)),
    shred: () => act(() => shred(changing, id)),
    tryAgain: () => act(() => tryAgain(changing, id)),
    async forget() {
      await act(async () => {
        isForgotten.value = await forget(changing, id)
      })
    },
  }
}

export interface ReceivedScreen {
  readonly opened: Signal<OpenedRecord | null>
  /** How many blocks came. */
  readonly blocks: Signal<number>
  readonly isOpening: ReadonlySignal<boolean>
  readonly task: Task
  open(purpose: string): Promise<void>
  /** Nothing of it stays in memory. */
  leave(): void
}

export function createReceivedScreen(session: Session, ref: string): ReceivedScreen {
  const { unlocked, requests } = session
  const task = createTask(session)
  const opened = signal<OpenedRecord | null>(null)
  const blocks = signal(0)
  let isLeft = false
  const said = (count: number): void => {
    blocks.value = count
  }
  return {
    opened,
    blocks,
    isOpening: computed(() => task.isBusy.value),
    task,
    async open(purpose) {
      await task.run(async () => {
        const record = await openReceived({ unlocked, api: recordsApi(requests), said }, ref, purpose)
        if (isLeft) record.content.fill(0)
        else opened.value = record
      })
      session.recordChanges.value++
    },
    leave() {
      isLeft = true
      opened.value?.content.fill(0)
      opened.value = null
    },
  }
}
