/** Gossip over the packages that it is made of, on the loopback. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { systemRandom } from '@chartseal/core/system'
import { patience, runsOf } from '@chartseal/testkit'
import { expect, it, onTestFinished, vi } from 'vitest'
import { peerIdOf } from '../dist/gossip/key.js'
import { libp2pMesh } from '../dist/gossip/libp2p-mesh.js'
import { loadLibp2p } from '../dist/gossip/libp2p-parts.js'
import type { Mesh, MeshSide } from '../dist/gossip/mesh.js'
import { comesThroughAPartition, names } from './gossip-five.js'
import { anyPort, Loopback, portOf } from './gossip-loopback.js'

interface End {
  readonly mesh: Mesh
  readonly id: string
  /** What came, as text. */
  readonly came: string[]
}

const keyed = () => {
  const key = SigningKey.generate(systemRandom)
  return { seed: key.reveal(), own: peerIdOf(verifyingKeyOf(key)) }
}

/** A side that takes everything, and gives each name as a block. */
const sideOf = (came: string[], over: Partial<MeshSide> = {}): MeshSide => ({
  judge: async (_peer, message) => {
    came.push(Buffer.from(message).toString())
    return 'accept'
  },
  block: async (_peer, id) => new Uint8Array(300_000).fill(id[0] ?? 0),
  isMuted: () => false,
  onPeer: () => undefined,
  ...over,
})

async function opened(
  peers: readonly string[],
  { own, seed } = keyed(),
  over: Partial<MeshSide> = {},
  ledger = 'test',
): Promise<End> {
  const came: string[] = []
  const mesh = await libp2pMesh({ seed, own, ledger, listen: anyPort, peers })(sideOf(came, over))
  onTestFinished(() => mesh.close())
  return { mesh, id: own, came }
}

const heard = (mesh: Mesh, count: number): Promise<void> =>
  vi.waitFor(() => expect(mesh.there).toBe(count), patience)

it('tells those who are named, gives them blocks, and lets in nobody else', async () => {
  const [first, second, stranger] = [keyed(), keyed(), keyed()]
  const one = await opened([`/p2p/${second.own}`], first)
  const [address = ''] = one.mesh.addresses
  expect(address).toBe(`/ip4/127.0.0.1/tcp/${portOf(address)}/p2p/${first.own}`)
  const muted = vi.fn(() => false)
  const other = await opened([address], second, { block: async () => null, isMuted: muted })
  const outside = await opened([address], stranger)
  await Promise.all([heard(one.mesh, 1), heard(other.mesh, 1)])
  expect(await other.mesh.publish(new TextEncoder().encode('hello'))).toBe(1)
  await vi.waitFor(() => expect(one.came).toEqual(['hello']), patience)
  const id = new Uint8Array(32).fill(7)
  const soon = AbortSignal.timeout(patience.timeout)
  expect(await other.mesh.ask(one.id, id, soon)).toEqual(new Uint8Array(300_000).fill(7))
  expect(await one.mesh.ask(other.id, id, soon)).toBeNull()
  expect(await one.mesh.ask(outside.id, id, soon)).toBeNull()
  expect([one.mesh.peers(), outside.mesh.there]).toEqual([[other.id], 0])
  expect(await outside.mesh.publish(new TextEncoder().encode('hello'))).toBe(0)
  expect(muted).toHaveBeenCalledWith(one.id)
})

it('asks no longer than it is told to, and takes no more than a block', async () => {
  const [first, second] = [keyed(), keyed()]
  let block: () => Promise<Uint8Array | null> = () => new Promise(() => undefined)
  const one = await opened([`/p2p/${second.own}`], first, { block: () => block() })
  const other = await opened([one.mesh.addresses[0] ?? ''], second)
  await heard(other.mesh, 1)
  const ask = (forMs: number) => other.mesh.ask(one.id, new Uint8Array(32), AbortSignal.timeout(forMs))
  await expect(ask(50)).rejects.toThrow()
  block = async () => new Uint8Array(1_048_577)
  await expect(ask(patience.timeout)).rejects.toThrow(RangeError)
})

it('does not begin where a package is missing, which it names with what installs it', async () => {
  const missing = async () => {
    throw new Error("Cannot find package '@libp2p/tcp' imported from /here/file.js")
  }
  const error = await loadLibp2p(missing).catch((refusal: unknown) => refusal)
  expect(error).toMatchObject({ code: 'gossip/not-installed', context: { package: '@libp2p/tcp' } })
  expect(`${error}`).toMatch(/npm install --global --include=optional chartseal-server libp2p@3/)
})

it('does not begin where it cannot listen', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await once(taken, 'listening')
  const place = taken.address()
  const port = typeof place === 'object' ? place?.port : 0
  const options = { ...keyed(), ledger: 'test', listen: `/ip4/127.0.0.1/tcp/${port}`, peers: [] }
  const error = await libp2pMesh(options)(sideOf([])).catch((refusal: unknown) => refusal)
  expect(error).toMatchObject({
    code: 'gossip/listen',
    context: { at: options.listen, reason: 'EADDRINUSE' },
  })
})

it.each(runsOf(1, 0) === 1 ? [1] : [])(
  'five sealers have one chain behind a partition, and so has who comes late',
  async () => {
    const loopback = await Loopback.of(...names, 'late')
    onTestFinished(() => loopback.close())
    await comesThroughAPartition(loopback)
  },
)
