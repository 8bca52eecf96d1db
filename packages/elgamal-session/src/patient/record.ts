/** What a patient keeps over the end of a process: deterministic CBOR. */
import { CborFields } from '@chartseal/core/cbor'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { partyError } from '../conference/errors.js'
import type { ChainPlace } from '../conference/payloads.js'
import { hashBytes } from '../conference/signed-frame.js'
import { maxTextBytes } from '../conference/text.js'

/** A way back without a full handshake. */
export interface KeptTicket {
  readonly ticket: Uint8Array
  /** 32 bytes, secret. */
  readonly psk: Uint8Array
}

/** One of their own messages that the doctor's core does not have. */
export interface OwnMessage {
  readonly id: bigint
  readonly text: string
  /** Whether it was sent: only then can the core have it. */
  readonly wasSent: boolean
}

/** `in`: the core may have them as a member; `leaving`: it may, and they want to be out, which it has not answered. */
export type SeatStanding = 'out' | 'in' | 'leaving'

const standings: readonly SeatStanding[] = ['out', 'in', 'leaving']

export interface PatientRecord {
  /** The newest frame for all that is here; `null` before the first time. */
  readonly place: ChainPlace | null
  readonly ticket: KeptTicket | null
  readonly standing: SeatStanding
  /** The newest direct message of the doctor. */
  readonly heard: bigint
  readonly nextId: bigint
  readonly outbox: readonly OwnMessage[]
}

const version = 3
const maxTicketBytes = 1_024

export function encodePatientRecord(record: PatientRecord): Uint8Array {
  const { place, ticket, standing, heard, nextId, outbox } = record
  const value: { [field: string]: CborValue } = {
    v: version,
    standing: standings.indexOf(standing),
    heard,
    next: nextId,
    outbox: outbox.map(({ id, text, wasSent }) => ({ id, text, sent: wasSent ? 1 : 0 })),
  }
  if (place !== null) value['place'] = { seq: place.sequence, hash: place.hash }
  if (ticket !== null) value['ticket'] = { ticket: ticket.ticket, psk: ticket.psk }
  return encodeCbor(value)
}

/** @throws ChartsealError `conference/bad-record` */
export function parsePatientRecord(bytes: Uint8Array): PatientRecord {
  try {
    const value = decodeCbor(bytes)
    const fields = new CborFields(value, ['v', 'standing', 'heard', 'next', 'outbox'], ['place', 'ticket'])
    fields.count('v', version, version)
    return {
      place: fields.has('place') ? placeOf(fields.map('place', ['seq', 'hash'])) : null,
      ticket: fields.has('ticket') ? ticketOf(fields.map('ticket', ['ticket', 'psk'])) : null,
      standing: standings[fields.count('standing', standings.length - 1)] ?? 'out',
      heard: fields.integer('heard'),
      nextId: fields.integer('next'),
      outbox: fields.maps('outbox', ['id', 'text', 'sent']).map(one => ({
        id: one.integer('id'),
        text: one.text('text', maxTextBytes),
        wasSent: one.count('sent', 1) === 1,
      })),
    }
  } catch (error) {
    if (error instanceof ChartsealError) throw partyError('conference/bad-record', {})
    throw error
  }
}

/** Whether the device still has to tell the doctor's core that they left. @throws ChartsealError `conference/bad-record` */
export function isLeaving(record: Uint8Array): boolean {
  const { standing, ticket } = parsePatientRecord(record)
  ticket?.psk.fill(0)
  return standing === 'leaving'
}

function placeOf(fields: CborFields): ChainPlace {
  return { sequence: fields.integer('seq'), hash: fields.bytes('hash', hashBytes) }
}

function ticketOf(fields: CborFields): KeptTicket {
  return { ticket: fields.bytesWithin('ticket', 1, maxTicketBytes), psk: fields.bytes('psk', 32) }
}
