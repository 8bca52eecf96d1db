/** The plaintexts of commits and messages, and the welcome: deterministic CBOR. Tables: docs/spec/care-team.md. */
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { padme } from '@chartseal/core/padme'
import { teamError } from './errors.js'
import {
  hashBytes,
  idBytes,
  keyBytes,
  maxFileNameBytes,
  maxFrameBytes,
  maxTypeBytes,
  requireTitle,
  saltBytes,
} from './limits.js'
import { formerValue, peopleValue, placesValue, readFormer, readPeople, readPlaces } from './people.js'
import type { FormerPerson, NamedPlace, TeamBody, TeamPerson } from './types.js'

const minPaddedBytes = 256
const mark = 0x80

/** Followed by 0x80 and zeros, up to a size that many bodies have. */
function padded(bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(Math.max(minPaddedBytes, padme(bytes.length + 1)))
  all.set(bytes)
  all[bytes.length] = mark
  bytes.fill(0)
  return all
}

function unpadded(bytes: Uint8Array): Uint8Array {
  let end = bytes.length - 1
  while (end >= 0 && bytes[end] === 0) end--
  if (bytes[end] !== mark) throw new Error('its padding is none')
  return bytes.subarray(0, end)
}

/** What a commit says to those who are in its epoch. */
export interface TeamChange {
  readonly atMs: number
  readonly title: string
  readonly people: readonly TeamPerson[]
  readonly removed: readonly FormerPerson[]
}

export function encodeChange({ atMs, title, people, removed }: TeamChange): Uint8Array {
  const value = { at: atMs, title, people: peopleValue(people), removed: formerValue(removed) }
  return padded(encodeCbor(value))
}

/** @throws ChartsealError `team/malformed` */
export function parseChange(bytes: Uint8Array, epoch: number): TeamChange {
  return reading('change', () => {
    const fields = CborFields.decode(unpadded(bytes), ['at', 'title', 'people', 'removed'])
    return {
      atMs: fields.count('at'),
      title: requireTitle(fields.text('title')),
      people: readPeople(fields),
      removed: readFormer(fields, epoch),
    }
  })
}

export interface SentBody extends TeamBody {
  readonly sentAtMs: number
}

export function encodeSentBody({ sentAtMs, mediaType, content, fileName }: SentBody): Uint8Array {
  const named = fileName === undefined ? {} : { name: fileName }
  return padded(encodeCbor({ at: sentAtMs, type: mediaType, content, ...named }))
}

/** @throws ChartsealError `team/malformed` */
export function parseSentBody(bytes: Uint8Array): SentBody {
  return reading('message', () => {
    const fields = new CborFields(decodeCbor(unpadded(bytes)), ['at', 'type', 'content'], ['name'])
    const named = fields.has('name') ? { fileName: fields.text('name', maxFileNameBytes) } : {}
    return {
      sentAtMs: fields.count('at'),
      mediaType: fields.text('type', maxTypeBytes),
      content: fields.bytes('content'),
      ...named,
    }
  })
}

/** What a newcomer is given under the keys of their pair. */
export interface TeamWelcome extends TeamChange {
  readonly id: Uint8Array
  readonly epoch: number
  readonly commitHash: Uint8Array
  /** Of the commit. */
  readonly salt: Uint8Array
  /** The key tree's: of the leaf, and the keys above it. Secret. */
  readonly leafKey: Uint8Array
  readonly path: Uint8Array
  /** Where each sender stood at the commit, as the keeper had it. */
  readonly places: readonly NamedPlace[]
}

const welcomeFields = [
  'v',
  'id',
  'epoch',
  'commit',
  'salt',
  'at',
  'title',
  'people',
  'removed',
  'leaf_key',
  'path',
  'places',
]

/** Secret: the caller wipes it. */
export function encodeTeamWelcome(welcome: TeamWelcome): Uint8Array {
  const { id, epoch, commitHash, salt, atMs, title, people, removed, leafKey, path, places } = welcome
  return encodeCbor({
    v: 2,
    id,
    epoch,
    commit: commitHash,
    salt,
    at: atMs,
    title,
    people: peopleValue(people),
    removed: formerValue(removed),
    leaf_key: leafKey,
    path,
    places: placesValue(places),
  })
}

/** @throws ChartsealError `team/malformed` */
export function parseTeamWelcome(bytes: Uint8Array): TeamWelcome {
  return reading('welcome', () => {
    if (bytes.length > maxFrameBytes) throw new Error('it is too large')
    const fields = CborFields.decode(bytes, welcomeFields)
    fields.count('v', 2, 2)
    const epoch = fields.count('epoch', 0xffff_ffff, 1)
    return {
      id: fields.bytes('id', idBytes),
      epoch,
      commitHash: fields.bytes('commit', hashBytes),
      salt: fields.bytes('salt', saltBytes),
      atMs: fields.count('at'),
      title: requireTitle(fields.text('title')),
      people: readPeople(fields),
      removed: readFormer(fields, epoch),
      leafKey: fields.bytes('leaf_key', keyBytes),
      path: fields.bytes('path'),
      places: readPlaces(fields),
    }
  })
}

/** What is authentic and yet no sound value was written by somebody who knows the keys. */
export function reading<Value>(what: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'team/malformed') throw error
    if (!(error instanceof Error)) throw error
    throw teamError('team/malformed', { what, reason: error.message })
  }
}
