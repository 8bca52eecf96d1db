/** Whoever lost the data folder to another process must not go on beside it. */
import { ChartsealError } from '@chartseal/core/errors'
import type { DataFolder } from '../data-folder.js'

export interface LockWatch {
  /** Resolves with `files/lock-lost` once the folder belongs to somebody else. */
  readonly lost: Promise<unknown>
  stop(): void
}

const lockMs = 2_000

/**
 * @param onFailure told of a look that failed, as for want of a descriptor: it says nothing about who has the folder, so
 * it is tried again
 */
export function watchLock(data: Pick<DataFolder, 'check'>, onFailure: (error: unknown) => void): LockWatch {
  let stop = (): void => undefined
  const lost = new Promise<unknown>(resolve => {
    let isLooking = false
    const look = async (): Promise<void> => {
      if (isLooking) return
      isLooking = true
      await data.check().catch(error => (isLost(error) ? resolve(error) : onFailure(error)))
      isLooking = false
    }
    const timer = setInterval(() => void look(), lockMs)
    stop = () => clearInterval(timer)
  })
  return { lost, stop: () => stop() }
}

function isLost(error: unknown): boolean {
  return error instanceof ChartsealError && error.code === 'files/lock-lost'
}
