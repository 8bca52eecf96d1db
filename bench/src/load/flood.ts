/** A flood of bad hellos from processes of their own, as long as some work takes. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { pathTo } from '../cases/server-process.js'
import type { FloodCount, FloodOrder } from './flood-program.js'

export interface Flooded<Result> extends FloodCount {
  readonly result: Result
  readonly seconds: number
}

export async function flooded<Result>(
  order: Omit<FloodOrder, 'network'>,
  processes: number,
  work: () => Promise<Result>,
): Promise<Flooded<Result>> {
  const program = pathTo('bench/dist/load/flood-program.js')
  const all = Array.from({ length: processes }, () => fork(program, { execArgv: [] }))
  const counts = async (): Promise<FloodCount> => {
    const each = await Promise.all(
      all.map(async (child): Promise<FloodCount> => {
        const told = once(child, 'message')
        child.send('count')
        return (await told)[0]
      }),
    )
    const sum = (of: (one: FloodCount) => number): number => each.reduce((total, one) => total + of(one), 0)
    return { connections: sum(one => one.connections), hellos: sum(one => one.hellos) }
  }
  try {
    for (const [i, child] of all.entries()) child.send({ ...order, network: 100 + i })
    const before = await counts()
    const start = performance.now()
    const result = await work()
    const after = await counts()
    const seconds = (performance.now() - start) / 1e3
    const connections = after.connections - before.connections
    return { result, seconds, connections, hellos: after.hellos - before.hellos }
  } finally {
    for (const child of all) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
  }
}
