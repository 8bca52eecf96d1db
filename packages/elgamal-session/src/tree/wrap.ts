/** The key of a node under that of one child: AES-256-GCM (NIST SP 800-38D). */
import { coreError } from '@chartseal/core/errors'
import { platform } from '#platform'
import { writeU32 } from './advance.js'
import type { NodeVersion } from './derive.js'
import { conferenceIdBytes, keyBytes } from './shape.js'

export const wrapBytes = 48
const nonceBytes = 12
const nodeAt = conferenceIdBytes + 4
const aadBytes = nodeAt + 10

/** The node whose key is wrapped, and for which of its children, 0 to 3. */
export interface WrapPlace extends NodeVersion {
  readonly child: number
}

/**
 * The wraps of one commit. The nonce is the epoch: a child key wraps for one node, its parent, which stays the same
 * however the tree grows, and once in an epoch. So no nonce comes twice under one key.
 */
export class KeyWrapper {
  readonly #nonce = new Uint8Array(nonceBytes)
  readonly #aad = new Uint8Array(aadBytes)

  constructor(conferenceId: Uint8Array, epoch: number) {
    writeU32(this.#nonce, nonceBytes - 4, epoch)
    this.#aad.set(conferenceId)
    writeU32(this.#aad, conferenceIdBytes, epoch)
  }

  /** Writes 48 bytes to `output`. */
  wrap(childKey: Uint8Array, key: Uint8Array, place: WrapPlace, output: Uint8Array): void {
    platform.sealKey(childKey, this.#nonce, key, this.#aadOf(place), output)
  }

  /** The caller wipes the 32 bytes. @throws ChartsealError `open/failed` */
  unwrap(childKey: Uint8Array, wrapped: Uint8Array, place: WrapPlace): Uint8Array {
    const key = platform.openKey(childKey, this.#nonce, wrapped, this.#aadOf(place))
    if (key === null || key.length !== keyBytes) throw coreError('open/failed', {})
    return key
  }

  #aadOf({ level, index, version, child }: WrapPlace): Uint8Array {
    this.#aad[nodeAt] = level
    writeU32(this.#aad, nodeAt + 1, index)
    writeU32(this.#aad, nodeAt + 5, version)
    this.#aad[nodeAt + 9] = child
    return this.#aad
  }
}
