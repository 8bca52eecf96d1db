/** Who is enrolled, with the keys in memory: a signed request costs no look into the store. */
import { VerifyingKey } from '@chartseal/core/ed25519'
import { decodeBase64Url, decodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { Clock } from '@chartseal/core/ports'
import type { StoredDevice, Tables } from '../store.js'

export interface EnrolledDevice extends StoredDevice {
  readonly identity: VerifyingKey
}

interface Known {
  readonly device: EnrolledDevice
  readonly untilMs: number
}

/** Another process that ended a device is believed after this long. */
const keptMs = 5_000
const mostKept = 10_000

export class Directory {
  readonly #tables: Pick<Tables, 'devices' | 'mailboxes'>
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()
  readonly #owners = new Map<string, string>()

  constructor(tables: Pick<Tables, 'devices' | 'mailboxes'>, clock: Clock) {
    this.#tables = tables
    this.#clock = clock
  }

  /** `null` for a key that was never enrolled. */
  async find(kid: string): Promise<EnrolledDevice | null> {
    const nowMs = this.#clock.nowMs()
    const known = this.#known.get(kid)
    if (known !== undefined && nowMs < known.untilMs && nowMs >= known.untilMs - keptMs) return known.device
    const stored = await this.#tables.devices.find(kid)
    if (stored === null) return null
    const device = { ...stored, identity: identityOf(stored.keys) }
    this.#keep(kid, { device, untilMs: nowMs + keptMs }, nowMs)
    return device
  }

  /** How many are in memory. */
  get kept(): number {
    return this.#known.size
  }

  #keep(kid: string, known: Known, nowMs: number): void {
    this.#known.delete(kid)
    // The oldest stand first: a device that does nothing costs nothing.
    for (const [oldest, { untilMs }] of this.#known) {
      if (untilMs > nowMs && this.#known.size < mostKept) break
      this.#known.delete(oldest)
    }
    this.#known.set(kid, known)
  }

  /** The kid of the device that owns a mailbox: it never changes. */
  async ownerOf(box: string): Promise<string | null> {
    const known = this.#owners.get(box)
    if (known !== undefined) return known
    const owner = await this.#tables.mailboxes.ownerOf(box)
    if (owner === null) return null
    const [oldest] = this.#owners.keys()
    if (this.#owners.size >= mostKept && oldest !== undefined) this.#owners.delete(oldest)
    this.#owners.set(box, owner)
    return owner
  }

  /** What is known of a device is asked for again. */
  forget(kid: string): void {
    this.#known.delete(kid)
  }
}

/** The keys of a device as they are stored: JSON, in this order. */
export function keysText(identity: string, noise: string): string {
  return JSON.stringify({ v: 1, identity, noise })
}

function identityOf(keys: Uint8Array): VerifyingKey {
  const key = VerifyingKey.of(decodeBase64Url(JsonObject.parse(decodeUtf8(keys)).text('identity')))
  if (key === null) throw new Error('internal: a device was enrolled without a key')
  return key
}
