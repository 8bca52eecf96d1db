/** What those who read get while a tenth of a conference reads nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fact } from '../facts.js'
import type { Member } from './member.js'
import { type OwnBroadcaster, own } from './own-broadcaster.js'

export const stuckFact = 'load-stuck-p99'

const people = 500
const stuck = 50
const rounds = 150
const fillBytes = 50_000
const fillAtOnce = 10
const fillsAtMost = 40
/** What comes slower than they are written does not wait for one another. */
const paceMs = 20

/** 99 of 100 deliveries to those who read take at most so many milliseconds. */
async function p99Of({ publish }: OwnBroadcaster, readers: readonly Member[]): Promise<number> {
  const waits: number[] = []
  for (let i = 0; i < rounds; i++) {
    const before = readers.map(({ received }) => received.last)
    const start = performance.now()
    publish()
    for (let one = 0; one < readers.length; )
      if ((readers[one]?.received.last ?? 0) > (before[one] ?? 0)) one += 1
      else await new Promise(resolve => setImmediate(resolve))
    waits.push(...readers.map(({ received }) => received.newestAtMs - start))
    await sleep(paceMs)
  }
  return waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? Number.NaN
}

/** Until the relay has told that all of them are behind. @throws Error when they never are */
async function fallBehind({ doctor }: OwnBroadcaster, readers: readonly Member[]): Promise<void> {
  for (let i = 0; doctor.behind < stuck; i++) {
    if (i === fillsAtMost) throw new Error(`of ${stuck} who read nothing ${doctor.behind} are behind`)
    for (let one = 0; one < fillAtOnce; one++) doctor.say(fillBytes)
    while (readers.some(({ received }) => received.last < doctor.last)) await sleep(5)
  }
}

export async function stuckFacts(): Promise<readonly Fact[]> {
  const ours = await own(people)
  try {
    const [still, readers] = [ours.members.slice(0, stuck), ours.members.slice(stuck)]
    await p99Of(ours, readers)
    const quietMs = await p99Of(ours, readers)
    for (const one of still) one.pause()
    await fallBehind(ours, readers)
    const stuckMs = await p99Of(ours, readers)
    const title = `99 of 100 deliveries, ${people} members`
    const rounded = (value: number): number => Math.round(value * 100) / 100
    return [
      { id: 'load-quiet-p99', title: `${title}: at most`, value: rounded(quietMs), unit: 'ms' },
      {
        id: 'load-stuck-ms',
        title: `the same while ${stuck} read nothing`,
        value: rounded(stuckMs),
        unit: 'ms',
      },
      { id: stuckFact, title: 'the same, by one another', value: rounded(stuckMs / quietMs), unit: 'x' },
    ]
  } finally {
    await ours.end()
  }
}
