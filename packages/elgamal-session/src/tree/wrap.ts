/** The key of a node under that of one child: XOR with a pad that the child's key gives; docs/spec/key-tree.md. */
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { nodeNameBytes, writeNode, writeU32 } from './bytes.js'
import { derive, type NodeVersion } from './derive.js'
import { Expansions } from './expand.js'
import { keyBytes } from './shape.js'

export const wrapBytes: number = keyBytes
const label = encodeUtf8('chartseal/lkh-wrap/v2')
const nodeAt = 4
const childAt = nodeAt + nodeNameBytes
const placeBytes = childAt + 1

/** 32 bytes from an offset on. */
export interface KeyAt {
  readonly keys: Uint8Array
  readonly offset: number
}

/** The node whose key is wrapped, and for which of its children, 0 to 3. */
export interface WrapPlace extends NodeVersion {
  readonly child: number
}

/** A key, and where its wrap belongs. */
interface Wrapped {
  readonly key: KeyAt
  readonly output: KeyAt
}

/**
 * The wraps of one tree's commits. A child key wraps for one node, its parent, which stays the same however the tree
 * grows, and once in an epoch, which the pad hangs on. So no pad comes twice.
 */
export class KeyWrapper {
  readonly #pads: Expansions
  readonly #wrapped: Wrapped[] = []
  #epoch = 0

  constructor(conferenceId: Uint8Array) {
    this.#pads = new Expansions(concat(label, conferenceId), placeBytes)
  }

  begin(epoch: number): void {
    this.#epoch = epoch
  }

  /** The wrap is there after {@link KeyWrapper.finish}, until which both keys must stay as they are. */
  wrap(child: KeyAt, key: KeyAt, place: WrapPlace, output: KeyAt): void {
    if (this.#pads.isFull) this.finish()
    writePlace(this.#pads.infos, this.#pads.add(child.keys, child.offset), this.#epoch, place)
    this.#wrapped.push({ key, output })
  }

  finish(): void {
    if (this.#pads.count === 0) return
    const pads = this.#pads.expand()
    for (let i = 0; i < this.#wrapped.length; i++) {
      const one = this.#wrapped[i]
      if (one !== undefined) hide(one.key, { keys: pads, offset: i * keyBytes }, one.output)
    }
    this.#pads.wipe()
    this.#wrapped.length = 0
  }
}

function hide(key: KeyAt, pad: KeyAt, { keys, offset }: KeyAt): void {
  for (let i = 0; i < keyBytes; i++)
    keys[offset + i] = (key.keys[key.offset + i] ?? 0) ^ (pad.keys[pad.offset + i] ?? 0)
}

function writePlace(bytes: Uint8Array, at: number, epoch: number, place: WrapPlace): void {
  writeU32(bytes, at, epoch)
  writeNode(bytes, at + nodeAt, place)
  bytes[at + childAt] = place.child
}

/**
 * Fresh 32 bytes, which the caller wipes. Whether it is the key shows at the confirmation of the commit, on which the
 * keys of all nodes above hang.
 */
export function unwrapKey(
  childKey: Uint8Array,
  wrapped: Uint8Array,
  { conferenceId, epoch }: { readonly conferenceId: Uint8Array; readonly epoch: number },
  place: WrapPlace,
): Uint8Array {
  const info = new Uint8Array(placeBytes)
  writePlace(info, 0, epoch, place)
  const key = derive(childKey, label, conferenceId, info)
  for (let i = 0; i < keyBytes; i++) key[i] = (key[i] ?? 0) ^ (wrapped[i] ?? 0)
  return key
}
