/** How a host is reached: a port of its own, or a clinic's server. */
import { rm } from 'node:fs/promises'
import type { ConferenceBook, Transport } from '@chartseal/clinic/conference'
import { TcpRelay } from '@chartseal/clinic/tcp'
import { openFrameFile } from '@chartseal/elgamal-session/fs/frame-log'
import type { Io } from '../../io/io.js'
import type { HostPort } from './places.js'
import type { Told } from './words.js'

export interface HostWay {
  readonly transport: Transport
  /** Where it is, told at the beginning. */
  readonly told: Told
  /** Tells the relay that the conference has ended, once more where it knows. @throws what keeps it from learning that */
  tellEnd(): Promise<void>
  /** After the last word. Where the conference has ended, nothing of it is kept. */
  close(hasEnded: boolean): Promise<void>
}

/** More than a day of any doctor's words. */
const maxLogBytes = 1_073_741_824

/** The relay in this process; frames for all are kept beside the conference file. */
export async function listenWay(
  io: Io,
  { host, port }: HostPort,
  path: string,
  { id }: ConferenceBook,
): Promise<HostWay> {
  const file = `${path}.frames`
  const log = await openFrameFile({ path: file, maxBytes: maxLogBytes, random: io.random })
  const { clock, random } = io
  // What the log refuses comes to the core as well, which publishes again: it is told as an event.
  const options = { conference: id, log, address: host, port, clock, random, onFault: () => undefined }
  const relay = await TcpRelay.open(options).catch(async error => {
    await log.close()
    throw error
  })
  const place = host.includes(':') ? `[${host}]:${relay.port}` : `${host}:${relay.port}`
  return {
    transport: relay.transport,
    told: { text: `Listening at ${place}`, answer: { event: 'listening', address: host, port: relay.port } },
    tellEnd: async () => undefined,
    async close(hasEnded) {
      await relay.close()
      await log.close()
      if (hasEnded) await rm(file, { force: true })
    },
  }
}
