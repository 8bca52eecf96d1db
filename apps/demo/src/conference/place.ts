/** Where a conference is held: by way of a clinic's server, or on a port of the doctor's own. */
import { join } from 'node:path'
import { type ConferenceBook, type Transport, webSocketTransport } from '@chartseal/clinic/conference'
import { TcpRelay, tcpTransport } from '@chartseal/clinic/tcp'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { Clock } from '@chartseal/core/ports'
import { memoryFrameLog } from '@chartseal/elgamal-session/relay'
import { WebSocket } from 'ws'
import { type Address, ClinicDevice, deliver, unsigned } from '../clinic/device.js'
import { startServer } from '../clinic/server.js'
import type { World } from '../world.js'

/** The way to the relay of one conference. */
export interface Ways {
  readonly host: Transport
  readonly seat: Transport
}

export interface Place {
  readonly about: string
  /** As the place has it; it goes on also where the clock of the story stands. */
  readonly clock: Clock
  meet(book: ConferenceBook): Promise<Ways>
  close(): Promise<void>
}

export function openPlace(world: World): Promise<Place> {
  return world.server ? openServer(world) : Promise.resolve(ownPort(world))
}

/** A server of its own, which a device of the doctor asks for a ticket before each connection. */
async function openServer({ io, folder }: World): Promise<Place> {
  const server = await startServer(join(folder, 'conference'), io)
  const { text } = await deliver(server, unsigned('GET', '/v1/clinic'))
  const clock = clockFrom(JsonObject.parse(text).count('now_ms'))
  const { random } = io
  const key = SigningKey.generate(random)
  const device = new ClinicDevice(key, server, { clock, random })
  await deliver(server, await device.enrolment(server.invitations.doctor))
  return {
    about: `chartseal-server at ${server.address}, which has no key,`,
    clock,
    meet: async book => waysOver(server, device, book),
    async close() {
      key.wipe()
      await server.stop()
    },
  }
}

function waysOver({ address }: Address, device: ClinicDevice, { id, untilMs }: ConferenceBook): Ways {
  const path = `/v1/conferences/${encodeBase64Url(id)}`
  const url = `${address.replace('http', 'ws')}${path}`
  const socket = (protocol: string): WebSocket => new WebSocket(url, protocol, { perMessageDeflate: false })
  const body = encodeUtf8(JSON.stringify({ v: 1, until_ms: untilMs }))
  return {
    host: webSocketTransport({
      open: () => socket('chartseal.host.v2'),
      async first() {
        const { text } = await device.ask('PUT', path, body)
        return decodeBase64Url(JsonObject.parse(text).text('ticket'))
      },
    }),
    seat: webSocketTransport({ open: () => socket('chartseal.conference.v2') }),
  }
}

/** A port of the doctor's process. */
function ownPort({ io }: World): Place {
  const clock = clockFrom(io.clock.nowMs())
  const address = '127.0.0.1'
  const relays: TcpRelay[] = []
  return {
    about: `A relay at ${address}, which has no key,`,
    clock,
    async meet({ id }) {
      const log = memoryFrameLog()
      const { random } = io
      const options = { conference: id, log, address, port: 0, clock, random, onFault: () => undefined }
      const relay = await TcpRelay.open(options)
      relays.push(relay)
      return { host: relay.transport, seat: tcpTransport({ host: address, port: relay.port }) }
    },
    async close() {
      for (const relay of relays) await relay.close()
    },
  }
}

function clockFrom(startMs: number): Clock {
  const begun = performance.now()
  return { nowMs: () => Math.round(startMs + performance.now() - begun) }
}
