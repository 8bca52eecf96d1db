/** The host link: what the core of a conference and its relay say to each other. Byte table: docs/spec/host-link.md. */
import { relayError } from './errors.js'

/** What a relay does not append to its log; `reason` by name. */
export const publishRefusals = ['gap', 'fork', 'malformed', 'log', 'full'] as const

/**
 * `gap`: not the number behind the newest; `fork`: another frame has this number; `malformed`: no frame for all;
 * `log`: the disk failed, and `full`: there is no room: the same again later.
 */
export type PublishRefusal = (typeof publishRefusals)[number]

/** From the core to the relay. */
export type ToRelay =
  | { readonly kind: 'send'; readonly connection: number; readonly frame: Uint8Array }
  /** From now on a member, who gets every frame of the log behind `after`. */
  | { readonly kind: 'admit'; readonly connection: number; readonly after: bigint }
  /** To be appended durably and then given to all members; answered by `logged` or `unlogged`. */
  | { readonly kind: 'publish'; readonly frame: Uint8Array }
  /** The log lacks what nobody has any more: it is emptied, and goes on behind this number. */
  | { readonly kind: 'restart'; readonly after: bigint }
  /** For all members that have everything before it; kept in no log. */
  | { readonly kind: 'head'; readonly frame: Uint8Array }
  /** The end of a connection, perhaps with a last frame. */
  | { readonly kind: 'drop'; readonly connection: number; readonly frame: Uint8Array | null }
  /** The end of the conference, perhaps with a last frame to every member. */
  | { readonly kind: 'end'; readonly frame: Uint8Array | null }

/** From the relay to the core. */
export type ToCore =
  /** The first message. `instance` changes when the relay starts anew; `newest` is the frame of number `head`. */
  | {
      readonly kind: 'attached'
      readonly head: bigint
      readonly instance: Uint8Array
      readonly newest: Uint8Array | null
    }
  /** A connection that the core does not know yet, or one that outlived the link before. */
  | { readonly kind: 'opened'; readonly connection: number; readonly source: Uint8Array }
  | { readonly kind: 'frame'; readonly connection: number; readonly frame: Uint8Array }
  | { readonly kind: 'closed'; readonly connection: number }
  | { readonly kind: 'logged'; readonly sequence: bigint }
  | { readonly kind: 'behind'; readonly connection: number; readonly isBehind: boolean }
  /** A frame that was not appended; `head` is the newest that was. */
  | {
      readonly kind: 'unlogged'
      readonly sequence: bigint
      readonly head: bigint
      readonly reason: PublishRefusal
    }

const types = {
  send: 1,
  admit: 2,
  publish: 3,
  head: 4,
  drop: 5,
  end: 6,
  restart: 7,
  attached: 16,
  opened: 17,
  frame: 18,
  closed: 19,
  logged: 20,
  behind: 21,
  unlogged: 22,
} as const

const headBytes = 5
export const instanceBytes = 16
export const sourceBytes = 16
/** A frame of 1 MiB and what stands before it. */
export const maxLinkBytes: number = 2 ** 20 + 64

const none = new Uint8Array(0)

export function encodeToRelay(message: ToRelay): Uint8Array {
  switch (message.kind) {
    case 'send':
      return encoded(types.send, message.connection, message.frame)
    case 'admit':
      return encoded(types.admit, message.connection, u64(message.after))
    case 'publish':
    case 'head':
      return encoded(types[message.kind], 0, message.frame)
    case 'drop':
      return encoded(types.drop, message.connection, message.frame ?? none)
    case 'end':
      return encoded(types.end, 0, message.frame ?? none)
    case 'restart':
      return encoded(types.restart, 0, u64(message.after))
  }
}

export function encodeToCore(message: ToCore): Uint8Array {
  switch (message.kind) {
    case 'attached':
      return encoded(types.attached, 0, u64(message.head), message.instance, message.newest ?? none)
    case 'opened':
      return encoded(types.opened, message.connection, message.source)
    case 'frame':
      return encoded(types.frame, message.connection, message.frame)
    case 'closed':
      return encoded(types.closed, message.connection)
    case 'logged':
      return encoded(types.logged, 0, u64(message.sequence))
    case 'behind':
      return encoded(types.behind, message.connection, Uint8Array.of(message.isBehind ? 1 : 0))
    case 'unlogged':
      return encoded(types.unlogged, 0, u64(message.sequence), u64(message.head), reasonByte(message.reason))
  }
}

/** Frames in the result are fresh copies. @throws ChartsealError `conference/bad-link` */
export function decodeToRelay(bytes: Uint8Array): ToRelay {
  const { type, connection, body } = opened(bytes)
  switch (type) {
    case types.send:
      return { kind: 'send', connection: some(connection), frame: filled(body) }
    case types.admit:
      return { kind: 'admit', connection: some(connection), after: sequenceIn(sized(body, 8), 0) }
    case types.publish:
      return { kind: 'publish', frame: filled(ofNone(connection, body)) }
    case types.head:
      return { kind: 'head', frame: filled(ofNone(connection, body)) }
    case types.drop:
      return { kind: 'drop', connection: some(connection), frame: orNull(body) }
    case types.end:
      return { kind: 'end', frame: orNull(ofNone(connection, body)) }
    case types.restart:
      return { kind: 'restart', after: sequenceIn(sized(ofNone(connection, body), 8), 0) }
    default:
      throw relayError('conference/bad-link', { reason: 'type' })
  }
}

/** Frames in the result are fresh copies. @throws ChartsealError `conference/bad-link` */
export function decodeToCore(bytes: Uint8Array): ToCore {
  const { type, connection, body } = opened(bytes)
  switch (type) {
    case types.attached:
      return attachedOf(ofNone(connection, body))
    case types.opened:
      return {
        kind: 'opened',
        connection: some(connection),
        source: new Uint8Array(sized(body, sourceBytes)),
      }
    case types.frame:
      return { kind: 'frame', connection: some(connection), frame: filled(body) }
    case types.closed:
      sized(body, 0)
      return { kind: 'closed', connection: some(connection) }
    case types.logged:
      return { kind: 'logged', sequence: sequenceIn(sized(ofNone(connection, body), 8), 0) }
    case types.behind:
      return { kind: 'behind', connection: some(connection), isBehind: truth(sized(body, 1)[0]) }
    case types.unlogged:
      return unloggedOf(sized(ofNone(connection, body), 17))
    default:
      throw relayError('conference/bad-link', { reason: 'type' })
  }
}

function attachedOf(body: Uint8Array): ToCore {
  const fixed = 8 + instanceBytes
  if (body.length < fixed) throw relayError('conference/bad-link', { reason: 'length' })
  const newest = orNull(body.subarray(fixed))
  return {
    kind: 'attached',
    head: sequenceIn(body, 0),
    instance: new Uint8Array(body.subarray(8, fixed)),
    newest,
  }
}

function unloggedOf(body: Uint8Array): ToCore {
  const reason = publishRefusals[(body[16] ?? 0) - 1]
  if (reason === undefined) throw relayError('conference/bad-link', { reason: 'field' })
  return { kind: 'unlogged', sequence: sequenceIn(body, 0), head: sequenceIn(body, 8), reason }
}

function encoded(type: number, connection: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, headBytes))
  const view = new DataView(bytes.buffer)
  view.setUint8(0, type)
  view.setUint32(1, connection)
  let offset = headBytes
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

function opened(bytes: Uint8Array): {
  readonly type: number
  readonly connection: number
  readonly body: Uint8Array
} {
  if (bytes.length < headBytes || bytes.length > maxLinkBytes)
    throw relayError('conference/bad-link', { reason: 'length' })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { type: view.getUint8(0), connection: view.getUint32(1), body: bytes.subarray(headBytes) }
}

function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value)
  return bytes
}

function sequenceIn(bytes: Uint8Array, offset: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(offset)
}

function reasonByte(reason: PublishRefusal): Uint8Array {
  return Uint8Array.of(publishRefusals.indexOf(reason) + 1)
}

/** Connections are numbered from 1; 0 stands in messages about none. */
function some(connection: number): number {
  if (connection === 0) throw relayError('conference/bad-link', { reason: 'field' })
  return connection
}

function ofNone(connection: number, body: Uint8Array): Uint8Array {
  if (connection !== 0) throw relayError('conference/bad-link', { reason: 'field' })
  return body
}

function sized(body: Uint8Array, sizeBytes: number): Uint8Array {
  if (body.length !== sizeBytes) throw relayError('conference/bad-link', { reason: 'length' })
  return body
}

function filled(body: Uint8Array): Uint8Array {
  if (body.length === 0) throw relayError('conference/bad-link', { reason: 'length' })
  return new Uint8Array(body)
}

function orNull(body: Uint8Array): Uint8Array | null {
  return body.length === 0 ? null : new Uint8Array(body)
}

function truth(byte: number | undefined): boolean {
  if (byte !== 0 && byte !== 1) throw relayError('conference/bad-link', { reason: 'field' })
  return byte === 1
}
