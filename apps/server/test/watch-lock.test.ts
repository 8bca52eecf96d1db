import { filesError } from '@chartseal/core/files'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { watchLock } from '../dist/commands/watch-lock.js'

describe('the watch over the lock of a data folder', () => {
  it('goes on when a look fails, and ends when the lock is lost', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const failed = filesError('files/failed', { operation: 'check lock', path: 'x', systemCode: 'EMFILE' })
    const gone = filesError('files/lock-lost', { path: 'x' })
    const check = vi
      .fn<() => Promise<void>>()
      .mockRejectedValueOnce(failed)
      .mockResolvedValueOnce()
      .mockRejectedValueOnce(failed)
      .mockRejectedValue(gone)
    const told: unknown[] = []
    const watch = watchLock({ check }, error => told.push(error))
    const ended = vi.fn()
    void watch.lost.then(ended)
    await vi.advanceTimersByTimeAsync(6_000)
    expect([told, ended.mock.calls]).toEqual([[failed, failed], []])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(ended.mock.calls).toEqual([[gone]])
    watch.stop()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(check).toHaveBeenCalledTimes(4)
  })

  it('looks once at a time, however long that takes', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const check = vi.fn(() => new Promise<void>(() => undefined))
    const watch = watchLock({ check }, () => undefined)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(check).toHaveBeenCalledTimes(1)
    watch.stop()
  })
})
