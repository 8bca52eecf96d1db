/** A broadcast to many: our relay, which has each frame on the disk first, beside servers that have not. */
import type { Fact } from '../facts.js'
import { type Broadcaster, plainWs, seedBroadcast, socketIo } from '../load/broadcasters.js'
import { natsServer, redisServer } from '../load/broadcasters-foreign.js'
import { type OwnBroadcaster, own, ownName } from '../load/own-broadcaster.js'

const burstMembers = 1_000
const burst = 50
const bursts = 12
const members = 5_000
const singles = 40
/** Of the first ones code is compiled. */
const warmUp = 4
const leastSeconds = 1e-6

const idOf = (name: string): string => name.toLowerCase().replaceAll(/[^a-z\d]+/g, '-')
/** Ours by theirs, in deliveries for each second of the server's CPU time. */
export const burstRatio = 'relay-burst-vs-plain-ws'
export const singleRatio = (name: string): string => `relay-single-vs-${idOf(name)}`

interface Measured {
  readonly wallMs: number
  /** Of the server, by its own CPU time. */
  readonly cpuSeconds: number
}

/** Until everybody has got so many more. @throws Error when somebody got something else */
async function delivered(
  { listeners }: Broadcaster,
  before: readonly number[],
  count: number,
): Promise<void> {
  if (listeners.length === 0) throw new Error('internal: nobody listens')
  const more = (i: number): number => (listeners[i]?.count ?? 0) - (before[i] ?? 0)
  // Those who wait for one are not looked at before it.
  for (let i = 0; i < listeners.length; ) {
    if (more(i) >= count) i += 1
    else await new Promise(resolve => setImmediate(resolve))
  }
  if (listeners.some((_, i) => more(i) !== count)) throw new Error('somebody got something else')
}

async function round(one: Broadcaster, count: number): Promise<Measured> {
  const before = one.listeners.map(listener => listener.count)
  const usedBefore = await one.usage()
  const start = performance.now()
  for (let i = 0; i < count; i++) one.publish()
  await delivered(one, before, count)
  const wallMs = performance.now() - start
  return { wallMs, cpuSeconds: (await one.usage()) - usedBefore }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** In turns, so that all meet the same machine. */
async function inTurns(
  all: readonly Broadcaster[],
  rounds: number,
  count: number,
): Promise<ReadonlyMap<string, readonly Measured[]>> {
  const measured = new Map<string, Measured[]>(all.map(({ name }) => [name, []]))
  for (let i = 0; i < warmUp + rounds; i++)
    for (const one of all) {
      const result = await round(one, count)
      if (i >= warmUp) measured.get(one.name)?.push(result)
    }
  return measured
}

async function withAll<Result>(
  makers: readonly (() => Promise<Broadcaster | null>)[],
  work: (all: readonly Broadcaster[]) => Promise<Result>,
): Promise<Result> {
  const all: Broadcaster[] = []
  try {
    for (const make of makers) {
      const one = await make()
      if (one !== null) all.push(one)
    }
    return await work(all)
  } finally {
    for (const one of all) await one.end()
  }
}

/** Of all rounds together, as the system counts in hundredths of a second. */
function perCoreSecond(rounds: readonly Measured[], deliveries: number): number {
  const seconds = sum(rounds.map(({ cpuSeconds }) => cpuSeconds))
  return (deliveries * rounds.length) / Math.max(seconds, leastSeconds)
}

function coreFacts(
  measured: ReadonlyMap<string, readonly Measured[]>,
  perRound: number,
  title: string,
  ratioId: (name: string) => string,
): readonly Fact[] {
  const rates = [...measured].map(([name, rounds]) => ({ name, rate: perCoreSecond(rounds, perRound) }))
  const ours = rates.find(({ name }) => name === ownName)?.rate ?? Number.NaN
  return rates.flatMap(({ name, rate }) => {
    const id = `relay-${idOf(title)}-${idOf(name)}`
    const own = {
      id,
      title: `${title}: deliveries a core-second, ${name}`,
      value: Math.round(rate),
      unit: '/s',
    }
    if (name === ownName) return [own]
    const ratio = Math.round((ours / rate) * 100) / 100
    return [own, { id: ratioId(name), title: `the same: ours is`, value: ratio, unit: 'x' }]
  })
}

async function burstFacts(): Promise<readonly Fact[]> {
  const ours = keeping(burstMembers)
  return withAll([ours.make, () => plainWs(burstMembers)], async all => {
    const measured = await inTurns(all, bursts, burst)
    ours.requireWhole()
    const title = `burst of ${burst}, ${burstMembers} members, 1 KiB`
    const times = [...measured].map(([name, rounds]) => ({
      id: `relay-burst-${idOf(name)}`,
      title: `${title}: until all have it, ${name}`,
      value: Math.round(median(rounds.map(({ wallMs }) => wallMs)) * 10) / 10,
      unit: 'ms',
    }))
    return [...times, ...coreFacts(measured, burstMembers * burst, title, () => burstRatio)]
  })
}

/** Two at a time beside ours: a process may not have as many connections as all take. */
const parties = [
  [socketIo, seedBroadcast],
  [natsServer, redisServer],
] as const

async function singleFacts(): Promise<readonly Fact[]> {
  const facts: Fact[] = []
  for (const party of parties) {
    const ours = keeping(members)
    const measured = await withAll([ours.make, ...party.map(make => () => make(members))], async all => {
      const result = await inTurns(all, singles, 1)
      ours.requireWhole()
      return result
    })
    facts.push(...coreFacts(measured, members, `one at a time, ${members} members, 1 KiB`, singleRatio))
  }
  return facts
}

/** Ours, of which it is looked at in the end whether everybody has everything. */
function keeping(count: number): { make(): Promise<Broadcaster>; requireWhole(): void } {
  let kept: OwnBroadcaster | null = null
  return {
    async make() {
      kept = await own(count)
      return kept
    },
    requireWhole() {
      if (kept === null) throw new Error('internal: nothing of ours runs')
      kept.requireWhole()
    },
  }
}

export async function relayFacts(): Promise<readonly Fact[]> {
  return [...(await burstFacts()), ...(await singleFacts())]
}
