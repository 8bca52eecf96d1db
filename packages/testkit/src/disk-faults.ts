import type { FaultDisk } from './fault-disk.js'

/** As node:fs throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** From operation number `count` (0) on, every operation of the disk fails: the machine is off. */
export function crashAfter(disk: FaultDisk, count: number): void {
  let done = 0
  disk.before = () => {
    if (done++ >= count) throw systemError('CRASH')
  }
}

/** The operation with this name fails, the `nth` (0) time it is asked for. */
export function failOnce(disk: FaultDisk, operation: string, code: string, nth = 0): void {
  let seen = 0
  disk.before = asked => {
    if (asked === operation && seen++ === nth) throw systemError(code)
  }
}
