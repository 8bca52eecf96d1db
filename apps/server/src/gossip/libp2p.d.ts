/**
 * What gossip takes of libp2p. The packages are optional: a checkout without them is built all the same, and a test with
 * them (gossip-libp2p.test.ts) shows that they are as this says.
 */
declare module 'libp2p' {
  import type { Multiaddr } from '@multiformats/multiaddr'

  export interface PeerId {
    toString(): string
  }
  export interface Connection {
    readonly remotePeer: PeerId
    newStream(protocol: string, options: { readonly signal: AbortSignal }): Promise<Stream>
  }
  /** What comes in is a list of pieces, or one. */
  export interface Stream extends AsyncIterable<Uint8Array | { subarray(): Uint8Array }> {
    send(bytes: Uint8Array): boolean
    onDrain(options?: { readonly signal: AbortSignal }): Promise<void>
    /** Of the writing half; what is left is sent first. */
    close(options?: { readonly signal: AbortSignal }): Promise<void>
    abort(error: Error): void
  }
  export interface Libp2p<Services> {
    readonly services: Services
    getConnections(): readonly Connection[]
    getMultiaddrs(): readonly Multiaddr[]
    dial(address: Multiaddr, options: { readonly signal: AbortSignal }): Promise<Connection>
    handle(
      protocol: string,
      handler: (stream: Stream, connection: Connection) => Promise<void>,
      options: { readonly maxInboundStreams: number },
    ): Promise<void>
    addEventListener(name: 'peer:connect' | 'peer:disconnect', listener: () => void): void
    stop(): Promise<void>
  }
  export function createLibp2p<Services>(options: {
    readonly [name: string]: unknown
    readonly services: { readonly [Name in keyof Services]: unknown }
  }): Promise<Libp2p<Services>>
}

declare module '@libp2p/gossipsub' {
  export interface GossipSub {
    readonly topicValidators: Map<
      string,
      (peer: { toString(): string }, message: { readonly data: Uint8Array }) => Promise<string>
    >
    subscribe(topic: string): void
    getSubscribers(topic: string): readonly unknown[]
    publish(topic: string, message: Uint8Array): Promise<{ readonly recipients: readonly unknown[] }>
  }
  export function gossipsub(options: { readonly [name: string]: unknown }): unknown
}

declare module '@libp2p/crypto/keys' {
  export function generateKeyPairFromSeed(type: 'Ed25519', seed: Uint8Array): Promise<unknown>
}
declare module '@libp2p/identify' {
  export function identify(): unknown
}
declare module '@libp2p/noise' {
  export function noise(): unknown
}
declare module '@libp2p/tcp' {
  export function tcp(options: { readonly [name: string]: unknown }): unknown
}
declare module '@libp2p/yamux' {
  export function yamux(): unknown
}
declare module '@multiformats/multiaddr' {
  export interface Multiaddr {
    toString(): string
  }
  export function multiaddr(text: string): Multiaddr
}
