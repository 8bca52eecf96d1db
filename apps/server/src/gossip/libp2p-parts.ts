/** The packages of gossip, which are optional: loaded when a server gossips, and named when one is not there. */

import { sha256 } from '@chartseal/core/hkdf'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Libp2p } from 'libp2p'
import { gossipError } from './errors.js'

type Options = { readonly [name: string]: unknown }

export interface Libp2pParts {
  create<Services>(
    options: Options & { readonly services: { readonly [Name in keyof Services]: unknown } },
  ): Promise<Libp2p<Services>>
  keyOf(seed: Uint8Array): Promise<unknown>
  hash(bytes: Uint8Array): Uint8Array
  gossipsub(options: Options): unknown
  tcp(options: Options): unknown
  identify(): unknown
  noise(): unknown
  yamux(): unknown
  multiaddr(text: string): Multiaddr
}

/**
 * What installs them beside a server that was installed without. On Node 20 npm leaves libp2p out, as one package below it
 * asks for Node 22, though it runs; named by itself, it is installed.
 */
const command = 'npm install --global --include=optional chartseal-server libp2p@3'

const packages = () =>
  Promise.all([
    import('libp2p'),
    import('@libp2p/gossipsub'),
    import('@libp2p/crypto/keys'),
    import('@libp2p/identify'),
    import('@libp2p/noise'),
    import('@libp2p/tcp'),
    import('@libp2p/yamux'),
    import('@multiformats/multiaddr'),
  ])

/** @throws ChartsealError `gossip/not-installed` */
export async function loadLibp2p(load: typeof packages = packages): Promise<Libp2pParts> {
  provideWithResolvers()
  try {
    const [libp2p, pubsub, keys, identify, noise, tcp, yamux, addresses] = await load()
    return {
      create: libp2p.createLibp2p,
      keyOf: seed => keys.generateKeyPairFromSeed('Ed25519', seed),
      hash: sha256,
      gossipsub: pubsub.gossipsub,
      tcp: tcp.tcp,
      identify: identify.identify,
      noise: noise.noise,
      yamux: yamux.yamux,
      multiaddr: addresses.multiaddr,
    }
  } catch (error) {
    throw gossipError('gossip/not-installed', { package: missingIn(error), command })
  }
}

/** Of what Node says of a package that it does not find. */
function missingIn(error: unknown): string {
  const text = error instanceof Error ? error.message : ''
  return /package '([^']+)'/.exec(text)?.[1] ?? 'libp2p'
}

/** libp2p asks for it, and Node 20 has none. */
function provideWithResolvers(): void {
  if ('withResolvers' in Promise) return
  Object.defineProperty(Promise, 'withResolvers', {
    configurable: true,
    writable: true,
    value: () => {
      let [resolve, reject]: [(value: unknown) => void, (reason: unknown) => void] = [
        () => undefined,
        () => undefined,
      ]
      const promise = new Promise((one, other) => {
        resolve = one
        reject = other
      })
      return { promise, resolve, reject }
    },
  })
}
