import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Client, HubWorld, type LinkMaker, memoryLink } from './hub-world.js'
import { lossyLink } from './relay-reliable-world.js'

const links: Readonly<Record<string, LinkMaker>> = {
  'in memory': memoryLink,
  'over a bus that loses, doubles and delays': lossyLink,
}

const people = 6

type Act = readonly [
  what:
    | 'publish'
    | 'connect'
    | 'go'
    | 'lose-link'
    | 'kill-relay'
    | 'add-relay'
    | 'detach'
    | 'attach'
    | 'restart-home'
    | 'stick'
    | 'read'
    | 'head'
    | 'tick',
  who: number,
  turns: number,
]

const acts = fc.array(
  fc.tuple(
    fc.constantFrom<Act[0][]>(
      'publish',
      'publish',
      'publish',
      'connect',
      'connect',
      'connect',
      'go',
      'lose-link',
      'kill-relay',
      'add-relay',
      'detach',
      'attach',
      'restart-home',
      'stick',
      'read',
      'head',
      'tick',
    ),
    fc.nat(people - 1),
    fc.nat(4),
  ),
  { minLength: 20, maxLength: 80 },
)

/** Each of them may happen in the midst of what the ones before have begun. */
const doing: Readonly<Record<Act[0], (world: HubWorld, who: number) => void>> = {
  publish: world => world.publish(400),
  connect(world, who) {
    const { living } = world
    const client = clientAt(world, who)
    const relay = living[who % Math.max(1, living.length)]
    if (client.at === null) relay?.connect(client)
  },
  go(world, who) {
    const { at } = clientAt(world, who)
    if (at !== null) at.relay.gone(at.connection)
  },
  'lose-link': (world, who) => world.living[who]?.lose(),
  'kill-relay': (world, who) => world.living[who]?.die(),
  'add-relay': world => void (world.living.length < 4 && world.addRelay()),
  detach: world => world.isAttached && world.detachCore(),
  attach: world => world.attachCore(),
  'restart-home'(world) {
    world.restartHome()
    world.addRelay()
  },
  stick(world, who) {
    clientAt(world, who).isStuck = true
  },
  read: (world, who) => read(clientAt(world, who)),
  head: world => world.say({ kind: 'head', frame: headOf(world.frames.length) }),
  tick(world) {
    world.clock.advance(1_000)
    for (const { relay } of world.living) relay.tick()
  },
}

function clientAt(world: HubWorld, who: number): Client {
  const client = world.clients[who]
  if (client === undefined) throw new Error('nobody')
  return client
}

function read(client: Client): void {
  client.isStuck = false
  client.pendingBytes = 0
  client.at?.relay.relay.drained(client.at.connection, 0)
}

function headOf(sequence: number): Uint8Array {
  const bytes = new Uint8Array(17)
  bytes.set([2, 40, 12, 1])
  new DataView(bytes.buffer).setBigUint64(8, BigInt(sequence))
  return bytes
}

/** Whatever happened: everybody comes again, at a relay that has heard nothing yet, and nothing more goes wrong. */
async function heal(world: HubWorld): Promise<void> {
  if (!world.isAttached) world.attachCore()
  await world.settle()
  world.publish()
  await world.settle()
  for (const { at } of world.clients) at?.relay.gone(at.connection)
  for (const relay of world.living) relay.die()
  world.addRelay()
  for (let round = 0; round < 200; round++) {
    for (const client of world.clients) {
      read(client)
      if (client.at === null) doing.connect(world, client.number)
    }
    await world.settle()
    const isDone = world.clients.every(({ newest, at }) => at !== null && newest === world.frames.length)
    if (isDone && world.logged === world.frames.length) return
    doing.tick(world, 0)
  }
  throw new Error('somebody never gets everything')
}

async function runOf(link: LinkMaker, given: readonly Act[]): Promise<HubWorld> {
  const policy = { pendingBytes: 1_500, feedBytes: 900, recentBytes: 2_000, slice: 2 } as const
  const world = new HubWorld({ link, policy })
  world.addRelay()
  world.attachCore()
  for (let i = 0; i < people; i++) world.newClient()
  for (const [what, who, turns] of given) {
    doing[what](world, who)
    await world.step(turns)
  }
  await heal(world)
  return world
}

describe.each(Object.entries(links))('several relays of one conference, by links %s', (_, link) => {
  it('lose nothing, double nothing and reorder nothing, whatever dies and whoever moves', async () => {
    await fc.assert(
      fc.asyncProperty(acts, async given => {
        const world = await runOf(link, given)
        const all = world.frames.map((_frame, i) => i + 1)
        for (const { got, since } of world.clients) expect(got).toEqual(all.slice(since ?? 0))
        // The core knows of them, and of nobody else.
        const present = [...world.members.values()].map(({ number }) => number)
        expect(present.toSorted()).toEqual(world.clients.map(({ number }) => number))
        const durable = await world.log.read(0, Number.MAX_SAFE_INTEGER)
        expect(durable).toEqual(world.frames)
        expect(world.told.some(({ kind }) => kind === 'unlogged')).toBe(false)
        expect(world.faults).toEqual([])
      }),
      propertyRuns(150, 60),
    )
  })
})
