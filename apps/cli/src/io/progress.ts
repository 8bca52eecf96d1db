import { Presets, SingleBar } from 'cli-progress'
import type { Io } from './io.js'

/** A bar on a terminal, nothing elsewhere. */
export interface Progress {
  update(done: number): void
  stop(): void
}

export function startProgress(io: Io, label: string, total: number): Progress {
  if (!io.isTerminal.stderr) return { update: () => undefined, stop: () => undefined }
  const format = `${label} {bar} {percentage}% {value}/{total}`
  const bar = new SingleBar({ format, stream: io.stderr, clearOnComplete: true }, Presets.shades_classic)
  bar.start(total, 0)
  return { update: done => bar.update(done), stop: () => bar.stop() }
}

/** Counts on a terminal, for work whose end is not known; nothing elsewhere. */
export function startCounter(io: Io, label: string): Progress {
  if (!io.isTerminal.stderr) return { update: () => undefined, stop: () => undefined }
  const bar = new SingleBar(
    { format: `${label} {value}`, stream: io.stderr, clearOnComplete: true },
    Presets.shades_classic,
  )
  bar.start(Number.MAX_SAFE_INTEGER, 0)
  return { update: done => bar.update(done), stop: () => bar.stop() }
}
