/** The kit screen: a fresh kit is in memory alone, and gone when the person leaves. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import {
  type Collected,
  checkSheet,
  collectSheet,
  type FreshKit,
  makeFreshKit,
  restoreKit,
  threshold,
} from '../kit/kit.js'
import type { Session } from './session.js'
import { createTask, type Task } from './task.js'

export interface KitScreen {
  readonly fresh: Signal<FreshKit | null>
  /** Who keeps each sheet, as printed on it. */
  readonly holders: Signal<readonly string[]>
  readonly isChecked: Signal<boolean>
  readonly isSaved: Signal<boolean>
  readonly making: Task
  readonly checking: Task
  make(): Promise<void>
  /** The text of a sheet, scanned or typed. */
  check(text: string): Promise<void>
  leave(): void
}

export function createKitScreen(session: Session, holders: readonly string[]): KitScreen {
  const screen: KitScreen = {
    fresh: signal<FreshKit | null>(null),
    holders: signal(holders),
    isChecked: signal(false),
    isSaved: signal(false),
    making: createTask(),
    checking: createTask(),
    async make() {
      screen.isChecked.value = false
      screen.isSaved.value = false
      await screen.making.run(async () => {
        screen.fresh.value = await makeFreshKit(session.unlocked, session.device.name)
      })
      await session.refresh()
    },
    async check(text) {
      screen.isChecked.value = await screen.checking.run(() => checkSheet(session.unlocked, text))
      await session.refresh()
    },
    leave() {
      screen.fresh.value = null
    },
  }
  return screen
}

export interface RestoreScreen {
  readonly collected: Signal<Collected>
  readonly isComplete: ReadonlySignal<boolean>
  /** How many pairs came back; 0 before. */
  readonly restored: Signal<number>
  readonly task: Task
  takeBook(bytes: Uint8Array): void
  takeSheet(text: string): Promise<void>
  restore(): Promise<void>
}

export function createRestoreScreen(session: Session): RestoreScreen {
  const collected = signal<Collected>({ book: null, sheets: [] })
  const restored = signal(0)
  const task = createTask()
  const { kid, mailbox: box } = session.device
  return {
    collected,
    restored,
    task,
    isComplete: computed(() => collected.value.book !== null && collected.value.sheets.length >= threshold),
    takeBook(book) {
      collected.value = { ...collected.value, book }
    },
    async takeSheet(text) {
      await task.run(async () => {
        collected.value = collectSheet(collected.value, text)
      })
    },
    async restore() {
      await task.run(async () => {
        restored.value = await restoreKit(session.unlocked, collected.value, { kid, box })
        collected.value = { book: null, sheets: [] }
      })
      session.poke()
    },
  }
}
