import { longTimer, type Timer } from '@chartseal/clinic/conference'

export const systemTimer: Timer = longTimer({
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
})

export const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
