/** What each kind of statement holds, as fields of CBOR. Byte tables: docs/spec/break-glass.md. */
import { concat, equal } from '@chartseal/core/bytes'
import type { CborFields } from '@chartseal/core/cbor'
import { type CborValue, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { ChartsealError, coreError } from '@chartseal/core/errors'
import {
  formatVerifyCapability,
  parseVerifyCapability,
  type VerifyCapability,
} from '@chartseal/ipfs-envelope'
import { isKid } from '../roster.js'
import { requirePolicy } from './policy.js'
import {
  type AnyStatement,
  type Custodian,
  type EmergencyPolicy,
  emergencyReasons,
  reviewVerdicts,
  type StatementKind,
} from './statements.js'

/** The content of one kind. */
export type ContentOf<Kind extends StatementKind> = Extract<AnyStatement, { readonly kind: Kind }>

interface Layout<Content> {
  readonly names: readonly string[]
  write(content: Content): { readonly [name: string]: CborValue }
  /**
   * @param by the key of whoever signed
   * @throws ChartsealError `cbor/invalid`
   */
  read(fields: CborFields, by: Uint8Array): Content
}

export const idBytes = 16
const hashBytes = 32
const keyBytes = 32
const maxCustodians = 16
const maxTextCharacters = 500
const maxTextBytes = 2_000
const maxAboutBytes = 200
const maxOriginBytes = 256
const maxRecordBytes = 512

const aboutRequest = ['req', 'at']
const requestOf = (fields: CborFields) => ({
  request: fields.bytes('req', hashBytes),
  atMs: fields.count('at'),
})

/** How each kind is written and read. */
export const layouts: { readonly [Kind in StatementKind]: Layout<ContentOf<Kind>> } = {
  'custody-key': {
    names: ['origin', 'key', 'at'],
    write: ({ origin, key, atMs }) => ({ origin, key, at: atMs }),
    read: fields => ({
      kind: 'custody-key',
      origin: originOf(fields),
      key: fields.bytes('key', keyBytes),
      atMs: fields.count('at'),
    }),
  },
  set: {
    names: [
      ...['origin', 'id', 'record', 'about', 'patient', 'drill', 'policy', 'custodians'],
      ...['root', 'at'],
    ],
    write: set => ({
      ...{ origin: set.origin, id: set.id, record: formatVerifyCapability(set.record) },
      ...{ about: set.about, patient: set.patient, drill: set.isDrill ? 1 : 0 },
      policy: policyFields(set.policy),
      custodians: set.custodians.map(({ kid, share }) => ({ kid, share })),
      ...{ root: set.root, at: set.createdMs },
    }),
    read: readSet,
  },
  request: {
    names: ['origin', 'id', 'set', 'reason', 'text', 'at', 'decide', 'until', 'key'],
    write: ({ origin, id, set, reason, text, createdMs, decideByMs, accessUntilMs, key }) => ({
      ...{ origin, id, set, reason, text, key },
      ...{ at: createdMs, decide: decideByMs, until: accessUntilMs },
    }),
    read: readRequest,
  },
  release: {
    names: [...aboutRequest, 'share'],
    write: ({ request, atMs, share }) => ({ req: request, at: atMs, share }),
    read: fields => ({ kind: 'release', ...requestOf(fields), share: fields.bytes('share', hashBytes) }),
  },
  denial: {
    names: [...aboutRequest, 'text'],
    write: ({ request, atMs, text }) => ({ req: request, at: atMs, text }),
    read: fields => ({ kind: 'denial', ...requestOf(fields), text: wordsOf(fields, 0) }),
  },
  opened: {
    names: aboutRequest,
    write: ({ request, atMs }) => ({ req: request, at: atMs }),
    read: fields => ({ kind: 'opened', ...requestOf(fields) }),
  },
  closed: {
    names: [...aboutRequest, 'text'],
    write: ({ request, atMs, text }) => ({ req: request, at: atMs, text }),
    read: fields => ({ kind: 'closed', ...requestOf(fields), text: wordsOf(fields, 0) }),
  },
  reviewed: {
    names: [...aboutRequest, 'seen', 'verdict', 'text'],
    write: ({ request, atMs, seen, verdict, text }) => ({ req: request, at: atMs, seen, verdict, text }),
    read: fields => ({
      kind: 'reviewed',
      ...requestOf(fields),
      seen: fields.bytes('seen', hashBytes),
      verdict: oneOf(fields, 'verdict', reviewVerdicts),
      text: wordsOf(fields, 0),
    }),
  },
}

function readSet(fields: CborFields, by: Uint8Array): ContentOf<'set'> {
  const custodians = fields.maps('custodians', ['kid', 'share']).map(custodianOf)
  if (custodians.length > maxCustodians) throw invalid('custodians', `at most ${maxCustodians}`)
  if (new Set(custodians.map(({ kid }) => kid)).size < custodians.length)
    throw invalid('custodians', 'distinct')
  const policy = policyOf(fields.map('policy', ['t', 'denials', 'wait', 'witnesses', 'decide', 'access']))
  requirePolicy(policy, custodians.length)
  const set: ContentOf<'set'> = {
    kind: 'set',
    origin: originOf(fields),
    id: fields.bytes('id', idBytes),
    record: recordOf(fields, by),
    about: aboutOf(fields),
    patient: fields.text('patient', 43) === '' ? '' : kidOf(fields, 'patient'),
    isDrill: fields.count('drill', 1) === 1,
    policy,
    custodians,
    root: fields.bytes('root', hashBytes),
    createdMs: fields.count('at'),
  }
  const kids = custodians.map(({ kid }) => kid)
  if (!equal(set.id, setIdOf({ ...set, kids }))) throw invalid('id', 'what its terms give')
  return set
}

/** What a set promises custodians about the shares that they keep. */
export type SetTerms = Omit<ContentOf<'set'>, 'kind' | 'id' | 'root' | 'custodians'> & {
  readonly kids: readonly string[]
}

const termsLabel = encodeUtf8('chartseal/break-glass-terms/v2\0')

/**
 * The id of a set with these terms. Shares carry it, and their root commits to it: a set of somebody else, or with a milder
 * policy, cannot be made for shares that custodians have.
 */
export function setIdOf(terms: SetTerms): Uint8Array {
  const { origin, record, about, patient, isDrill, policy, kids, createdMs } = terms
  const encoded = encodeCbor({
    ...{ origin, record: formatVerifyCapability(record), about, patient, drill: isDrill ? 1 : 0 },
    ...{ policy: policyFields(policy), custodians: kids, at: createdMs },
  })
  return defaultEngine().sha256(concat(termsLabel, encoded)).slice(0, idBytes)
}

function readRequest(fields: CborFields): ContentOf<'request'> {
  const request: ContentOf<'request'> = {
    kind: 'request',
    origin: originOf(fields),
    id: fields.bytes('id', idBytes),
    set: fields.bytes('set', hashBytes),
    reason: oneOf(fields, 'reason', emergencyReasons),
    text: wordsOf(fields, 1),
    createdMs: fields.count('at'),
    decideByMs: fields.count('decide'),
    accessUntilMs: fields.count('until'),
    key: fields.bytes('key', keyBytes),
  }
  if (request.decideByMs <= request.createdMs) throw invalid('decide', 'after the request')
  if (request.accessUntilMs < request.decideByMs) throw invalid('until', 'not before decide')
  return request
}

const custodianOf = (fields: CborFields): Custodian => ({
  kid: kidOf(fields, 'kid'),
  share: fields.bytes('share', hashBytes),
})

function policyFields(policy: EmergencyPolicy): CborValue {
  const { threshold, denials, waitMs, witnesses, maxDecideMs, maxAccessMs } = policy
  return { t: threshold, denials, wait: waitMs, witnesses, decide: maxDecideMs, access: maxAccessMs }
}

const policyOf = (fields: CborFields): EmergencyPolicy => ({
  threshold: fields.count('t'),
  denials: fields.count('denials'),
  waitMs: fields.count('wait'),
  witnesses: fields.count('witnesses'),
  maxDecideMs: fields.count('decide'),
  maxAccessMs: fields.count('access'),
})

function originOf(fields: CborFields): string {
  const origin = fields.text('origin', maxOriginBytes)
  if (origin === '') throw invalid('origin', 'that of a clinic')
  return origin
}

function kidOf(fields: CborFields, name: string): string {
  const kid = fields.text(name, 43)
  if (!isKid(kid)) throw invalid(name, 'a kid')
  return kid
}

/** Only the owner of a record makes sets for it. */
function recordOf(fields: CborFields, by: Uint8Array): VerifyCapability {
  const record = capabilityIn(fields.text('record', maxRecordBytes))
  if (record === null || !equal(record.owner, by)) throw invalid('record', 'a record of whoever signs')
  return record
}

function capabilityIn(text: string): VerifyCapability | null {
  try {
    return parseVerifyCapability(text)
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

function aboutOf(fields: CborFields): string {
  const about = fields.text('about', maxAboutBytes)
  if (about.trim() === '') throw invalid('about', 'a text')
  return about
}

/** What a person wrote: characters count as people count them, by code point. */
function wordsOf(fields: CborFields, min: number): string {
  const text = fields.text('text', maxTextBytes)
  const { length } = [...text]
  if (length > maxTextCharacters || text.trim().length < min)
    throw invalid('text', `${min} to ${maxTextCharacters} characters`)
  return text
}

function oneOf<Word extends string>(fields: CborFields, name: string, words: readonly Word[]): Word {
  const found = words.find(word => word === fields.text(name, 16))
  if (found === undefined) throw invalid(name, words.join(' or '))
  return found
}

const invalid = (field: string, expected: string): Error => coreError('cbor/invalid', { field, expected })
