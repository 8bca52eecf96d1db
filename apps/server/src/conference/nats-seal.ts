/**
 * What the servers of a clinic put on the bus, sealed under a key that they share in a file: whoever has the bus
 * alone sees subjects, lengths and moments, and makes nobody accept a thing. Specification: docs/spec/nats-link.md.
 */
import { nonceBytes, open, openAt, seal, sealAt, tagBytes } from '@chartseal/core/aead'
import { concat, equal } from '@chartseal/core/bytes'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { hkdfSha256, hmacSha256 } from '@chartseal/core/hkdf'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'

/** Of a conference, and of each end of a link. */
export const idBytes = 16
const keyBytes = 32
const counterBytes = 8
const headBytes = 1 + counterBytes
const askBytes = 1 + nonceBytes + 2 * idBytes + tagBytes
const none = new Uint8Array(0)
/** What a sealed packet has more than the packet. */
export const sealBytes: number = headBytes + tagBytes

/** A link that is asked for: 16 bytes each. */
export interface Asked {
  readonly outer: Uint8Array
  readonly conference: Uint8Array
}

/** First byte of everything on the bus. */
const types = { open: 1, answer: 2, packet: 3 } as const

/** What servers that have the key say to each other before there is a link. */
export class ClinicKeys {
  /** Where the home listens that the servers of this key have. */
  readonly subject: string
  readonly #key: Uint8Array
  readonly #asking: AeadKey

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    this.#key = key
    this.#asking = new AeadKey(derived(key, 'open', none, keyBytes))
    this.subject = `chartseal.home.${encodeHex(derived(key, 'home', none, idBytes))}`
  }

  /** Asks for a link. @param outer the number that the outer side has drawn for it @param conference its id */
  ask({ outer, conference }: Asked, random: Random): Uint8Array {
    const head = Uint8Array.of(types.open)
    const { nonce, ciphertext } = seal(this.#asking, concat(outer, conference), head, random)
    return concat(head, nonce, ciphertext)
  }

  /** `null` for what no server of the clinic has asked. */
  asked(bytes: Uint8Array): Asked | null {
    if (bytes.length !== askBytes || bytes[0] !== types.open) return null
    const sealed = { nonce: bytes.subarray(1, 1 + nonceBytes), ciphertext: bytes.subarray(1 + nonceBytes) }
    const plain = openedOrNull(() => open(this.#asking, sealed, bytes.subarray(0, 1)))
    return plain && { outer: plain.slice(0, idBytes), conference: plain.slice(idBytes) }
  }

  /** @param home the number that the home has drawn */
  answer(asked: Asked, home: Uint8Array): Uint8Array {
    const head = Uint8Array.of(types.answer)
    const key = derived(this.#key, 'answer', asked.conference, keyBytes)
    return concat(head, home, hmacSha256(key, concat(head, asked.outer, home)))
  }

  /** The number of the home; `null` for what it has not answered to this. */
  answered(asked: Asked, bytes: Uint8Array): Uint8Array | null {
    const home = bytes.slice(1, 1 + idBytes)
    return equal(bytes, this.answer(asked, home)) ? home : null
  }

  /** Both directions of a link. As each side has drawn its number, no two links have a key in common. */
  sealsOf({ outer, conference }: Asked, home: Uint8Array): { readonly toHome: Seal; readonly toOuter: Seal } {
    const keys = derived(this.#key, 'link', concat(conference, outer, home), 2 * keyBytes)
    const seals = { toHome: new Seal(keys.subarray(0, keyBytes)), toOuter: new Seal(keys.subarray(keyBytes)) }
    keys.fill(0)
    return seals
  }
}

function derived(key: Uint8Array, name: string, about: Uint8Array, sizeBytes: number): Uint8Array {
  return hkdfSha256(key, none, concat(encodeUtf8(`chartseal/relay-${name}/v1`), about), sizeBytes)
}

/** Where one end of a link listens. */
export function linkSubject(id: Uint8Array): string {
  return `chartseal.link.${encodeHex(id)}`
}

/** One direction of a link: the side that seals counts, and so never seals two packets under one nonce. */
export class Seal {
  readonly #key: AeadKey
  #sealed = 0n

  constructor(key: Uint8Array) {
    this.#key = new AeadKey(key)
  }

  seal(packet: Uint8Array): Uint8Array {
    const head = new Uint8Array(headBytes)
    const view = new DataView(head.buffer)
    view.setUint8(0, types.packet)
    view.setBigUint64(1, this.#sealed)
    const sealed = sealAt(this.#key, this.#sealed, packet, head)
    this.#sealed += 1n
    return concat(head, sealed)
  }

  /** `null` for what the other side has not sealed; what comes twice is for the reader to tell. */
  open(bytes: Uint8Array): Uint8Array | null {
    if (bytes.length < sealBytes || bytes[0] !== types.packet) return null
    const head = bytes.subarray(0, headBytes)
    const counter = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(1)
    return openedOrNull(() => openAt(this.#key, counter, bytes.subarray(headBytes), head))
  }

  wipe(): void {
    this.#key.wipe()
  }
}

function openedOrNull(attempt: () => Uint8Array): Uint8Array | null {
  try {
    return attempt()
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'open/failed') return null
    throw error
  }
}
