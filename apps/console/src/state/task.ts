/** Something that a person started: it is under way, it is done, or it failed with a reason that stays on the screen. */
import { type Signal, signal } from '@preact/signals'

export interface Task {
  readonly isBusy: Signal<boolean>
  readonly error: Signal<unknown>
  /** Runs `work` unless it is under way; whether it was done without an error. */
  run(work: () => Promise<unknown>): Promise<boolean>
  clear(): void
}

export function createTask(): Task {
  const isBusy = signal(false)
  const error = signal<unknown>(null)
  return {
    isBusy,
    error,
    async run(work) {
      if (isBusy.value) return false
      isBusy.value = true
      error.value = null
      try {
        await work()
        return true
      } catch (reason) {
        error.value = reason
        return false
      } finally {
        isBusy.value = false
      }
    },
    clear() {
      error.value = null
    },
  }
}
