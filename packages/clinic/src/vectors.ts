/** Runners of the vector files of this package; see `@chartseal/core/vectors`. */
import { type AccessEntry, encodeAccessEntry } from '@chartseal/audit/access'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeBase64Url, decodeHex, encodeHex } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import type { JsonObject } from '@chartseal/core/json'
import { SecretBytes } from '@chartseal/core/keys'
import { agree, type CaseRunner, lateRefusalOf, refusalOf, type VectorRunners } from '@chartseal/core/vectors'
import { decodeRoster } from '@chartseal/emr-ledger'
import { formatReadCapability, formatVerifyCapability } from '@chartseal/ipfs-envelope'
import { encodeShare } from '@chartseal/shamir'
import { restoreEmergency } from './break-glass/apply.js'
import {
  parseEmergencyEvent,
  parseEmergencyRequest,
  parseEmergencySet,
  parseStatement,
  signStatement,
} from './break-glass/codec.js'
import { eventEntry, setEntry } from './break-glass/entries.js'
import type { layouts } from './break-glass/layouts.js'
import { openReleased } from './break-glass/open.js'
import { openSealedShare, sealedHashOf } from './break-glass/sealed-share.js'
import type { EmergencySet, Statement, StatementKind } from './break-glass/statements.js'
import { type CheckedSlip, checkSlip, readSlip } from './prescriptions/slip.js'
import {
  type RequestTarget,
  requireFresh,
  requireSignature,
  signRequest,
  thumbprintOf,
  verifyRequest,
} from './signed-request.js'
import { invitations } from './vectors/invitations.js'
import { logSigners } from './vectors/log-signers.js'
import { ownerFile } from './vectors/owner-files.js'

/** A statement: what it says, who signed it, its name; signed again it is the same bytes. */
async function statement(testCase: JsonObject): Promise<void> {
  const kind = kindOf(testCase)
  const read = parseStatement(kind, testCase.hex('bytes'))
  agree('what it says', JSON.stringify(plain(read.content)), testCase.text('content'))
  agree('who signed', read.by, testCase.text('by'))
  agree('the hash', read.hash, testCase.hex('hash'))
  using key = new SigningKey(testCase.hex('signing_key'))
  const signatory = { verifyingKey: verifyingKeyOf(key), sign: (bytes: Uint8Array) => sign(key, bytes) }
  agree('signed again', (await signStatement(signatory, kind, read.content)).bytes, read.bytes)
}

function refused(testCase: JsonObject): void {
  agree(
    'the refusal',
    refusalOf(() => parseStatement(kindOf(testCase), testCase.hex('bytes'))),
    testCase.text('code'),
  )
}

/** A sealed share opens to the share, for whom and what it was sealed; and for nobody else. */
function sealed(testCase: JsonObject): void {
  const bytes = testCase.hex('sealed')
  const use = testCase.text('use') === 'set' ? 'set' : 'release'
  const of = { use, subject: testCase.hex('subject'), kid: testCase.text('kid') } as const
  using secret = new SecretBytes(testCase.hex('secret'))
  agree('the share', encodeShare(openSealedShare(bytes, secret, of)), testCase.hex('share'))
  agree('the hash', sealedHashOf(bytes), testCase.hex('hash'))
  const other = { ...of, use: use === 'set' ? 'release' : 'set' } as const
  agree(
    'another use',
    refusalOf(() => openSealedShare(bytes, secret, other)),
    'open/failed',
  )
}

function entry(testCase: JsonObject): void {
  const set = parseEmergencySet(testCase.hex('set'))
  const made = testCase.has('event') ? entryOfEvent(testCase, set) : setEntry(set)
  agree('the entry', encodeAccessEntry(made), testCase.hex('entry'))
}

function entryOfEvent(testCase: JsonObject, set: Statement<EmergencySet>): AccessEntry {
  const request = parseEmergencyRequest(testCase.hex('request'))
  const place = { set, request, previous: testCase.hex('previous'), atMs: testCase.count('at_ms') }
  return eventEntry(parseEmergencyEvent(testCase.hex('event')), place)
}

/** The requester's end: released shares give the capability. */
function opened(testCase: JsonObject): void {
  const set = parseEmergencySet(testCase.hex('set'))
  const event = parseEmergencyRequest(testCase.hex('request'))
  const taken = { atMs: event.content.createdMs, isWitnessed: true }
  const others = testCase
    .objects('releases')
    .map(one => ({ ...taken, event: parseEmergencyEvent(one.hex('release')) }))
  const given = testCase.objects('releases').map(one => ({ kid: one.text('kid'), sealed: one.hex('sealed') }))
  using secret = new SecretBytes(testCase.hex('secret'))
  const state = restoreEmergency(set, { ...taken, event }, others)
  const { capability } = openReleased(state, given, secret)
  agree('the capability', formatReadCapability(capability), testCase.text('capability'))
  capability.contentKey.wipe()
}

function kindOf(testCase: JsonObject): StatementKind {
  const name = testCase.text('kind')
  const kind = Object.values(kinds).find(known => known === name)
  if (kind === undefined) throw new Error(`internal: no kind ${name}`)
  return kind
}

const kinds: { readonly [Kind in keyof typeof layouts]: Kind } = {
  'custody-key': 'custody-key',
  set: 'set',
  request: 'request',
  release: 'release',
  denial: 'denial',
  opened: 'opened',
  closed: 'closed',
  reviewed: 'reviewed',
}

/** Content as JSON: bytes in hexadecimal, a capability as its text. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return encodeHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      name === 'record' ? formatVerifyCapability(one) : plain(one),
    ]),
  )
}

const steps: Readonly<Record<string, CaseRunner>> = { statement, refused, sealed, entry, opened }

/** A request that is signed again is the same, and is taken; or the code with which it is refused. */
async function signedRequest(testCase: JsonObject): Promise<void> {
  const target = { method: testCase.text('method'), url: testCase.text('uri') }
  const body = testCase.hex('body')
  const verify = (): string => verified(testCase, target, defaultEngine().sha256(body))
  if (testCase.has('refused')) {
    agree('the refusal', refusalOf(verify), testCase.text('refused'))
    return
  }
  agree('who signed', verify(), testCase.text('kid'))
  using key = new SigningKey(testCase.hex('signing_key'))
  const signer = { kid: testCase.text('kid'), sign: (message: Uint8Array) => sign(key, message) }
  const random = { bytes: () => decodeBase64Url(testCase.text('nonce')) }
  const clock = { nowMs: () => testCase.count('created') * 1000 }
  const made = await signRequest({ ...target, body }, signer, { clock, random })
  const fields = testCase.object('fields')
  for (const [name, value] of Object.entries(made)) agree(name, value, fields.text(name))
}

function verified(testCase: JsonObject, target: RequestTarget, digest: Uint8Array): string {
  const fields = testCase.object('fields')
  const read = requireSignature(name => (fields.has(name) ? fields.text(name) : null))
  requireFresh(read, testCase.count('now') * 1000)
  const known = testCase.texts('known_keys').map(decodeHex)
  const found = known.find(key => thumbprintOf(key) === read.kid) ?? null
  verifyRequest(read, found, target, digest)
  return read.kid
}

/** What a slip says, and whether it is what was signed; or the code with which it is refused. */
async function slip(testCase: JsonObject): Promise<void> {
  const roster = decodeRoster(testCase.hex('roster'))
  const check = async (): Promise<CheckedSlip> => checkSlip(await readSlip(testCase.text('text')), roster)
  if (testCase.has('refused')) {
    agree('the refusal', await lateRefusalOf(check), testCase.text('refused'))
    return
  }
  const { slip: read, prescriber } = await check()
  agree('the record', read.record.txid, testCase.hex('txid'))
  agree('the secret', read.rs, testCase.hex('rs'))
  agree('the patient', read.patientId, testCase.text('patient'))
  agree('the body', read.body, testCase.hex('body'))
  agree('that who signed is known', prescriber !== null, testCase.boolean('is_known'))
}

export const runners: VectorRunners = {
  'invitations-v1': invitations,
  'log-signers-v1': logSigners,
  'owner-files': ownerFile,
  'slips-v2': slip,
  'signed-requests-v2': signedRequest,
  'break-glass-v2': (testCase, context) => {
    const run = steps[testCase.text('shows')]
    if (run === undefined) throw new Error(`internal: no case of this kind`)
    return run(testCase, context)
  },
}
