/**
 * Gossip over libp2p, loaded when it is wanted: gossipsub tells ids and small messages, and a protocol of its own gives
 * blocks. Only named peers come in.
 */
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { maxBlockBytes } from '@chartseal/emr-ledger'
import type { GossipSub } from '@libp2p/gossipsub'
import type { Connection, Libp2p, Stream } from 'libp2p'
import { type GossipPeer, peerOf } from './address.js'
import { gossipError } from './errors.js'
import { type Libp2pParts, loadLibp2p } from './libp2p-parts.js'
import type { Mesh, MeshSide, OpenMesh } from './mesh.js'
import { maxMessageBytes } from './message.js'

export interface Libp2pMeshOptions {
  /** Of the Ed25519 key, 32 bytes; the network keeps a copy until it is closed. */
  readonly seed: Uint8Array
  /** Base58, of the same key. */
  readonly own: string
  /** What the topic is named by: text without spaces. */
  readonly ledger: string
  /** `/ip4/…/tcp/…` */
  readonly listen: string
  /** As `isPeerAddress`. */
  readonly peers: readonly string[]
}

const blockProtocol = '/chartseal/ledger/block/2'
const idBytes = 32
const dialMs = 10_000
const serveMs = 10_000
/** Whoever has the greater id calls later, so that two do not call each other at once. */
const politeMs = 1_000
const firstRetryMs = 1_000
const longestRetryMs = 30_000
const lookMs = 1_000
/** Below what gossipsub looks at no more. */
const mutedScore = -1_000

/** @throws ChartsealError `gossip/not-installed`, `gossip/listen` */
export function libp2pMesh(options: Libp2pMeshOptions): OpenMesh {
  return async side => {
    const parts = await loadLibp2p()
    const mesh = new Libp2pMesh(options, await started(options, parts, side), parts)
    await mesh.begin(side)
    return mesh
  }
}

interface Services {
  readonly pubsub: GossipSub
  readonly identify: unknown
}

const topicOf = (ledger: string): string => `chartseal/ledger/2/${ledger}`

async function started(
  { seed, ledger, listen, peers }: Libp2pMeshOptions,
  parts: Libp2pParts,
  side: MeshSide,
): Promise<Libp2p<Services>> {
  const named = new Set(peers.map(one => peerOf(one).id))
  const isStranger = (peer: { toString(): string }): boolean => !named.has(peer.toString())
  const privateKey = await parts.keyOf(seed)
  try {
    return await parts.create<Services>({
      privateKey,
      nodeInfo: { userAgent: 'chartseal' },
      addresses: { listen: [listen] },
      transports: [parts.tcp({ maxConnections: 4 * named.size + 32 })],
      connectionEncrypters: [parts.noise()],
      streamMuxers: [parts.yamux()],
      connectionManager: {
        maxConnections: 4 * named.size + 4,
        // Several nodes may be behind one address; a second is enough for all of them.
        inboundConnectionThreshold: 5 + 2 * named.size,
        maxIncomingPendingConnections: 10 + named.size,
      },
      connectionGater: {
        denyDialPeer: isStranger,
        denyInboundEncryptedConnection: isStranger,
      },
      services: {
        identify: parts.identify(),
        pubsub: parts.gossipsub(pubsubOptions(topicOf(ledger), parts, side)),
      },
    })
  } catch (error) {
    const text = error instanceof Error ? error.message : ''
    throw gossipError('gossip/listen', { at: listen, reason: /\bE[A-Z]{4,}\b/.exec(text)?.[0] ?? 'refused' })
  }
}

function pubsubOptions(
  topic: string,
  { hash }: Libp2pParts,
  side: MeshSide,
): { readonly [name: string]: unknown } {
  return {
    // What is told is signed by whom it is of. Who passes it on says nothing by that.
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: ({ data }: { readonly data: Uint8Array }) => hash(data),
    allowedTopics: [topic],
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    fallbackToFloodsub: false,
    doPX: false,
    maxInboundDataLength: 2 * maxMessageBytes,
    maxOutboundBufferSize: 64 * maxMessageBytes,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      maxMessages: 256,
      maxIhaveMessageIDs: 2_048,
      maxIwantMessageIDs: 2_048,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 512,
      maxPeerInfos: 0,
    },
    scoreParams: {
      // Nodes of one building have one address, and named ones alone come in.
      IPColocationFactorWeight: 0,
      appSpecificScore: (peer: string) => (side.isMuted(peer) ? mutedScore : 0),
      appSpecificWeight: 1,
      behaviourPenaltyThreshold: 6,
      topics: {
        [topic]: {
          topicWeight: 1,
          // A quiet ledger is no fault of a peer.
          meshMessageDeliveriesWeight: 0,
          meshFailurePenaltyWeight: 0,
          // Three are below what is looked at: no honest node passes on any.
          invalidMessageDeliveriesWeight: -10,
          invalidMessageDeliveriesDecay: 0.99,
          timeInMeshWeight: 0,
          firstMessageDeliveriesWeight: 0,
        },
      },
    },
  }
}

class Libp2pMesh implements Mesh {
  readonly #options: Libp2pMeshOptions
  readonly #libp2p: Libp2p<Services>
  readonly #parts: Libp2pParts
  readonly #topic: string
  readonly #ended = new AbortController()
  #calls: readonly Promise<void>[] = []

  constructor(options: Libp2pMeshOptions, libp2p: Libp2p<Services>, parts: Libp2pParts) {
    this.#options = options
    this.#libp2p = libp2p
    this.#parts = parts
    this.#topic = topicOf(options.ledger)
    // Each call waits by this signal: Node takes more than ten for a leak.
    setMaxListeners(0, this.#ended.signal)
  }

  async begin(side: MeshSide): Promise<void> {
    const { pubsub } = this.#libp2p.services
    this.#libp2p.addEventListener('peer:connect', () => side.onPeer())
    await this.#libp2p.handle(blockProtocol, (stream, connection) => serve(stream, connection, side), {
      maxInboundStreams: 8,
    })
    pubsub.topicValidators.set(this.#topic, (peer, { data }) => side.judge(peer.toString(), data))
    pubsub.subscribe(this.#topic)
    this.#calls = this.#options.peers.map(one => this.#call(peerOf(one)))
  }

  get addresses(): readonly string[] {
    return this.#libp2p.getMultiaddrs().map(String)
  }

  get there(): number {
    return this.#libp2p.services.pubsub.getSubscribers(this.#topic).length
  }

  peers(): readonly string[] {
    return [...new Set(this.#libp2p.getConnections().map(({ remotePeer }) => remotePeer.toString()))]
  }

  async publish(message: Uint8Array): Promise<number> {
    return (await this.#libp2p.services.pubsub.publish(this.#topic, message)).recipients.length
  }

  async ask(peer: string, id: Uint8Array, signal: AbortSignal): Promise<Uint8Array | null> {
    const connection = this.#libp2p.getConnections().find(one => one.remotePeer.toString() === peer)
    if (connection === undefined) return null
    const stream = await connection.newStream(blockProtocol, { signal })
    const bytes = await within(stream, signal, async () => {
      stream.send(id)
      await stream.close({ signal })
      return read(stream, maxBlockBytes)
    })
    return bytes.length === 0 ? null : bytes
  }

  async close(): Promise<void> {
    this.#ended.abort()
    await Promise.all(this.#calls)
    await this.#libp2p.stop()
  }

  /** Calls a peer whenever it is not connected. */
  async #call({ id, address }: GossipPeer): Promise<void> {
    if (address === null) return
    const { signal } = this.#ended
    const at = this.#parts.multiaddr(address)
    if (this.#options.own > id) await this.#pause(politeMs)
    for (let retryMs = 0; !signal.aborted; ) {
      if (this.peers().includes(id)) {
        retryMs = 0
        await this.#pause(lookMs)
        continue
      }
      try {
        await this.#libp2p.dial(at, { signal: AbortSignal.any([signal, AbortSignal.timeout(dialMs)]) })
      } catch {
        retryMs = Math.min(Math.max(2 * retryMs, firstRetryMs), longestRetryMs)
        await this.#pause(retryMs)
      }
    }
  }

  async #pause(forMs: number): Promise<void> {
    await sleep(forMs, undefined, { signal: this.#ended.signal }).catch(() => undefined)
  }
}

async function serve(stream: Stream, { remotePeer }: Connection, side: MeshSide): Promise<void> {
  const signal = AbortSignal.timeout(serveMs)
  await within(stream, signal, async () => {
    const id = await read(stream, idBytes)
    const block = id.length === idBytes ? await side.block(remotePeer.toString(), id) : null
    if (block !== null && !stream.send(block)) await stream.onDrain({ signal })
    await stream.close({ signal })
  }).catch(() => undefined)
}

/** A stream that is late, or fails, is reset: nothing of it is left. */
async function within<Result>(
  stream: Stream,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  const end = (): void => stream.abort(new Error('late'))
  signal.addEventListener('abort', end)
  try {
    return await work()
  } catch (error) {
    stream.abort(new Error('failed'))
    throw error
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** What comes until the other side ends. @throws RangeError for more than that */
async function read(stream: Stream, mostBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const piece of stream) {
    const bytes = piece.subarray()
    size += bytes.length
    if (size > mostBytes) throw new RangeError(`at most ${mostBytes} bytes`)
    parts.push(bytes)
  }
  return new Uint8Array(Buffer.concat(parts))
}
