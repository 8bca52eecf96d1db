/** The records of the core's journal: deterministic CBOR, one map each, of which `t` says what it is. */
import { CborFields, fieldOf } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { coreError } from '@chartseal/core/errors'
import { hashBytes } from '../conference/signed-frame.js'
import { maxTextBytes } from '../conference/text.js'

/** 16 bytes. */
type PatientId = Uint8Array

/** Until when somebody is blocked: 0 for not at all, `null` until lifted. */
export type BlockedUntil = number | null

export type JournalRecord =
  | { readonly t: 'start'; readonly incarnation: number; readonly memberships: number }
  /** Tickets under an older key open no more. */
  | { readonly t: 'ticket-key'; readonly key: Uint8Array }
  | {
      readonly t: 'in'
      readonly patient: PatientId
      readonly since: bigint
      readonly membership: number
      readonly acknowledged: bigint
    }
  /** Out of the group, or not in it anyway; and blocked for how long. */
  | {
      readonly t: 'out'
      readonly patient: PatientId
      readonly until: BlockedUntil
      readonly forGood: boolean
    }
  /** Tickets of theirs up to this id were used. */
  | { readonly t: 'used'; readonly patient: PatientId; readonly ticket: bigint }
  | {
      readonly t: 'epoch'
      readonly epoch: number
      /** Of its first and, as far as this record knows, last broadcast. */
      readonly first: bigint
      readonly last: bigint
      readonly key: Uint8Array
    }
  /** `waited`: it says the first of those texts that waited. */
  | { readonly t: 'frame'; readonly frame: Uint8Array; readonly waited: boolean }
  /** A text for all that waits until the relay has been there once. */
  | { readonly t: 'waiting'; readonly text: string; readonly emergency: boolean }
  /** A frame that the relay's log has: what stays known of it. */
  | { readonly t: 'mark'; readonly sequence: bigint; readonly hash: Uint8Array; readonly at: number }
  /** The chain begins behind this frame: nothing is known of older ones. */
  | {
      readonly t: 'base'
      readonly sequence: bigint
      readonly hash: Uint8Array
      readonly epoch: number
      readonly emergency: bigint
    }
  /** A direct message to a patient, and up to which one their device has them. */
  | { readonly t: 'to'; readonly patient: PatientId; readonly id: bigint; readonly text: string }
  | { readonly t: 'told'; readonly patient: PatientId; readonly id: bigint }
  /** A direct message of a patient, and up to which one the doctor was shown them. */
  | { readonly t: 'from'; readonly patient: PatientId; readonly id: bigint; readonly text: string }
  | { readonly t: 'shown'; readonly patient: PatientId; readonly id: bigint }
  /** Up to which one the direct messages of a patient are here. */
  | { readonly t: 'heard'; readonly patient: PatientId; readonly id: bigint }
  /** Direct messages to whoever is enrolled later begin with this number or a higher one. */
  | { readonly t: 'numbered'; readonly next: bigint }
  | { readonly t: 'end' }

export function encodeRecord(record: JournalRecord): Uint8Array {
  switch (record.t) {
    case 'out': {
      const { t, patient, until, forGood } = record
      const common = { t, patient, forGood: forGood ? 1 : 0 }
      return encodeCbor(until === null ? common : { ...common, until })
    }
    case 'frame': {
      const { t, frame, waited } = record
      return encodeCbor(waited ? { t, frame, waited: 1 } : { t, frame })
    }
    case 'waiting':
      return encodeCbor({ ...record, emergency: record.emergency ? 1 : 0 })
    default:
      return encodeCbor({ ...record })
  }
}

interface Reader {
  readonly names: readonly string[]
  readonly optional?: readonly string[]
  read(fields: CborFields): JournalRecord
}

const maxU32 = 0xffff_ffff
const patientOf = (fields: CborFields): Uint8Array => fields.bytes('patient', 16)

const readers: Readonly<Record<JournalRecord['t'], Reader>> = {
  start: {
    names: ['incarnation', 'memberships'],
    read: fields => ({
      t: 'start',
      incarnation: fields.count('incarnation', maxU32, 1),
      memberships: fields.count('memberships', maxU32),
    }),
  },
  'ticket-key': { names: ['key'], read: fields => ({ t: 'ticket-key', key: fields.bytes('key', 32) }) },
  in: {
    names: ['patient', 'since', 'membership', 'acknowledged'],
    read: fields => ({
      t: 'in',
      patient: patientOf(fields),
      since: fields.integer('since'),
      membership: fields.count('membership', maxU32, 1),
      acknowledged: fields.integer('acknowledged'),
    }),
  },
  out: {
    names: ['patient', 'forGood'],
    optional: ['until'],
    read: fields => ({
      t: 'out',
      patient: patientOf(fields),
      until: fields.has('until') ? fields.count('until') : null,
      forGood: fields.count('forGood', 1) === 1,
    }),
  },
  used: {
    names: ['patient', 'ticket'],
    read: fields => ({ t: 'used', patient: patientOf(fields), ticket: fields.integer('ticket') }),
  },
  epoch: {
    names: ['epoch', 'first', 'last', 'key'],
    read: fields => ({
      t: 'epoch',
      epoch: fields.count('epoch', maxU32),
      first: fields.integer('first'),
      last: fields.integer('last'),
      key: fields.bytes('key', 32),
    }),
  },
  frame: {
    names: ['frame'],
    optional: ['waited'],
    read: fields => ({
      t: 'frame',
      frame: fields.bytes('frame'),
      waited: fields.has('waited') && fields.count('waited', 1, 1) === 1,
    }),
  },
  waiting: {
    names: ['text', 'emergency'],
    read: fields => ({
      t: 'waiting',
      text: fields.text('text', maxTextBytes),
      emergency: fields.count('emergency', 1) === 1,
    }),
  },
  mark: {
    names: ['sequence', 'hash', 'at'],
    read: fields => ({
      t: 'mark',
      sequence: fields.integer('sequence'),
      hash: fields.bytes('hash', hashBytes),
      at: fields.count('at'),
    }),
  },
  base: {
    names: ['sequence', 'hash', 'epoch', 'emergency'],
    read: fields => ({
      t: 'base',
      sequence: fields.integer('sequence'),
      hash: fields.bytes('hash', hashBytes),
      epoch: fields.count('epoch', maxU32),
      emergency: fields.integer('emergency'),
    }),
  },
  to: {
    names: ['patient', 'id', 'text'],
    read: fields => ({
      t: 'to',
      patient: patientOf(fields),
      id: fields.integer('id'),
      text: fields.text('text', maxTextBytes),
    }),
  },
  from: {
    names: ['patient', 'id', 'text'],
    read: fields => ({
      t: 'from',
      patient: patientOf(fields),
      id: fields.integer('id'),
      text: fields.text('text', maxTextBytes),
    }),
  },
  shown: {
    names: ['patient', 'id'],
    read: fields => ({ t: 'shown', patient: patientOf(fields), id: fields.integer('id') }),
  },
  told: {
    names: ['patient', 'id'],
    read: fields => ({ t: 'told', patient: patientOf(fields), id: fields.integer('id') }),
  },
  heard: {
    names: ['patient', 'id'],
    read: fields => ({ t: 'heard', patient: patientOf(fields), id: fields.integer('id') }),
  },
  numbered: { names: ['next'], read: fields => ({ t: 'numbered', next: fields.integer('next') }) },
  end: { names: [], read: () => ({ t: 'end' }) },
}

const readerOf: ReadonlyMap<unknown, Reader> = new Map(Object.entries(readers))

/** @throws ChartsealError `encoding/invalid`, `cbor/invalid` */
export function decodeRecord(bytes: Uint8Array): JournalRecord {
  const value = decodeCbor(bytes)
  const reader = readerOf.get(fieldOf(value, 't'))
  if (reader === undefined) throw coreError('cbor/invalid', { field: 't', expected: 'a kind of record' })
  return reader.read(new CborFields(value, ['t', ...reader.names], reader.optional))
}
