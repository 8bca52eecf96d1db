/** What fails while nobody waits for it. */
import type { Signal } from '@preact/signals'

interface Telling {
  readonly signal: AbortSignal
  readonly problem: Signal<unknown>
}

/** It is told above every screen; what a lock cut short has failed in nothing. */
export const telling =
  ({ signal, problem }: Telling) =>
  (reason: unknown): void => {
    if (!signal.aborted) problem.value = reason
  }
