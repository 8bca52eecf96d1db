/** A patient's way to a host that listens on TCP. */
import { connect, type Socket } from 'node:net'
import { maxFrameBytesOfMembers } from '@chartseal/elgamal-session/frames'
import type { Link, LinkReceiver, Transport } from '../conference/ports.js'
import { closeSoon, framed, readFrames } from './stream.js'

const connectMs = 10_000

export interface TcpAddress {
  readonly host: string
  readonly port: number
}

/** A patient's way to a relay that listens at a TCP port. */
export function tcpTransport(address: TcpAddress): Transport {
  return {
    async connect(receiver) {
      const socket = await connected(address)
      return linkOf(socket, receiver)
    },
  }
}

function linkOf(socket: Socket, receiver: LinkReceiver): Link {
  let isClosed = false
  readFrames(
    socket,
    () => maxFrameBytesOfMembers,
    frame => {
      if (!isClosed) receiver.received(frame)
    },
    () => {
      if (!isClosed) receiver.ended({ kind: 'lost', retryMs: 0 })
      isClosed = true
    },
  )
  return {
    send(bytes) {
      if (!socket.destroyed) socket.write(framed([bytes]))
    },
    close() {
      isClosed = true
      closeSoon(socket)
    },
  }
}

function connected({ host, port }: TcpAddress): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const fail = (error: Error): void => {
      socket.destroy()
      reject(error)
    }
    socket.setTimeout(connectMs, () => fail(new Error(`nobody answers at ${host} port ${port}`)))
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}
