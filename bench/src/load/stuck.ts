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
const paceMs = 10

/** A conference, and those of it who read all the time. */
interface Party {
  readonly own: OwnBroadcaster
  readonly readers: readonly Member[]
  /** Of each delivery, in milliseconds. */
  readonly waits: number[]
}

const partyOf = (own: OwnBroadcaster): Party => ({ own, readers: own.members.slice(stuck), waits: [] })

async function round({ own, readers, waits }: Party): Promise<void> {
  const before = readers.map(({ received }) => received.last)
  const start = performance.now()
  own.publish()
  for (let one = 0; one < readers.length; )
    if ((readers[one]?.received.last ?? 0) > (before[one] ?? 0)) one += 1
    else await new Promise(resolve => setImmediate(resolve))
  waits.push(...readers.map(({ received }) => received.newestAtMs - start))
  await sleep(paceMs)
}

/** In turns, so that all meet the same machine; no longer than so many are behind, as a relay ends them after a while. */
async function inTurns(quiet: Party, held: Party, behind: number): Promise<void> {
  for (const { waits } of [quiet, held]) waits.length = 0
  let done = 0
  for (; done < rounds && held.own.doctor.behind >= behind; done++) {
    await round(quiet)
    await round(held)
  }
  if (done === 0) throw new Error(`${held.own.doctor.behind} are behind in place of ${behind}`)
}

/** 99 of 100 deliveries take at most so many milliseconds. */
const p99Of = ({ waits }: Party): number =>
  waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? Number.NaN

/** Until the relay has told that all of them are behind. @throws Error when they never are */
async function fallBehind({ own: { doctor }, readers }: Party): Promise<void> {
  for (let i = 0; doctor.behind < stuck; i++) {
    if (i === fillsAtMost) throw new Error(`of ${stuck} who read nothing ${doctor.behind} are behind`)
    for (let one = 0; one < fillAtOnce; one++) doctor.say(fillBytes)
    while (readers.some(({ received }) => received.last < doctor.last)) await sleep(5)
  }
}

/** Two conferences on two servers: in one of them a tenth stops reading. */
export async function stuckFacts(): Promise<readonly Fact[]> {
  const all: OwnBroadcaster[] = []
  try {
    for (let i = 0; i < 2; i++) all.push(await own(people))
    const [quiet, held] = all.map(partyOf)
    if (quiet === undefined || held === undefined) throw new Error('internal: two conferences were started')
    await inTurns(quiet, held, 0)
    for (const one of held.own.members.slice(0, stuck)) one.pause()
    await fallBehind(held)
    await inTurns(quiet, held, stuck)
    return factsOf(p99Of(quiet), p99Of(held))
  } finally {
    for (const one of all) await one.end()
  }
}

function factsOf(quietMs: number, stuckMs: number): readonly Fact[] {
  const title = `99 of 100 deliveries, ${people} members`
  const rounded = (value: number): number => Math.round(value * 100) / 100
  return [
    { id: 'load-quiet-p99', title: `${title}: at most`, value: rounded(quietMs), unit: 'ms' },
    {
      id: 'load-stuck-ms',
      title: `beside it, while ${stuck} read nothing`,
      value: rounded(stuckMs),
      unit: 'ms',
    },
    { id: stuckFact, title: 'the same, by one another', value: rounded(stuckMs / quietMs), unit: 'x' },
  ]
}
