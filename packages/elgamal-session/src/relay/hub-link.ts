/** What the hub of a conference and one of its relays say to each other: the host link's messages, and a few more. Byte table: docs/spec/host-link.md. */
import type { EndReason } from './connection.js'
import { relayError } from './errors.js'
import {
  decodeToCore,
  decodeToRelay,
  encodeToRelay,
  maxLinkBytes,
  type ToCore,
  type ToRelay,
} from './link.js'
import type { TakeLink } from './relay-link.js'

/** Why a relay is to end one connection, or all of them. */
export type HubReason = Extract<EndReason, 'restart' | 'ended' | 'elsewhere' | 'no-host'>

const reasons: readonly HubReason[] = ['restart', 'ended', 'elsewhere', 'no-host']

/** To a relay. `publish` is in the log by then; connections have the numbers of that relay. */
export type FromHub =
  | ToRelay
  /** The end of one connection, in the relay's own words. */
  | { readonly kind: 'refuse'; readonly connection: number; readonly reason: HubReason }
  /** The answer to a question; `null` where the log could not be read. */
  | { readonly kind: 'frames'; readonly question: number; readonly frames: readonly Uint8Array[] | null }
  /** The conference is closed here: everybody is told, and the link ends. */
  | { readonly kind: 'stop'; readonly reason: HubReason }

/** From a relay. */
export type FromRelay =
  | Extract<ToCore, { readonly connection: number }>
  /** For frames of the log behind a number, of so many bytes together, at least one. */
  | {
      readonly kind: 'ask'
      readonly question: number
      readonly after: number
      readonly maxBytes: number
    }

const types = { refuse: 32, frames: 33, stop: 34, ask: 48 } as const

const headBytes = 5

export function encodeRefuse(connection: number, reason: HubReason): Uint8Array {
  return message(types.refuse, connection, Uint8Array.of(reasons.indexOf(reason) + 1))
}

export function encodeStop(reason: HubReason): Uint8Array {
  return message(types.stop, 0, Uint8Array.of(reasons.indexOf(reason) + 1))
}

/** @param question from 1 on */
export function encodeAsk(question: number, after: number, maxBytes: number): Uint8Array {
  const body = new Uint8Array(12)
  const view = new DataView(body.buffer)
  view.setBigUint64(0, BigInt(after))
  view.setUint32(8, maxBytes)
  return message(types.ask, question, body)
}

export function encodeFrames(question: number, frames: readonly Uint8Array[] | null): Uint8Array {
  if (frames === null) return message(types.frames, question, Uint8Array.of(1))
  const body = new Uint8Array(frames.reduce((sum, { length }) => sum + 4 + length, 1))
  const view = new DataView(body.buffer)
  let offset = 1
  for (const frame of frames) {
    view.setUint32(offset, frame.length)
    body.set(frame, offset + 4)
    offset += 4 + frame.length
  }
  return message(types.frames, question, body)
}

/**
 * What a relay gets of a conference that is over: the end that its host signed, where that was kept, so that patients can
 * believe it.
 */
export function endedLink(last: Uint8Array | null): TakeLink {
  return link => {
    link.send(last === null ? encodeStop('ended') : encodeToRelay({ kind: 'end', frame: last }))
    link.close()
    return { onMessage: () => undefined, onDrained: () => undefined, onLost: () => undefined }
  }
}

/** Frames in the result are fresh copies, or parts of the message. @throws ChartsealError `conference/bad-link` */
export function decodeFromHub(bytes: Uint8Array): FromHub {
  switch (bytes[0]) {
    case types.refuse:
      return { kind: 'refuse', connection: numberIn(bytes), reason: reasonIn(bytes) }
    case types.stop:
      requireNone(bytes)
      return { kind: 'stop', reason: reasonIn(bytes) }
    case types.frames:
      return { kind: 'frames', question: numberIn(bytes), frames: framesIn(bodyOf(bytes)) }
    default:
      return decodeToRelay(bytes)
  }
}

/** @throws ChartsealError `conference/bad-link` */
export function decodeFromRelay(bytes: Uint8Array): FromRelay {
  if (bytes[0] === types.ask) return askIn(bytes)
  const said = decodeToCore(bytes)
  if (said.kind === 'attached' || said.kind === 'logged' || said.kind === 'unlogged') throw bad('type')
  return said
}

function askIn(bytes: Uint8Array): FromRelay {
  const body = sized(bodyOf(bytes), 12)
  const view = viewOf(body)
  const after = Number(view.getBigUint64(0))
  if (!Number.isSafeInteger(after)) throw bad('field')
  return { kind: 'ask', question: numberIn(bytes), after, maxBytes: view.getUint32(8) }
}

/** Those of the answer, in order. */
function framesIn(body: Uint8Array): readonly Uint8Array[] | null {
  const view = viewOf(body)
  if (body.length === 0) throw bad('length')
  if (body[0] === 1) {
    sized(body, 1)
    return null
  }
  if (body[0] !== 0) throw bad('field')
  const frames: Uint8Array[] = []
  for (let offset = 1; offset < body.length; ) {
    const end = offset + 4 <= body.length ? offset + 4 + view.getUint32(offset) : body.length + 1
    if (end > body.length || end === offset + 4) throw bad('length')
    frames.push(body.subarray(offset + 4, end))
    offset = end
  }
  return frames
}

function message(type: number, number: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headBytes + body.length)
  bytes[0] = type
  viewOf(bytes).setUint32(1, number)
  bytes.set(body, headBytes)
  return bytes
}

function bodyOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length < headBytes || bytes.length > maxLinkBytes) throw bad('length')
  return bytes.subarray(headBytes)
}

function reasonIn(bytes: Uint8Array): HubReason {
  const reason = reasons[(sized(bodyOf(bytes), 1)[0] ?? 0) - 1]
  if (reason === undefined) throw bad('field')
  return reason
}

/** Of a connection or a question: from 1 on. */
function numberIn(bytes: Uint8Array): number {
  bodyOf(bytes)
  const number = viewOf(bytes).getUint32(1)
  if (number === 0) throw bad('field')
  return number
}

function requireNone(bytes: Uint8Array): void {
  bodyOf(bytes)
  if (viewOf(bytes).getUint32(1) !== 0) throw bad('field')
}

function sized(body: Uint8Array, sizeBytes: number): Uint8Array {
  if (body.length !== sizeBytes) throw bad('length')
  return body
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function bad(reason: 'type' | 'length' | 'field'): Error {
  return relayError('conference/bad-link', { reason })
}
