/** A process of somebody who wants to do harm: connections with hellos that are none, as many as it can. */
import { connect, type Socket } from 'node:net'
import { concat } from '@chartseal/core/bytes'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { encodeHeader, opcodes } from '@chartseal/elgamal-session/frames'
import { conferenceOf, type SeatSource } from './people.js'
import { answerBytes, masked, upgradeOf, WebSocketReader } from './web-socket-reader.js'

export interface FloodOrder {
  readonly port: number
  readonly path: string
  readonly source: SeatSource
  /** How many connections at a time. */
  readonly connections: number
  readonly network: number
}

export interface FloodCount {
  readonly connections: number
  /** Of connections that the server has ended. */
  readonly hellos: number
}

/** More than a relay takes of one connection. */
const hellosOfConnection = 8
const count = { connections: 0, hellos: 0 }

function hello(conference: Uint8Array, aheadMs: number, messageBytes: number): Uint8Array {
  const header = encodeHeader({ opcode: opcodes.hello, flags: 0, suite: '25519', epoch: 0, sequence: 0n })
  const sentAt = new Uint8Array(8)
  new DataView(sentAt.buffer).setBigUint64(0, BigInt(systemClock.nowMs() + aheadMs))
  return concat(header, conference, sentAt, new Uint8Array(2), systemRandom.bytes(messageBytes))
}

/** A clock that is wrong, another conference, one that ends too early, and at last one that nobody's key made. */
function badHellos(conference: Uint8Array): Uint8Array {
  const late = hello(conference, -7_200_000, 96)
  const all = Array.from({ length: hellosOfConnection - 3 }, () => late)
  const others = [hello(systemRandom.bytes(16), 0, 96), hello(conference, 0, 4), hello(conference, 0, 96)]
  return concat(...[...all, ...others].map(one => masked(one)))
}

function answerEnd(socket: Socket, said: Uint8Array): number | null {
  try {
    return answerBytes(said)
  } catch {
    socket.destroy()
    return null
  }
}

function flood({ port, path, source, network }: FloodOrder, index: number): void {
  const localAddress = `127.0.${network}.${1 + (index % 8)}`
  const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true })
  // A server that says goodbye waits a while for an answer: nobody who means harm waits with it.
  const reader = new WebSocketReader(opcode => {
    if (opcode === 8) socket.destroy()
  })
  let said = Buffer.alloc(0)
  let isOpen = false
  socket.write(upgradeOf(path, 'chartseal.conference.v2'))
  socket.on('data', (part: Buffer) => {
    if (isOpen) return reader.take(part)
    said = Buffer.concat([said, part])
    const end = answerEnd(socket, said)
    if (end === null) return undefined
    isOpen = true
    socket.write(badHellos(conferenceOf(source)))
    return reader.take(said.subarray(end))
  })
  socket.on('error', () => undefined)
  socket.on('end', () => socket.destroy())
  socket.on('close', () => {
    count.connections += 1
    if (isOpen) count.hellos += hellosOfConnection
    setImmediate(() => flood({ port, path, source, network, connections: 1 }, index))
  })
}

process.on('message', (order: FloodOrder | 'count') => {
  if (order === 'count') process.send?.(count)
  else for (let i = 0; i < order.connections; i++) flood(order, i)
})
// Whoever forked it is gone.
process.once('disconnect', () => process.exit(0))
