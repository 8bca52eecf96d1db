/** Connections that never say a word. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { nextAddress } from './listener.js'
import type { Scene } from './scene.js'
import { upgradeOf } from './web-socket-reader.js'

export interface Silent {
  /** How many the server has ended. */
  ended(): number
  end(): void
}

export async function openSilent({ server, path }: Scene, count: number): Promise<Silent> {
  let ended = 0
  const all = Array.from({ length: count }, () => {
    const socket = connect({ port: server.port, host: '127.0.0.1', localAddress: nextAddress() })
    socket.write(upgradeOf(path, 'chartseal.conference.v2'))
    socket.on('error', () => undefined)
    // A goodbye is heard and not answered.
    socket.resume()
    socket.on('close', () => {
      ended += 1
    })
    return socket
  })
  await Promise.all(all.map(one => once(one, 'connect')))
  return {
    ended: () => ended,
    end() {
      for (const one of all) one.destroy()
    },
  }
}
