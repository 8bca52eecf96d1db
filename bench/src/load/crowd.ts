/** Many patients, in processes of their own. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PatientPolicy } from '@chartseal/elgamal-session'
import { pathTo } from '../cases/server-process.js'
import type { CrowdDeed, CrowdOrder, CrowdStatus } from './crowd-program.js'
import type { SeatSource } from './people.js'

export interface CrowdOptions {
  readonly source: SeatSource
  /** Of the conference at the server. */
  readonly path: string
  readonly patients: number
  /** Those who decrypt nothing. */
  readonly members?: number
  readonly processes: number
  /** How far their clocks are from ours. */
  readonly aheadMs?: number
  readonly policy?: Partial<PatientPolicy>
  /** The number of the first patient, where there are several crowds. */
  readonly first?: number
}

const lookEveryMs = 200
/** Each process has addresses of its own. */
let networks = 0

class CrowdProcess {
  readonly #child: ChildProcess
  readonly #gone: Promise<never>
  /** Orders are answered in their order. */
  #last: Promise<unknown> = Promise.resolve()

  constructor() {
    this.#child = fork(pathTo('bench/dist/load/crowd-program.js'), { execArgv: [] })
    this.#gone = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`a crowd ended with ${code}`)
    })
    // Nobody may be waiting when it ends.
    this.#gone.catch(() => undefined)
  }

  ask(order: CrowdOrder): Promise<CrowdStatus> {
    const answer = this.#last.then(() => {
      const told = new Promise<CrowdStatus>(resolve => this.#child.once('message', resolve))
      this.#child.send(order)
      return Promise.race([told, this.#gone])
    })
    this.#last = answer.catch(() => undefined)
    return answer
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#gone.catch(() => undefined)
  }
}

export class Crowd {
  readonly count: number
  readonly #all: readonly CrowdProcess[]

  static async start(options: CrowdOptions): Promise<Crowd> {
    const { source, path, patients, members = 0, processes, aheadMs = 0, policy = {}, first = 0 } = options
    const all = Array.from({ length: processes }, () => new CrowdProcess())
    const from = (whole: number, i: number): number => Math.floor((whole * i) / processes)
    const made = all.map((one, i) =>
      one.ask({
        kind: 'make',
        source,
        path,
        first: first + from(patients, i),
        patients: from(patients, i + 1) - from(patients, i),
        members: from(members, i + 1) - from(members, i),
        network: ++networks,
        aheadMs,
        policy,
      }),
    )
    await Promise.all(made)
    return new Crowd(patients + members, all)
  }

  private constructor(count: number, all: readonly CrowdProcess[]) {
    this.count = count
    this.#all = all
  }

  /** Where the server is from now on. */
  async server(port: number): Promise<void> {
    await Promise.all(this.#all.map(one => one.ask({ kind: 'server', port })))
  }

  /** What so many of them do, from the first on: an equal share of each process. */
  async order(kind: CrowdDeed, count: number = this.count, first = 0): Promise<void> {
    const from = (whole: number): number => Math.floor(whole / this.#all.length)
    const [begin, end] = [from(first), first + count >= this.count ? this.count : from(first + count)]
    await Promise.all(this.#all.map(one => one.ask({ kind, first: begin, count: end - begin })))
  }

  async look(last = 0): Promise<CrowdStatus> {
    const all = await Promise.all(this.#all.map(one => one.ask({ kind: 'look', last })))
    const sum = (of: (one: CrowdStatus) => number): number => all.reduce((total, one) => total + of(one), 0)
    const events: Record<string, number> = {}
    for (const one of all)
      for (const [what, count] of Object.entries(one.events)) events[what] = (events[what] ?? 0) + count
    return {
      people: sum(one => one.people),
      members: sum(one => one.members),
      ended: sum(one => one.ended),
      whole: sum(one => one.whole),
      lost: sum(one => one.lost),
      doubled: sum(one => one.doubled),
      unreadable: sum(one => one.unreadable),
      waitsMs: all.flatMap(one => one.waitsMs),
      events,
    }
  }

  /** Looks again and again. @throws Error when it is not so after `withinMs` */
  async until(isSo: (status: CrowdStatus) => boolean, withinMs: number, last = 0): Promise<CrowdStatus> {
    const end = performance.now() + withinMs
    for (;;) {
      const status = await this.look(last)
      if (isSo(status)) return status
      if (performance.now() > end) throw new Error(`after ${withinMs} ms it is not so: ${wordsOf(status)}`)
      await sleep(lookEveryMs)
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#all.map(one => one.end()))
  }
}

export function wordsOf({ waitsMs, events, ...counts }: CrowdStatus): string {
  return [...Object.entries(counts), ...Object.entries(events)].map(([what, n]) => `${what} ${n}`).join(', ')
}
