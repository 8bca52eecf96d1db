/** Five sealers of one ledger in one process, and a network between them that a test cuts, heals and lies in. */
import { SigningKey } from '@chartseal/core/ed25519'
import { encodeHex } from '@chartseal/core/encoding'
import { memoryLog } from '@chartseal/core/memory'
import { systemRandom } from '@chartseal/core/system'
import {
  ed25519Signer,
  encodeGenesis,
  LedgerNode,
  type LedgerPeer,
  type MemberRole,
  memberOf,
  memoryIndex,
  openSeal,
  type RecordSigner,
  sortedMembers,
} from '@chartseal/emr-ledger'
import { fixedClock, patience } from '@chartseal/testkit'
import { onTestFinished } from 'vitest'
import { createDeviceClient } from '../dist/clinic/client.js'
import { Gossip, type GossipLedger } from '../dist/gossip/gossip.js'
import type { Mesh, MeshSide, OpenMesh, Verdict } from '../dist/gossip/mesh.js'
import { origin, startMs } from './api-world.js'
import { signerOf } from './ledger-world.js'

/** Who is on the network: a node, or a test in the place of one. */
interface Station {
  readonly side: MeshSide
  readonly seen: Set<string>
}

/** Floods what is accepted, each message to each station once, as gossipsub does in the end. */
export class Network {
  readonly #stations = new Map<string, Station>()
  readonly #cuts = new Set<string>()
  /** What became of messages, by who judged them. */
  readonly verdicts: { readonly at: string; readonly from: string; readonly verdict: Verdict }[] = []

  join(name: string): OpenMesh {
    return async side => {
      this.#stations.set(name, { side, seen: new Set() })
      return this.#meshOf(name)
    }
  }

  /** Nothing passes between the two any more. */
  cut(one: string, other: string): void {
    this.#cuts.add(`${one} ${other}`).add(`${other} ${one}`)
  }

  heal(): void {
    this.#cuts.clear()
    for (const { side } of this.#stations.values()) side.onPeer()
  }

  /** In the place of a node: gives blocks as `block` says, and hears nothing. */
  async lie(name: string, block: MeshSide['block'] = async () => null): Promise<void> {
    const isMuted = (): boolean => false
    await this.join(name)({ judge: async () => 'ignore', block, isMuted, onPeer: () => undefined })
  }

  /** As after minutes: what was told is not known to have been. */
  forget(): void {
    for (const { seen } of this.#stations.values()) seen.clear()
  }

  /** What came of the messages of one station. */
  of(from: string): readonly Verdict[] {
    return this.verdicts.filter(one => one.from === from).map(({ verdict }) => verdict)
  }

  /** The same, at one other. */
  at(name: string, from: string): readonly Verdict[] {
    return this.verdicts.filter(one => one.from === from && one.at === name).map(({ verdict }) => verdict)
  }

  /** From one station to each that it reaches. */
  send(from: string, message: Uint8Array, skipped = ''): number {
    const reached = this.#reached(from).filter(to => to !== skipped)
    this.#stations.get(from)?.seen.add(encodeHex(message))
    for (const to of reached) void this.#deliver(from, to, message)
    return reached.length
  }

  #reached(from: string): readonly string[] {
    return [...this.#stations.keys()].filter(to => to !== from && !this.#cuts.has(`${from} ${to}`))
  }

  async #deliver(from: string, to: string, message: Uint8Array): Promise<void> {
    const station = this.#stations.get(to)
    if (station === undefined || station.seen.has(encodeHex(message))) return
    station.seen.add(encodeHex(message))
    const verdict = await station.side.judge(from, message)
    this.verdicts.push({ at: to, from, verdict })
    if (verdict === 'accept') this.send(to, message, from)
  }

  #meshOf(name: string): Mesh {
    const reached = (): readonly string[] => this.#reached(name)
    return {
      get there() {
        return reached().length
      },
      addresses: [],
      peers: reached,
      publish: async message => this.send(name, message),
      ask: async (peer, id) =>
        reached().includes(peer) ? ((await this.#stations.get(peer)?.side.block(name, id)) ?? null) : null,
      close: async () => void this.#stations.delete(name),
    }
  }
}

const seconds = BigInt(startMs / 1_000)
export const doctor = createDeviceClient(origin, { clock: fixedClock(startMs), random: systemRandom })
const signers = Array.from({ length: 5 }, () => ed25519Signer(SigningKey.generate(systemRandom)))
const member = (signer: RecordSigner, ...roles: MemberRole[]) => memberOf({ ...signer, name: '', roles })
const genesis = encodeGenesis({
  name: 'Test clinic',
  timestamp: seconds,
  roster: {
    number: 1n,
    quorum: 1,
    members: sortedMembers([
      member(signerOf(doctor), 'prescriber'),
      ...signers.map(signer => member(signer, 'sealer', 'registrar')),
    ]),
  },
  seal: { kind: 'poa', slotSeconds: 1, slotsPerTurn: 4, tolerates: 'crash' },
  legacy: null,
  salt: systemRandom.bytes(32),
})

export const peerOf = (node: LedgerNode): LedgerPeer => ({
  tip: async () => node.tip,
  headers: (from, limit) => node.headers(from, limit),
  block: id => node.block(id),
  evidence: async () => node.evidence(),
  pending: async () => node.pending().map(({ bytes }) => bytes),
})

export interface Place {
  readonly name: string
  readonly node: LedgerNode
  /** What gossip is given. */
  readonly ledger: GossipLedger
  /** `null` where it only pulls. */
  readonly gossip: Gossip | null
  /** How often it was said that something is missing. */
  readonly soon: () => number
}

export interface PlaceOptions {
  /** `null`: it only pulls. */
  readonly mesh: OpenMesh | null
  /** Which of the five; none for one that only reads. */
  readonly sealer?: number
  readonly clock: ReturnType<typeof fixedClock>
}

export async function openPlace(name: string, { mesh, sealer = -1, clock }: PlaceOptions): Promise<Place> {
  const signer = signers[sealer]
  const node = await LedgerNode.open({
    genesis,
    blocks: memoryLog(),
    index: memoryIndex(),
    clock,
    seal: start => openSeal({ ...start, tools: signer === undefined ? {} : { signer } }),
  })
  let soon = 0
  const ledger: GossipLedger = {
    node,
    read: work => work({ node }),
    isWorking: true,
    submit: record => node.submit(record),
    receive: block => node.receive(block),
    vote: evidence => node.vote(evidence),
    pullSoon: () => {
      soon += 1
    },
  }
  const named = 4
  const gossip =
    mesh === null ? null : await Gossip.open({ ledger, clock, open: mesh, named, answerMs: patience.timeout })
  if (gossip !== null) node.subscribe(event => gossip.hear(event))
  onTestFinished(async () => {
    await gossip?.close()
    await node.close()
  })
  return { name, node, ledger, gossip, soon: () => soon }
}
