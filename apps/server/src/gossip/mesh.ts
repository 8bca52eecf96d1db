/** The network that gossip runs over, as the rules of gossip see it. */

/** What becomes of a message: only what is taken is passed on. `reject`: every honest node would, so its sender is none. */
export type Verdict = 'accept' | 'ignore' | 'reject'

export interface Mesh {
  /** Where this node is reached: multiaddrs with its id. */
  readonly addresses: readonly string[]
  /** How many named peers hear what is told. */
  readonly there: number
  /** Names of those who are connected. */
  peers(): readonly string[]
  /** Resolves with how many it was sent to. */
  publish(message: Uint8Array): Promise<number>
  /** A block of one peer; `null` where it has none. @throws what the network throws */
  ask(peer: string, id: Uint8Array, signal: AbortSignal): Promise<Uint8Array | null>
  close(): Promise<void>
}

/** What the network asks of the node. */
export interface MeshSide {
  judge(peer: string, message: Uint8Array): Promise<Verdict>
  /** A block that a peer asks for; `null` for none. */
  block(peer: string, id: Uint8Array): Promise<Uint8Array | null>
  /** Whether nothing of this peer is looked at. */
  isMuted(peer: string): boolean
  /** A peer came. */
  onPeer(): void
}

export type OpenMesh = (side: MeshSide) => Promise<Mesh>
