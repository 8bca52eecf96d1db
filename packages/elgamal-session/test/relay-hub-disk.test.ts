import { systemRandom } from '@chartseal/core/system'
import { type FrameFile, openFrameFile } from '@chartseal/elgamal-session/fs/frame-log'
import {
  encodeToRelay,
  type FrameLog,
  maxFrameBytes,
  maxLinkBytes,
  memoryFrameLog,
  relayError,
} from '@chartseal/elgamal-session/relay'
import { FaultDisk, failOnce, systemError } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { encodeFrames } from '../dist/relay/hub-link.js'
import { type Client, HubWorld } from './hub-world.js'
import { broadcast } from './relay-world.js'

const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, i) => 1 + i)

/** A log that writes when a test says so, and has room when a test says so. */
class SlowLog implements FrameLog {
  readonly #inner = memoryFrameLog()
  readonly #writes: (() => void)[] = []
  hasRoom = true

  newest(): Uint8Array | null {
    return this.#inner.newest()
  }

  append(frame: Uint8Array): Promise<void> {
    if (!this.hasRoom) return Promise.reject(relayError('conference/log-full', { limitBytes: 1 }))
    return new Promise(resolve =>
      this.#writes.push(() => {
        resolve(this.#inner.append(frame))
      }),
    )
  }

  restart(): Promise<void> {
    return this.#inner.restart()
  }

  read(after: number, maxBytes: number): Promise<readonly Uint8Array[]> {
    return this.#inner.read(after, maxBytes)
  }

  write(): void {
    for (const write of this.#writes.splice(0)) write()
  }
}

interface Meeting {
  readonly world: HubWorld
  readonly clients: readonly Client[]
}

async function meeting(options: ConstructorParameters<typeof HubWorld>[0]): Promise<Meeting> {
  const world = new HubWorld(options)
  const relays = [world.addRelay(), world.addRelay()]
  world.attachCore()
  await world.settle()
  const clients = relays.map(relay => {
    const client = world.newClient()
    relay.connect(client)
    return client
  })
  await world.settle()
  return { world, clients }
}

/** As a core does some time after a refusal: everything that is not known to be in the log, again. */
function publishAgain(world: HubWorld): void {
  for (const frame of world.frames.slice(world.logged)) world.say({ kind: 'publish', frame })
}

const refusals = ({ told }: HubWorld): readonly (readonly [number, string])[] =>
  told.flatMap(one => (one.kind === 'unlogged' ? [[Number(one.sequence), one.reason] as const] : []))

function expectAll({ world, clients }: Meeting, last: number): void {
  expect(clients.map(({ got, ends }) => [got, ends])).toEqual(clients.map(() => [upTo(last), []]))
  expect([world.logged, world.hub.relays]).toEqual([last, 2])
}

describe('a hub whose log has no more room', () => {
  it.each([0, 1])(
    'goes on where it has some again, whatever is on its way to the disk meanwhile (%i before)',
    async before => {
      const log = new SlowLog()
      const there = await meeting({ log })
      const { world } = there
      for (const _ of upTo(before)) world.publish()
      log.write()
      await world.settle()
      for (const _ of upTo(2)) world.publish()
      log.hasRoom = false
      for (const _ of upTo(2)) world.publish()
      await world.settle()
      expect(refusals(world)).toEqual([
        [before + 3, 'full'],
        [before + 4, 'full'],
      ])
      // Nothing that is on its way is written twice.
      publishAgain(world)
      await world.settle()
      log.write()
      await world.settle()
      log.hasRoom = true
      publishAgain(world)
      log.write()
      await world.settle()
      expectAll(there, before + 4)
      expect(await log.read(0, 1e9)).toEqual(world.frames)
      expect(refusals(world).flat()).not.toContain('gap')
      expect(world.faults).toEqual([])
    },
  )
})

function emptyDisk(): { readonly disk: FaultDisk; open(): Promise<FrameFile> } {
  const disk = new FaultDisk()
  disk.put('/data/.keep', new Uint8Array())
  const rest = { path: '/data/frames', maxBytes: 1e6, random: systemRandom }
  return { disk, open: () => openFrameFile({ ...rest, fileSystem: disk }) }
}

describe('a hub whose disk fails once', () => {
  it.each(['write', 'sync'])(
    'gives what is there all the same to everybody, in order: %s',
    async operation => {
      const { disk, open } = emptyDisk()
      const log = await open()
      const there = await meeting({ log })
      const { world } = there
      world.publish()
      await world.settle()
      failOnce(disk, operation, 'EIO')
      for (const _ of upTo(3)) world.publish()
      await world.settle()
      publishAgain(world)
      world.publish()
      await world.settle()
      expectAll(there, 5)
      expect(await log.read(0, 1e9)).toEqual(world.frames)
      await log.close()
    },
  )
})

describe('a hub whose disk fails for a while', () => {
  it.each(['write', 'sync'])(
    'writes nothing twice that is there all the same, and gives it to everybody: %s',
    async operation => {
      const { disk, open } = emptyDisk()
      const log = await open()
      const there = await meeting({ log })
      const { world } = there
      // From here on it does neither that nor open a file.
      let isFailing = false
      disk.before = asked => {
        if (asked === operation) isFailing = true
        if (isFailing && [operation, 'open'].includes(asked)) throw systemError('EIO')
      }
      for (const _ of upTo(3)) world.publish()
      await world.settle()
      expect(refusals(world).map(([, reason]) => reason)).toContain('log')
      disk.before = () => undefined
      for (const _ of upTo(4)) {
        publishAgain(world)
        await world.settle()
      }
      world.publish()
      await world.settle()
      expectAll(there, 4)
      await log.close()
      const again = await open()
      expect(await again.read(0, 1e9)).toEqual(world.frames)
      await again.close()
    },
  )
})

it('a hub whose disk fails for the first frame behind a log that was emptied takes it later', async () => {
  const { disk, open } = emptyDisk()
  const log = await open()
  const { world, clients } = await meeting({ log })
  world.publish()
  await world.settle()
  world.say({ kind: 'restart', after: 5n })
  await world.settle()
  failOnce(disk, 'write', 'EIO')
  for (const _ of upTo(2)) {
    world.say({ kind: 'publish', frame: broadcast(6) })
    await world.settle()
  }
  expect(refusals(world)).toEqual([[6, 'log']])
  expect(clients.map(({ got }) => got)).toEqual(clients.map(() => [1, 6]))
  await log.close()
})

describe('the longest frame', () => {
  it('is answered to a relay that asks for it, and one that is longer is no frame', async () => {
    const { world } = await meeting({ policy: { recentBytes: 10 } })
    world.publish(maxFrameBytes.member)
    world.publish()
    await world.settle()
    const late = world.newClient()
    late.since = 0
    world.relays[0]?.connect(late)
    await world.settle()
    expect([late.got, late.ends]).toEqual([[1, 2], []])
    world.say({ kind: 'publish', frame: broadcast(3, maxFrameBytes.member + 1) })
    await world.settle()
    expect(refusals(world)).toEqual([[0, 'malformed']])
  })

  it('fits into each message that carries it', () => {
    const frame = broadcast(1, maxFrameBytes.member)
    for (const message of [encodeFrames(1, [frame]), encodeToRelay({ kind: 'publish', frame })])
      expect(message.length).toBeLessThanOrEqual(maxLinkBytes)
  })
})
