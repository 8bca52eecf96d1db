/** WebSockets to a clinic's server: that of a host behind its ticket, and that of a patient. */
import {
  type ConferenceBook,
  type ConferenceSeat,
  type Transport,
  webSocketTransport,
} from '@chartseal/clinic/conference'
import { decodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { maxLinkBytes } from '@chartseal/elgamal-session/relay'
import { WebSocket } from 'ws'
import { readOwnerKey } from '../../io/envelope/owner.js'
import type { Io } from '../../io/io.js'
import { ClinicClient, conferencePath } from './clinic-client.js'
import type { HostWay } from './ways.js'

const handshakeTimeout = 15_000

/** The patient's way. */
export function seatSocket(server: URL, { id }: Pick<ConferenceSeat, 'id'>): Transport {
  return webSocketTransport({ open: () => socketTo(server, id, 'chartseal.conference.v2') })
}

/** The host's way: a new ticket for each connection. @throws ChartsealError as the clinic refuses the device */
export async function serverWay(
  io: Io,
  server: URL,
  deviceFile: string,
  { id, untilMs }: ConferenceBook,
): Promise<HostWay> {
  const key = await readOwnerKey(io, deviceFile)
  const client = new ClinicClient(server, key, io)
  const path = conferencePath(id)
  const transport = webSocketTransport({
    open: () => socketTo(server, id, 'chartseal.host.v2'),
    async first() {
      const answer = await client.put(path, { v: 1, until_ms: untilMs })
      return decodeBase64Url(answer.text('ticket'))
    },
  })
  const { origin } = server
  return {
    transport,
    told: { text: `By way of ${origin}`, answer: { event: 'server', url: origin } },
    async tellEnd() {
      await client.delete(path).catch(knowsNoMore)
    },
    async close() {
      key.wipe()
    },
  }
}

/** Then there is nothing to end. */
function knowsNoMore(error: unknown): void {
  const isOver = error instanceof ChartsealError && ['relay/missing', 'relay/ended'].includes(error.code)
  if (!isOver) throw error
}

function socketTo(server: URL, id: Uint8Array, protocol: string): WebSocket {
  const url = new URL(conferencePath(id), server)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return new WebSocket(url, protocol, {
    perMessageDeflate: false,
    maxPayload: maxLinkBytes,
    handshakeTimeout,
  })
}
