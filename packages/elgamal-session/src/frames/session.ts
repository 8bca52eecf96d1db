/** Frames of a session: AES-256-GCM under the key of the direction, the header authenticated, its number the nonce. */
import { openAt, sealAt } from '@chartseal/core/aead'
import { concat } from '@chartseal/core/bytes'
import type { AeadKey } from '@chartseal/core/keys'
import { conferenceError } from '../conference-errors.js'
import type { Suite } from '../noise/dh.js'
import {
  badFrame,
  decodeHeader,
  encodeHeader,
  frameKindOf,
  type Header,
  headerBytes,
  type Opcode,
  payloadOf,
} from './header.js'

/** Noise 5.1 keeps the last number. */
const endOfSequence = 2n ** 64n - 1n

export interface OpenedFrame {
  readonly header: Header
  readonly plaintext: Uint8Array
}

/**
 * A frame for one session. The caller counts: two frames with one number under one key give both away.
 * @throws RangeError for a header of another kind of frame, or a sequence that is none
 */
export function sealFrame(header: Header, key: AeadKey, plaintext: Uint8Array): Uint8Array {
  if (frameKindOf(header) !== 'session') throw new RangeError('the header must be one of a session')
  if (header.sequence < 1n || header.sequence >= endOfSequence)
    throw new RangeError('sequence must be from 1 on')
  const head = encodeHeader(header)
  return concat(head, sealAt(key, header.sequence, plaintext, head))
}

/**
 * Opens a frame of a session, whatever its number: {@link FrameOpener} refuses what was there before.
 * @throws ChartsealError `conference/bad-frame`, `open/failed`, `key/wiped`
 */
export function openFrame(frame: Uint8Array, key: AeadKey): OpenedFrame {
  const header = decodeHeader(frame)
  if (frameKindOf(header) !== 'session') throw badFrame('it belongs to no session')
  const head = frame.subarray(0, headerBytes)
  return { header, plaintext: openAt(key, header.sequence, payloadOf(frame), head) }
}

/** Seals the frames of one direction, numbered from 1. Takes the key over, and wipes it. */
export class FrameSealer {
  readonly #suite: Suite
  readonly #key: AeadKey
  #sequence = 0n

  constructor(suite: Suite, key: AeadKey) {
    this.#suite = suite
    this.#key = key
  }

  /** @throws ChartsealError `key/wiped`; RangeError for flags that the opcode does not have in a session */
  seal(opcode: Opcode, epoch: number, plaintext: Uint8Array, flags = 0): Uint8Array {
    const header = { opcode, flags, suite: this.#suite, epoch, sequence: this.#sequence + 1n }
    const frame = sealFrame(header, this.#key, plaintext)
    this.#sequence = header.sequence
    return frame
  }

  wipe(): void {
    this.#key.wipe()
  }
}

/** Opens the frames of one direction, each once and in the order of their numbers. Takes the key over, and wipes it. */
export class FrameOpener {
  readonly #suite: Suite
  readonly #key: AeadKey
  #last = 0n

  constructor(suite: Suite, key: AeadKey) {
    this.#suite = suite
    this.#key = key
  }

  /** @throws ChartsealError `conference/bad-frame`, `conference/out-of-order`, `open/failed`, `key/wiped` */
  open(frame: Uint8Array): OpenedFrame {
    const { suite, sequence } = decodeHeader(frame)
    if (suite !== this.#suite) throw badFrame('it is of another suite')
    if (sequence <= this.#last)
      throw conferenceError('conference/out-of-order', { sequence, last: this.#last })
    const opened = openFrame(frame, this.#key)
    this.#last = sequence
    return opened
  }

  wipe(): void {
    this.#key.wipe()
  }
}
