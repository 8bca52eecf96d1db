/** This process without its garbage. */
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Bytes in use: the heap, and what lies outside it, as the memory of arrays does. */
export function memoryInUse(): number {
  // What the first collection sets free in other threads is gone for the second.
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Other threads give the memory of arrays back, a little later. */
const sweepingMs = 10

/** So that no sample pays for what another contender left behind. */
export async function settle(): Promise<void> {
  collect()
  await sleep(sweepingMs)
}
