import { cpus, loadavg } from 'node:os'

export interface Machine {
  readonly node: string
  readonly v8: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  /** Average over one minute, before the first sample: above 0.3 the wall clock says little. */
  readonly load: number
  readonly date: string
}

export function describeMachine(): Machine {
  const [cpu] = cpus()
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    load: loadavg()[0] ?? Number.NaN,
    date: new Date().toISOString().slice(0, 10),
  }
}
