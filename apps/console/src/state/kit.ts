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
import { type KeptKit, keptKits, noteSaved } from '../kit/kit-row.js'
import { tellRecordKey } from '../pairs/record-key.js'
import { retryStrays } from '../thread/inbox.js'
import { outboxPrefix } from '../thread/outbox-item.js'
import { ownCard } from './own-card.js'
import type { Session } from './session.js'
import { createTask, type Task } from './task.js'

export interface KitScreen {
  readonly fresh: Signal<FreshKit | null>
  /** Kits that were made on this device, the newest first; empty before `load`. */
  readonly kept: Signal<readonly KeptKit[]>
  /** One of which the file was saved and no sheet was checked yet: its print is as good as it was. */
  readonly unfinished: ReadonlySignal<KeptKit | null>
  /** The one that covers the pairs of this device; `null` when none of those that are known does. */
  readonly covering: ReadonlySignal<KeptKit | null>
  /** The kit that counts was made before this device had its record key: nobody is told that key. */
  readonly lacksRecordKey: ReadonlySignal<boolean>
  load(): Promise<void>
  /** Who keeps each sheet, as printed on it. */
  readonly holders: Signal<readonly string[]>
  readonly isChecked: Signal<boolean>
  readonly isSaved: Signal<boolean>
  readonly making: Task
  readonly checking: Task
  make(): Promise<void>
  /** The file of keys, which the person keeps. @throws RangeError before a kit was made */
  save(): { readonly name: string; readonly bytes: Uint8Array }
  /** The text of a sheet, scanned or typed. Sheets of a fresh kit are worth nothing before its file is saved. */
  check(text: string): Promise<void>
  leave(): void
}

/** Word that the file of a kit was saved, on its way to the disk: whoever left the screen at once comes back to it. */
const savings = new WeakMap<Session, Promise<void>>()

export function createKitScreen(session: Session, holders: readonly string[]): KitScreen {
  const screen: KitScreen = {
    fresh: signal<FreshKit | null>(null),
    kept: signal<readonly KeptKit[]>([]),
    unfinished: computed(() => {
      const [newest = null] = screen.kept.value
      return newest?.isSaved === true && !isCovering(session, newest) ? newest : null
    }),
    covering: computed(() => screen.kept.value.find(kit => isCovering(session, kit)) ?? null),
    lacksRecordKey: computed(() => {
      const { value: pairs } = session.pairs
      return pairs.some(({ kitRoot }) => kitRoot !== '') && !pairs.some(({ isCovered }) => isCovered)
    }),
    async load() {
      await savings.get(session)
      screen.kept.value = await keptKits(session.unlocked)
    },
    holders: signal(holders),
    isChecked: signal(false),
    isSaved: signal(false),
    making: createTask(session, 'device'),
    checking: createTask(session, 'device'),
    async make() {
      screen.isChecked.value = false
      screen.isSaved.value = false
      await screen.making.run(async () => {
        screen.fresh.value = await makeFreshKit(session.unlocked, session.device.name, screen.holders.value)
        await session.refresh()
      })
    },
    save() {
      const { value: kit } = screen.fresh
      if (kit === null) throw new RangeError('a kit must be made before its file is saved')
      screen.isSaved.value = true
      savings.set(
        session,
        noteSaved(session.unlocked, kit.root).catch(() => undefined),
      )
      return { name: `chartseal-keys-${kit.root.slice(0, 8)}.kit`, bytes: kit.book }
    },
    async check(text) {
      if (screen.fresh.value !== null && !screen.isSaved.value) return
      screen.isChecked.value = await screen.checking.queue(async () => {
        await savings.get(session)
        await checkSheet(session.unlocked, text, screen.fresh.value)
        await tellKey(session)
        await session.refresh()
        await screen.load()
      })
    },
    leave() {
      screen.fresh.value = null
    },
  }
  return screen
}

/** What no kit had before may be told now. */
async function tellKey(session: Session): Promise<void> {
  const { rows } = session.unlocked
  const before = await rows.count(outboxPrefix)
  await tellRecordKey(session.unlocked, await ownCard(session))
  if ((await rows.count(outboxPrefix)) > before) session.poke()
}

const isCovering = ({ pairs }: Session, { root }: KeptKit): boolean =>
  pairs.value.some(({ kitRoot }) => kitRoot === root)

export interface RestoreScreen {
  readonly collected: Signal<Collected>
  readonly isComplete: ReadonlySignal<boolean>
  /** How many pairs came back; `null` before. */
  readonly restored: Signal<number | null>
  readonly task: Task
  takeBook(bytes: Uint8Array): void
  takeSheet(text: string): Promise<void>
  restore(): Promise<void>
}

export function createRestoreScreen(session: Session): RestoreScreen {
  const collected = signal<Collected>({ book: null, sheets: [] })
  const restored = signal<number | null>(null)
  const task = createTask(session, 'device')
  return {
    collected,
    restored,
    task,
    isComplete: computed(() => collected.value.book !== null && collected.value.sheets.length >= threshold),
    takeBook(book) {
      collected.value = { ...collected.value, book }
    },
    async takeSheet(text) {
      await task.queue(async () => {
        collected.value = collectSheet(collected.value, text)
      })
    },
    async restore() {
      await task.run(async () => {
        restored.value = await restoreKit(session.unlocked, collected.value, () => ownCard(session))
        collected.value = { book: null, sheets: [] }
        await retryStrays(session.unlocked)
        await session.refresh()
      })
      session.poke()
    },
  }
}
