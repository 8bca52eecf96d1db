/** Where figures come from. */
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Machine {
  readonly node: string
  readonly v8: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  /** How many cores others kept busy in the second before the group: above 0.3 the wall clock says little. */
  readonly load: number
  readonly date: string
}

export async function describeMachine(): Promise<Machine> {
  const [cpu] = cpus()
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    load: await busyCores(),
    date: new Date().toISOString().slice(0, 10),
  }
}

const lookMs = 1_000

/** The average load would still count what this bench did before. */
async function busyCores(): Promise<number> {
  const before = idleMs()
  const start = performance.now()
  await sleep(lookMs)
  const idleCores = (idleMs() - before) / (performance.now() - start)
  return Math.max(0, cpus().length - idleCores)
}

const idleMs = (): number => cpus().reduce((sum, { times }) => sum + times.idle, 0)
