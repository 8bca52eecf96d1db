/** Where a conference is held: by way of a clinic's server, or on a port of the doctor's own. */
import { join } from 'node:path'
import { type ConferenceBook, type Transport, webSocketTransport } from '@chartseal/clinic/conference'
import { TcpRelay, tcpTransport } from '@chartseal/clinic/tcp'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { memoryFrameLog } from '@chartseal/elgamal-session/relay'
import { WebSocket } from 'ws'
import { ClinicDevice, deliver } from '../clinic/device.js'
import { startServer } from '../clinic/server.js'
import type { World } from '../world.js'

export interface Place {
  readonly about: string
  /** The doctor's way to the relay. */
  readonly host: Transport
  /** A patient's way. */
  readonly seat: Transport
  close(): Promise<void>
}

export function openPlace(world: World, book: ConferenceBook): Promise<Place> {
  return world.server ? openServer(world, book) : openPort(world, book)
}

/** A server of its own, which a device of the doctor asks for a ticket before each connection. */
async function openServer({ io, folder }: World, { id, untilMs }: ConferenceBook): Promise<Place> {
  const server = await startServer(join(folder, 'conference'), io)
  const key = SigningKey.generate(io.random)
  const device = new ClinicDevice(key, server, io)
  await deliver(server, await device.enrolment(server.invitations.doctor))
  const path = `/v1/conferences/${encodeBase64Url(id)}`
  const url = `${server.address.replace('http', 'ws')}${path}`
  const socket = (protocol: string): WebSocket => new WebSocket(url, protocol, { perMessageDeflate: false })
  return {
    about: `chartseal-server at ${server.address}, which has no key,`,
    host: webSocketTransport({
      open: () => socket('chartseal.host.v2'),
      async first() {
        const body = encodeUtf8(JSON.stringify({ v: 1, until_ms: untilMs }))
        const { text } = await device.ask('PUT', path, body)
        return decodeBase64Url(JsonObject.parse(text).text('ticket'))
      },
    }),
    seat: webSocketTransport({ open: () => socket('chartseal.conference.v2') }),
    async close() {
      key.wipe()
      await server.stop()
    },
  }
}

async function openPort({ io }: World, { id }: ConferenceBook): Promise<Place> {
  const { clock, random } = io
  const address = '127.0.0.1'
  const log = memoryFrameLog()
  const options = { conference: id, log, address, port: 0, clock, random, onFault: () => undefined }
  const relay = await TcpRelay.open(options)
  const { port, transport } = relay
  return {
    about: `A relay at ${address} port ${port}, which has no key,`,
    host: transport,
    seat: tcpTransport({ host: address, port }),
    close: () => relay.close(),
  }
}
