/** Places that gossip over libp2p on the loopback, each with a way of its own to each other, which a test cuts. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { systemRandom } from '@chartseal/core/system'
import { peerIdOf } from '../dist/gossip/key.js'
import { libp2pMesh } from '../dist/gossip/libp2p-mesh.js'
import type { OpenMesh } from '../dist/gossip/mesh.js'
import type { Meshes } from './gossip-five.js'
import { Link } from './tcp-link.js'

export const anyPort = '/ip4/127.0.0.1/tcp/0'

/** The port of an address with one. */
export const portOf = (address = ''): number => Number(/\/tcp\/(\d+)/.exec(address)?.[1])

interface Named {
  readonly key: SigningKey
  readonly id: string
}

export class Loopback implements Meshes {
  readonly #keys: ReadonlyMap<string, Named>
  readonly #links = new Map<string, Link>()
  readonly #ports = new Map<string, number>()

  /** @param names of all that there will be: each names each */
  private constructor(names: readonly string[]) {
    const named = names.map((name): [string, Named] => {
      const key = SigningKey.generate(systemRandom)
      return [name, { key, id: peerIdOf(verifyingKeyOf(key)) }]
    })
    this.#keys = new Map(named)
  }

  static async of(...names: readonly string[]): Promise<Loopback> {
    const loopback = new Loopback(names)
    for (const from of names) {
      for (const to of names) {
        if (from === to) continue
        const link = new Link()
        loopback.#links.set(`${from} ${to}`, link)
        loopback.#ports.set(`${from} ${to}`, await link.listen())
      }
    }
    return loopback
  }

  join(name: string): OpenMesh {
    const own = this.#keys.get(name)
    if (own === undefined) throw new Error(`no name ${name}`)
    const others = [...this.#keys].filter(([other]) => other !== name)
    const peers = others.map(
      ([other, { id }]) => `/ip4/127.0.0.1/tcp/${this.#ports.get(`${name} ${other}`)}/p2p/${id}`,
    )
    const options = { seed: own.key.reveal(), own: own.id, ledger: 'test', listen: anyPort, peers }
    return async side => {
      const mesh = await libp2pMesh(options)(side)
      for (const [other] of others) {
        const link = this.#links.get(`${other} ${name}`)
        if (link !== undefined) link.port = portOf(mesh.addresses[0])
      }
      return mesh
    }
  }

  cut(one: string, other: string): void {
    for (const way of [`${one} ${other}`, `${other} ${one}`]) this.#links.get(way)?.cut()
  }

  heal(): void {
    for (const link of this.#links.values()) link.heal()
  }

  close(): void {
    for (const link of this.#links.values()) link.close()
  }
}
