/** The screen of accesses: entries as they are checked. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type CheckedEntry, readAccesses, trustOf } from '../access/read.js'
import type { Session } from './session.js'
import { createTask, type Task } from './task.js'

export interface AccessScreen {
  /** The newest first; `null` before the first came. */
  readonly entries: Signal<readonly CheckedEntry[] | null>
  readonly falseCount: ReadonlySignal<number>
  readonly task: Task
  load(): Promise<void>
}

export function createAccessScreen({ api, clinic }: Session): AccessScreen {
  const entries = signal<readonly CheckedEntry[] | null>(null)
  const task = createTask()
  return {
    entries,
    task,
    falseCount: computed(() => (entries.value ?? []).filter(({ verdict }) => verdict.kind === 'false').length),
    async load() {
      await task.run(() =>
        readAccesses(api, trustOf(clinic), seen => {
          entries.value = seen
        }),
      )
    },
  }
}
