/** Conferences at the fake clinic: tickets as docs/spec/clinic-api.md says, and the relay itself over sockets of this process. */
import type { WebSocketLike } from '@chartseal/clinic/conference'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { type FrameLog, memoryFrameLog, Relay } from '@chartseal/elgamal-session/relay'

type Problem = (status: number, code: string) => Response
type Listener = (event: { readonly data: unknown; readonly code: number; readonly reason: string }) => void

const connecting = 0
const open = 1
const closed = 3

/** The page's end of a socket, and what the clinic does with it. */
class FakeSocket implements WebSocketLike {
  binaryType = 'arraybuffer'
  readyState: number = connecting
  readonly #listeners = new Map<string, Listener[]>()
  /** What the clinic is given. */
  heard: (bytes: Uint8Array) => void = () => undefined
  left: () => void = () => undefined

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }

  send(data: Uint8Array): void {
    const bytes = data.slice()
    setTimeout(() => this.readyState === open && this.heard(bytes), 0)
  }

  close(): void {
    this.end(1000, '')
  }

  opened(): void {
    this.readyState = open
    this.#tell('open')
  }

  give(bytes: Uint8Array): void {
    const data = bytes.slice().buffer
    setTimeout(() => this.readyState === open && this.#tell('message', { data }), 0)
  }

  end(code: number, reason: string): void {
    setTimeout(() => {
      if (this.readyState === closed) return
      this.readyState = closed
      this.left()
      this.#tell('close', { code, reason })
    }, 0)
  }

  #tell(type: string, event: object = {}): void {
    for (const listener of this.#listeners.get(type) ?? [])
      listener({ data: null, code: 1006, reason: '', ...event })
  }
}

interface Room {
  readonly owner: string
  log: FrameLog
  readonly tickets: Set<string>
  readonly sockets: Map<number, FakeSocket>
  relay: Relay
  host: FakeSocket | null
  isEnded: boolean
}

export class FakeConferences {
  readonly rooms = new Map<string, Room>()
  /** Whether sockets are taken. */
  isUp = true
  /** How it answers a host that asks for its ticket; `null` as it should. */
  refuse: { readonly status: number; readonly code: string } | null = null
  /** How many were opened, those of patients and hosts. */
  opened = 0
  readonly #problem: Problem

  constructor(problem: Problem) {
    this.#problem = problem
  }

  request(method: string, kid: string, id: string): Response {
    const room = this.rooms.get(id)
    if (this.refuse !== null && method === 'PUT') return this.#problem(this.refuse.status, this.refuse.code)
    if (room !== undefined && room.owner !== kid) return this.#problem(403, 'relay/owner')
    if (method === 'DELETE') {
      if (room === undefined) return this.#problem(404, 'relay/missing')
      this.#end(room)
      return new Response(null, { status: 204 })
    }
    if (room?.isEnded === true) return this.#problem(410, 'relay/ended')
    const ticket = encodeBase64Url(random.bytes(32))
    ;(room ?? this.#newRoom(kid, id)).tickets.add(ticket)
    return Response.json({ ticket })
  }

  /** As the page's platform gives them. */
  readonly socket = (path: string, protocol: string): FakeSocket => {
    const socket = new FakeSocket()
    const room = this.rooms.get(path.split('/').at(-1) ?? '')
    setTimeout(() => {
      if (!this.isUp || room === undefined || room.isEnded) return socket.end(1006, '')
      this.opened += 1
      socket.opened()
      if (protocol === 'chartseal.host.v2') this.#host(room, socket)
      else this.#patient(room, socket)
    }, 0)
    return socket
  }

  /** The process of the clinic is killed; its log is on disk. */
  kill(): void {
    this.isUp = false
    for (const room of this.rooms.values()) {
      for (const socket of [...room.sockets.values(), ...(room.host === null ? [] : [room.host])])
        socket.end(1006, '')
      room.sockets.clear()
      room.host = null
    }
  }

  /** As at its time, or at another device's word. */
  end(id: string): void {
    const room = this.rooms.get(id)
    if (room !== undefined) this.#end(room)
  }

  /** Its disk is that of a backup of before the first frame. */
  loseLogs(): void {
    for (const room of this.rooms.values()) room.log = memoryFrameLog()
  }

  restart(): void {
    for (const [id, room] of this.rooms) room.relay = this.#relayOf(id, room)
    this.isUp = true
  }

  #newRoom(owner: string, id: string): Room {
    const sockets = new Map<number, FakeSocket>()
    const bare = {
      owner,
      log: memoryFrameLog(),
      tickets: new Set<string>(),
      sockets,
      host: null,
      isEnded: false,
    }
    const room: Room = Object.assign(bare, { relay: this.#relayOf(id, bare) })
    room.relay = this.#relayOf(id, room)
    this.rooms.set(id, room)
    return room
  }

  #relayOf(id: string, room: Omit<Room, 'relay'>): Relay {
    return new Relay({
      conference: decodeBase64Url(id),
      log: room.log,
      clock,
      random,
      sockets: {
        write(connection, frames) {
          for (const frame of frames) room.sockets.get(connection)?.give(frame)
          return 0
        },
        pendingBytes: () => 0,
        close: connection => room.sockets.get(connection)?.end(1000, ''),
      },
      toCore(message) {
        room.host?.give(message)
        return 0
      },
      soon: work => void setTimeout(work, 0),
      onEnd: () => undefined,
      onFault(error) {
        throw error
      },
    })
  }

  #host(room: Room, socket: FakeSocket): void {
    let isTaken = false
    socket.heard = bytes => {
      if (isTaken) return room.relay.fromCore(bytes)
      if (!room.tickets.delete(encodeBase64Url(bytes))) return socket.end(1008, '')
      isTaken = true
      room.host?.end(4001, 'taken-over')
      room.host = socket
      room.relay.coreAttached()
    }
    socket.left = () => {
      if (room.host !== socket) return
      room.host = null
      room.relay.coreGone()
    }
  }

  #patient(room: Room, socket: FakeSocket): void {
    const connection = this.opened
    room.sockets.set(connection, socket)
    const { relay } = room
    relay.opened(connection, new Uint8Array(16))
    socket.heard = bytes => relay.received(connection, bytes)
    socket.left = () => {
      room.sockets.delete(connection)
      relay.closed(connection)
    }
  }

  #end(room: Room): void {
    room.isEnded = true
    for (const socket of [...room.sockets.values(), ...(room.host === null ? [] : [room.host])])
      socket.end(1000, '')
  }
}
