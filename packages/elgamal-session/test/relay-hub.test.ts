import { type FrameLog, memoryFrameLog, type RelayLink } from '@chartseal/elgamal-session/relay'
import { describe, expect, it } from 'vitest'
import {
  decodeFromHub,
  decodeFromRelay,
  encodeAsk,
  encodeFrames,
  encodeRefuse,
  encodeStop,
} from '../dist/relay/hub-link.js'
import { type Client, HubWorld, type Outer } from './hub-world.js'
import { broadcast, header, hello, relayWorld } from './relay-world.js'

const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, i) => 1 + i)

interface Meeting {
  readonly world: HubWorld
  readonly relays: readonly Outer[]
  readonly clients: readonly Client[]
}

/** Two relays, and at each of them so many members. */
async function meeting(each = 2, options: ConstructorParameters<typeof HubWorld>[0] = {}): Promise<Meeting> {
  const world = new HubWorld(options)
  const relays = [world.addRelay(), world.addRelay()]
  world.attachCore()
  await world.settle()
  const clients = relays.flatMap(relay => upTo(each).map(() => joined(world, relay)))
  await world.settle()
  return { world, relays, clients }
}

function joined(world: HubWorld, relay: Outer): Client {
  const client = world.newClient()
  relay.connect(client)
  return client
}

/** The number by which the core knows somebody. */
function numberOf(world: HubWorld, client: Client): number {
  const found = [...world.members].find(([, one]) => one === client)
  if (found === undefined) throw new Error('no member')
  return found[0]
}

const ownFrame = (number: number): Uint8Array => header({ opcode: 50, sequence: BigInt(number) })
const kinds = (world: HubWorld): readonly string[] => world.told.map(({ kind }) => kind)

describe('a hub', () => {
  it('appends a frame once, answers it once and gives it to the members of every relay', async () => {
    const { world, clients } = await meeting()
    for (const _ of upTo(5)) world.publish()
    await world.settle()
    expect(clients.map(({ got }) => got)).toEqual(clients.map(() => upTo(5)))
    expect(kinds(world).filter(kind => kind === 'logged')).toHaveLength(5)
    expect(await world.log.read(0, 1e9)).toEqual(world.frames)
  })

  it('takes what the core says to one to the relay that has them', async () => {
    const { world, clients } = await meeting()
    const [, , third] = clients
    if (third === undefined) throw new Error('nobody')
    for (const number of upTo(3))
      world.say({ kind: 'send', connection: numberOf(world, third), frame: ownFrame(number) })
    await world.settle()
    expect(clients.map(({ own }) => own)).toEqual([[], [], upTo(3), []])
    world.say({ kind: 'drop', connection: numberOf(world, third), frame: null })
    world.say({ kind: 'drop', connection: 999, frame: null })
    await world.settle()
    expect(clients.map(({ ends }) => ends)).toEqual([[], [], ['dropped'], []])
  })

  it('names those of all relays to a core that comes, with what they sent meanwhile, and nobody else', async () => {
    const { world, relays, clients } = await meeting()
    const [first, second, third] = clients
    world.detachCore()
    for (const [i, client] of [first, third].entries())
      client?.at?.relay.relay.received(client.at.connection, Uint8Array.of(7 + i))
    if (second?.at !== null) second?.at.relay.gone(second.at.connection)
    const late = joined(world, relays[0] ?? world.addRelay())
    await world.settle()
    world.clock.advance(3_001)
    world.hub.tick()
    await world.settle()
    expect(late.ends).toEqual(['no-host'])
    world.told.length = 0
    world.attachCore()
    await world.settle()
    expect(kinds(world)).toEqual(['attached', 'opened', 'opened', 'opened', 'frame', 'frame'])
    const said = world.told.flatMap(one => (one.kind === 'frame' ? [one.frame[0]] : []))
    expect(said).toEqual([7, 8])
  })

  it('gives a core that comes the hellos of those who wait for it, of all relays', async () => {
    const world = new HubWorld()
    const clients = [world.addRelay(), world.addRelay()].map(relay => joined(world, relay))
    await world.settle()
    expect(clients.map(({ ends }) => ends)).toEqual([[], []])
    world.mute = true
    world.attachCore()
    await world.settle()
    expect(kinds(world)).toEqual(['attached', 'opened', 'frame', 'opened', 'frame'])
  })

  it('ends a member who sends more than is held while no core is there', async () => {
    const { world, clients } = await meeting(1, { policy: { heldBytes: 100 } })
    const [first, second] = clients
    world.detachCore()
    for (let i = 0; i < 3; i++)
      first?.at?.relay.relay.received(first.at.connection, new Uint8Array(60).fill(1))
    await world.settle()
    expect([first?.ends, second?.ends]).toEqual([['no-host'], []])
    world.told.length = 0
    world.attachCore()
    await world.settle()
    expect(kinds(world)).toEqual(['attached', 'opened'])
  })

  it('takes connections over when a core comes in the place of another one, which alone hears of its strangers', async () => {
    const { world, clients, relays } = await meeting(1)
    const asking = world.newClient()
    const [relay] = relays
    relay?.connect(asking)
    world.turn()
    world.told.length = 0
    world.attachCore()
    await world.settle()
    expect(kinds(world).slice(0, 3)).toEqual(['attached', 'opened', 'opened'])
    expect(asking.ends).toEqual(['no-host'])
    expect(clients.map(({ ends }) => ends)).toEqual([[], []])
  })

  it('gives a relay that comes late what is in memory and the newest head, and answers it the rest', async () => {
    const { world } = await meeting(1, { policy: { recentBytes: 250 } })
    for (const _ of upTo(6)) world.publish()
    await world.settle()
    const late = world.addRelay()
    const client = world.newClient()
    client.since = 0
    late.connect(client)
    await world.settle()
    expect(client.got).toEqual(upTo(6))
  })

  it('ends every connection of every relay, behind everything that is in the log', async () => {
    const { world, clients } = await meeting()
    world.publish()
    await world.settle()
    world.publish()
    await world.settle()
    world.say({ kind: 'end', frame: ownFrame(1) })
    await world.settle()
    for (const one of clients) expect([one.got, one.own, one.ends]).toEqual([[1, 2], [1], ['ended']])
    expect([world.ends, world.hub.relays]).toEqual([1, 0])
    const late = joined(world, world.addRelay())
    await world.settle()
    expect(late.ends).toEqual(['restart'])
  })

  it.each(['restart', 'elsewhere', 'ended'] as const)('that stops tells everybody why: %s', async reason => {
    const { world, clients } = await meeting()
    world.hub.stop(reason)
    await world.settle()
    expect(clients.map(({ ends }) => ends)).toEqual(clients.map(() => [reason]))
  })

  it('empties its log at the word of the core, and goes on at all relays', async () => {
    const { world, clients } = await meeting()
    world.publish()
    await world.settle()
    world.say({ kind: 'restart', after: 5n })
    world.say({ kind: 'publish', frame: broadcast(6) })
    await world.settle()
    expect(clients.map(({ got }) => got)).toEqual(clients.map(() => [1, 6]))
    const late = world.newClient()
    late.since = 5
    world.addRelay().connect(late)
    await world.settle()
    expect(late.got).toEqual([6])
  })

  it('cuts the link of a relay to which too much is on its way, and leaves the others alone', async () => {
    const { world, clients } = await meeting(1, { policy: { linkPendingBytes: 5_000 } })
    for (const _ of upTo(3)) world.publish(1_000)
    await world.settle()
    expect(world.hub.relays).toBe(2)
    // All of it in one turn.
    for (const _ of upTo(8)) world.publish(1_000)
    await world.settle()
    expect(world.hub.relays).toBe(0)
    expect(clients.map(({ ends }) => ends)).toEqual([['restart'], ['restart']])
    expect(world.members.size).toBe(0)
  })

  it('says that it could not read its log: who needed it is ended', async () => {
    const inner = memoryFrameLog()
    const log: FrameLog = { ...inner, read: () => Promise.reject(new Error('EIO')) }
    const { world } = await meeting(0, { log, policy: { recentBytes: 10 } })
    for (const _ of upTo(4)) world.publish()
    await world.settle()
    const client = world.newClient()
    client.since = 0
    world.relays[0]?.connect(client)
    await world.settle()
    expect([client.ends, world.faults.length]).toEqual([['log'], 2])
  })
})

/** A link to a hub at whose other end is whatever a test says. */
function bareLink(world: HubWorld): { readonly link: RelayLink; readonly state: { isLost: boolean } } {
  const state = { isLost: false }
  const links: RelayLink[] = []
  world.linkMaker(
    world.hub.join,
    given => {
      links.push(given)
      return {
        onMessage: () => undefined,
        onDrained: () => undefined,
        onLost: () => {
          state.isLost = true
        },
      }
    },
    work => world.soon(work),
  )
  const [link] = links
  if (link === undefined) throw new Error('no link')
  return { link, state }
}

const openedBy = (connection: number): Uint8Array => {
  const bytes = new Uint8Array(21)
  bytes[0] = 17
  new DataView(bytes.buffer).setUint32(1, connection)
  return bytes
}

describe('a relay that breaks the rules', () => {
  it.each([
    ['speaks nothing that is known', [Uint8Array.of(99, 0, 0, 0, 1)]],
    ['says what only a hub says', [encodeStop('ended')]],
    ['answers for the log', [Uint8Array.of(20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)]],
    ['opens a number twice', [openedBy(1), openedBy(1)]],
    ['asks more than is answered at once', upTo(65).map(one => encodeAsk(one, 0, 100))],
  ])('and %s loses its link, and nobody else does', async (_, messages) => {
    const { world, clients } = await meeting()
    const { link, state } = bareLink(world)
    for (const message of messages) link.send(message)
    await world.settle()
    expect([state.isLost, world.hub.relays]).toEqual([true, 2])
    expect(world.faults).toEqual([expect.objectContaining({ code: 'conference/bad-link' })])
    world.publish()
    await world.settle()
    expect(clients.map(({ got }) => got)).toEqual(clients.map(() => [1]))
  })

  it('speaks of nobody whom it has not named: nothing comes of it', async () => {
    const { world } = await meeting()
    const { link, state } = bareLink(world)
    const told = world.told.length
    for (const type of [18, 19, 21]) link.send(Uint8Array.of(type, 0, 0, 0, 1, ...(type === 19 ? [] : [1])))
    await world.settle()
    expect([state.isLost, world.told.length]).toEqual([false, told])
  })
})

describe('a hub that breaks the rules', () => {
  it.each([
    ['skips a frame', [1, 3]],
    ['says one twice', [1, 1]],
  ])('and %s loses the relay, whose connections come again', async (_, numbers) => {
    const world = new HubWorld()
    const client = world.newClient()
    const { outer, link } = loneRelay(world)
    outer.connect(client)
    for (const number of numbers) link.send(published(number))
    await world.settle()
    expect([client.ends, outer.isOver]).toEqual([['restart'], true])
  })
})

const published = (number: number): Uint8Array => Uint8Array.of(3, 0, 0, 0, 0, ...broadcast(number))

/** A relay whose hub says what a test says. */
function loneRelay(world: HubWorld): { readonly outer: Outer; readonly link: RelayLink } {
  const links: RelayLink[] = []
  const outer = world.addRelay(given => {
    links.push(given)
    return { onMessage: () => undefined, onDrained: () => undefined, onLost: () => undefined }
  })
  const [link] = links
  if (link === undefined) throw new Error('no link')
  return { outer, link }
}

describe('messages between a hub and its relays', () => {
  it('come back as they were', () => {
    const frames = [broadcast(1), broadcast(2, 3_000)]
    expect(decodeFromHub(encodeFrames(9, frames))).toEqual({ kind: 'frames', question: 9, frames })
    expect(decodeFromHub(encodeFrames(9, []))).toEqual({ kind: 'frames', question: 9, frames: [] })
    expect(decodeFromHub(encodeFrames(9, null))).toEqual({ kind: 'frames', question: 9, frames: null })
    expect(decodeFromHub(encodeRefuse(4, 'no-host'))).toEqual({
      kind: 'refuse',
      connection: 4,
      reason: 'no-host',
    })
    expect(decodeFromHub(encodeStop('elsewhere'))).toEqual({ kind: 'stop', reason: 'elsewhere' })
    const ask = { kind: 'ask', question: 7, after: 2 ** 40, maxBytes: 65_536 }
    expect(decodeFromRelay(encodeAsk(7, 2 ** 40, 65_536))).toEqual(ask)
  })

  it.each([
    ['a reason that is none', [32, 0, 0, 0, 1, 9]],
    ['a refusal of nobody', [32, 0, 0, 0, 0, 1]],
    ['no reason', [32, 0, 0, 0, 1]],
    ['a stop of somebody', [34, 0, 0, 0, 1, 1]],
    ['an answer to nothing', [33, 0, 0, 0, 0, 1]],
    ['an answer without a word', [33, 0, 0, 0, 1]],
    ['an answer with another word', [33, 0, 0, 0, 1, 2]],
    ['a failure with more behind it', [33, 0, 0, 0, 1, 1, 0]],
    ['a frame that is cut', [33, 0, 0, 0, 1, 0, 0, 0, 0, 2, 1]],
    ['a frame without bytes', [33, 0, 0, 0, 1, 0, 0, 0, 0, 0]],
    ['a length that is cut', [33, 0, 0, 0, 1, 0, 0, 0]],
    ['no number', [33, 0, 0]],
  ])('of a hub are refused with %s', (_, bytes) => {
    expect(() => decodeFromHub(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: 'conference/bad-link' }),
    )
  })

  it('of a relay are refused with a question that is cut, of no number, or beyond all numbers', () => {
    const ask = encodeAsk(1, 1, 1)
    const far = encodeAsk(1, 1, 1)
    far[5] = 0xff
    for (const bytes of [ask.subarray(0, 12), encodeAsk(0, 1, 1), far])
      expect(() => decodeFromRelay(bytes)).toThrow(expect.objectContaining({ code: 'conference/bad-link' }))
  })
})

it('a core that comes in the place of another one is told first where the log is', () => {
  const world = relayWorld()
  world.relay.coreAttached()
  world.relay.received(world.connect(), hello())
  world.told.length = 0
  world.relay.coreAttached()
  expect(world.told.map(({ kind }) => kind)).toEqual(['attached'])
})
