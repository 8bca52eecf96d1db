/** Something that a person started: it is under way, it is done, or it failed with a reason that stays on the screen. */
import { type Signal, signal } from '@preact/signals'
import type { Platform } from './platform.js'

/** What a task waits for longest. */
export type WaitsFor = 'clinic' | 'device'

export interface Task {
  readonly isBusy: Signal<boolean>
  /** It has been under way for so long that a person is told what it waits for. */
  readonly isSlow: Signal<boolean>
  readonly waitsFor: WaitsFor
  readonly error: Signal<unknown>
  /** Runs `work` unless something is under way; whether it was done without an error. For buttons that are off meanwhile. */
  run(work: () => Promise<unknown>): Promise<boolean>
  /** Runs `work` behind what is under way: nothing that a person asks for is dropped. */
  queue(work: () => Promise<unknown>): Promise<boolean>
  clear(): void
}

/** From then on words say what goes on: no spinner without end. */
export const slowMs = 10_000

/** @param timer of the platform or the session */
export function createTask(timer: Pick<Platform, 'wait'>, waitsFor: WaitsFor = 'clinic'): Task {
  const [isBusy, isSlow] = [signal(false), signal(false)]
  const error = signal<unknown>(null)
  let running: Promise<unknown> = Promise.resolve()
  const task: Task = {
    isBusy,
    isSlow,
    waitsFor,
    error,
    run(work) {
      if (isBusy.value) return Promise.resolve(false)
      const begun = begin(work)
      running = begun
      return begun
    },
    async queue(work) {
      while (isBusy.value) await running
      return task.run(work)
    },
    clear() {
      error.value = null
    },
  }
  const begin = async (work: () => Promise<unknown>): Promise<boolean> => {
    const over = new AbortController()
    isBusy.value = true
    error.value = null
    void timer.wait(slowMs, over.signal).then(() => {
      isSlow.value = !over.signal.aborted
    })
    try {
      await work()
      return true
    } catch (reason) {
      error.value = reason
      return false
    } finally {
      over.abort()
      isBusy.value = isSlow.value = false
    }
  }
  return task
}
