/**
 * What the servers of a clinic put on the bus, sealed under the key that they share in their database: whoever has the bus
 * alone sees subjects, lengths and moments, and makes nobody accept a thing. Specification: docs/spec/nats-link.md.
 */
import { openAt, sealAt } from '@chartseal/core/aead'
import { concat, equal } from '@chartseal/core/bytes'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { hkdfSha256, hmacSha256 } from '@chartseal/core/hkdf'
import { AeadKey } from '@chartseal/core/keys'

export const linkIdBytes = 16
const keyBytes = 32
const tagBytes = 32
const counterBytes = 8
const headBytes = 1 + counterBytes
/** What a sealed packet has more than the packet. */
export const sealBytes: number = headBytes + 16

/** First byte of everything on the bus. */
const types = { open: 1, answer: 2, packet: 3 } as const

/** The home of a conference as the servers see it that have the key. */
export class HomeKeys {
  /** Where it listens: whoever knows the id of the conference, and not the key, cannot tell which one this is. */
  readonly subject: string
  readonly #key: Uint8Array
  readonly #conference: Uint8Array
  readonly #opening: Uint8Array

  /** @param key 32 bytes @param conference its id, 16 bytes */
  constructor(key: Uint8Array, conference: Uint8Array) {
    const of = (name: string, sizeBytes: number): Uint8Array =>
      hkdfSha256(
        key,
        new Uint8Array(0),
        concat(encodeUtf8(`chartseal/relay-${name}/v1`), conference),
        sizeBytes,
      )
    this.#key = key
    this.#conference = conference
    this.#opening = of('open', keyBytes)
    this.subject = `chartseal.home.${encodeHex(of('home', linkIdBytes))}`
  }

  /** Asks for a link. @param outer the number that the outer side has drawn for it, 16 bytes */
  open(outer: Uint8Array): Uint8Array {
    return this.#tagged(types.open, outer, outer)
  }

  /** The number of the outer side; `null` for what no server of the clinic has asked. */
  opened(bytes: Uint8Array): Uint8Array | null {
    const outer = bytes.slice(1, 1 + linkIdBytes)
    return equal(bytes, this.open(outer)) ? outer : null
  }

  /** @param home the number that the home has drawn, 16 bytes */
  answer(outer: Uint8Array, home: Uint8Array): Uint8Array {
    return this.#tagged(types.answer, home, concat(outer, home))
  }

  /** The number of the home; `null` for what it has not answered to this outer side. */
  answered(outer: Uint8Array, bytes: Uint8Array): Uint8Array | null {
    const home = bytes.slice(1, 1 + linkIdBytes)
    return equal(bytes, this.answer(outer, home)) ? home : null
  }

  /** Both directions of a link. As each side has drawn its number, no two links have a key in common. */
  sealsOf(outer: Uint8Array, home: Uint8Array): { readonly toHome: Seal; readonly toOuter: Seal } {
    const info = concat(encodeUtf8('chartseal/relay-link/v1'), this.#conference)
    const keys = hkdfSha256(this.#key, concat(outer, home), info, 2 * keyBytes)
    const seals = { toHome: new Seal(keys.subarray(0, keyBytes)), toOuter: new Seal(keys.subarray(keyBytes)) }
    keys.fill(0)
    return seals
  }

  #tagged(type: number, shown: Uint8Array, tagged: Uint8Array): Uint8Array {
    const head = Uint8Array.of(type)
    return concat(head, shown, hmacSha256(this.#opening, concat(head, tagged)).subarray(0, tagBytes))
  }
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
    try {
      return openAt(this.#key, counter, bytes.subarray(headBytes), head)
    } catch (error) {
      if (error instanceof ChartsealError && error.code === 'open/failed') return null
      throw error
    }
  }

  wipe(): void {
    this.#key.wipe()
  }
}
