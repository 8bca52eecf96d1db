/** What people sign for an emergency, and what devices keep of a clinic. */
import { decodeBase64Url, encodeBase64Url, encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { JsonObject } from '@chartseal/core/json'
import { decodeRecord } from '@chartseal/emr-ledger'
import { parseVerifierKey } from '@chartseal/tlog'
import { parseCustodyKey, parseEmergencyEvent, parseEmergencySet } from '../break-glass/codec.js'
import type { AnyStatement, Statement } from '../break-glass/statements.js'
import { parseRoster } from '../roster.js'
import { type Detector, explained, instantOf, type Stage, type Told } from './detector.js'

const names: ReadonlyMap<string, string> = new Map([
  ['custody-key', 'key of a custodian'],
  ['set', 'emergency set of a record'],
  ['request', 'request in an emergency'],
  ['release', 'release of a share'],
  ['denial', 'denial of a request'],
  ['opened', 'opening of a record'],
  ['closed', 'end of an access'],
  ['reviewed', 'review of an access'],
])

const statementNotes = [
  'Its signature is that of the device which it names; who that is, the roster of the clinic says.',
]

/** CBOR and a signature; its kind is the first field. */
export const statement: Detector = ({ bytes, head }) => {
  const kind = /^[\xa4-\xaf]ak[\x60-\x6f]([a-z-]{3,11})av.b/s.exec(head)?.[1] ?? ''
  const name = names.get(kind)
  if (name === undefined) return null
  const about = { kind: `${name}, signed, version 2`, notes: statementNotes }
  return explained(about, ['fields or signature', () => statementIn(kind, bytes)], tellStatement)
}

function statementIn(kind: string, bytes: Uint8Array): Statement<AnyStatement> {
  if (kind === 'custody-key') return parseCustodyKey(bytes)
  return kind === 'set' ? parseEmergencySet(bytes) : parseEmergencyEvent(bytes)
}

function tellStatement({ content, by, hash }: Statement<AnyStatement>): Told {
  const at = instantOf('createdMs' in content ? content.createdMs : content.atMs)
  const common = { signed_by: by, at, hash: encodeBase64Url(hash) }
  if (content.kind === 'set') {
    const { threshold } = content.policy
    return { facts: { ...common, about: content.about, custodians: content.custodians.length, threshold } }
  }
  if (content.kind === 'request') return { facts: { ...common, reason: content.reason, text: content.text } }
  if (content.kind === 'reviewed') return { facts: { ...common, verdict: content.verdict } }
  return { facts: 'request' in content ? { ...common, request: encodeBase64Url(content.request) } : common }
}

/** What `break-glass ask` keeps: what is released opens with its secret alone. */
export const requestFile: Detector = ({ json }) => {
  if (json === null || !['request', 'statement', 'secret'].every(field => json.has(field))) return null
  const about = {
    kind: 'key of a request in an emergency',
    secret: true,
    notes: ['What custodians release opens with it alone.'],
  }
  return explained(about, ['fields', () => decodeBase64Url(json.text('statement'))], bytes => {
    const facts = { request: json.text('request') }
    return { facts, stages: [['statement', () => parseEmergencyEvent(bytes)]] }
  })
}

/** What a device has pinned of a clinic. */
export const clinicTrust: Detector = ({ json }) => {
  if (json === null || kindOf(json) !== 'chartseal-clinic-trust') return null
  const notes = ['Not secret. Compare the key of the log with the clinic before you believe it.']
  const about = { kind: 'what a device has pinned of a clinic', notes }
  return explained(about, ['fields', () => parseRoster(decodeBase64Url(json.text('roster')))], roster => {
    const facts = { clinic: json.text('origin'), log_key: json.text('log'), roster: roster.seq }
    const stages: readonly Stage[] = [['key of the log', () => parseVerifierKey(json.text('log'))]]
    return { facts: { ...facts, people: roster.people.length }, stages }
  })
}

/** A roster that its officers sign one after the other. */
export const rosterDraft: Detector = ({ json }) => {
  if (json === null || !(json.has('roster') && json.has('signatures')) || json.has('kind')) return null
  const about = {
    kind: 'roster of a clinic, for its officers to sign',
    notes: ['Read who comes and goes: chartseal break-glass roster --draft.'],
  }
  return explained(about, ['fields', () => parseRoster(decodeBase64Url(json.text('roster')))], roster => ({
    facts: {
      clinic: roster.origin,
      number: roster.seq,
      people: roster.people.length,
      signatures: json.objects('signatures').length,
    },
  }))
}

/** Public keys of a clinic that comes into a ledger of several. */
export const ledgerKeys: Detector = ({ json }) => {
  if (json === null || kindOf(json) !== 'chartseal-ledger-keys') return null
  const notes = ['Not secret. Whoever takes it compares the ids of the keys with that clinic.']
  const about = { kind: 'keys of a clinic for a ledger of several', notes }
  return explained(about, ['fields', () => json], fields => ({
    facts: {
      clinic: fields.text('name'),
      host: fields.text('host'),
      sealer: fields.text('sealer'),
      registrar: fields.text('registrar'),
    },
  }))
}

/** A change of the roster of a ledger, which registrars sign one after the other. */
export const ledgerRoster: Detector = ({ json }) => {
  if (json === null || kindOf(json) !== 'chartseal-ledger-roster') return null
  const notes = ['Read who comes and goes before you sign: chartseal-server ledger roster sign.']
  const about = { kind: 'roster of a ledger, for its registrars to sign', notes }
  return explained(about, ['record', () => decodeRecord(decodeBase64Url(json.text('record')))], record => ({
    facts: {
      ledger: json.text('ledger'),
      txid: encodeHex(record.txid),
      signatures: record.signatures.length,
      ...(record.claims.kind === 'roster' ? { members: record.claims.roster.members.length } : {}),
    },
  }))
}

const kindOf = (json: JsonObject): string | null => {
  try {
    return json.text('kind')
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}
