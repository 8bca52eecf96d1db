/** Frozen payloads, grant lists and texts of version 2. */

import { concat } from '@chartseal/core/bytes'
import { sealBytes } from '@chartseal/core/chunked'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { JsonObject } from '@chartseal/core/json'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { agree, type CaseRunner, refusalOf, type VectorRunners } from '@chartseal/core/vectors'
import { sha256 } from '@noble/hashes/sha2.js'
import * as v2 from '../index.js'
import { payloadContext } from '../payload/id.js'

/** Opens to the record, whole and in part; sealed again under the same salt it is the same bytes. Or it is refused. */
const payload: CaseRunner = async testCase => {
  const key = new AeadKey(testCase.hex('key'))
  const id = { packageId: testCase.hex('package'), version: testCase.count('version') }
  if (testCase.has('refused')) {
    const sealed = sealedAround(key, id, testCase)
    agree(
      'the refusal',
      refusalOf(() => v2.openPayloadBytes(key, id, sealed)),
      testCase.text('refused'),
    )
    return
  }
  const [header, content] = [headerOf(testCase), testCase.hex('content')]
  const random: Random = { bytes: () => testCase.hex('salt') }
  const options = { padded: testCase.boolean('padded') }
  const sealed = v2.sealPayloadBytes(key, id, header, content, options, random)
  agree('the hash of the payload', sha256(sealed), testCase.hex('payload_sha256'))
  if (testCase.has('payload')) agree('the payload', sealed, testCase.hex('payload'))
  const opened = v2.openPayloadBytes(key, id, sealed)
  agree('the content', opened.content, content)
  agree('the header', JSON.stringify(opened.header), JSON.stringify(header))
  agree(
    'another version',
    refusalOf(() => v2.openPayloadBytes(key, other(id), sealed)),
    'open/failed',
  )
  await agreeOnRanges(key, id, sealed, testCase)
}

/** Sealed rightly around what is no payload, or not all of it. */
function sealedAround(key: AeadKey, id: v2.PayloadId, testCase: JsonObject): Uint8Array {
  const plaintext = concat(
    testCase.hex('head'),
    new Uint8Array(testCase.count('zeros')),
    testCase.hex('behind'),
  )
  const version = testCase.has('sealed_version') ? testCase.count('sealed_version') : id.version
  const random: Random = { bytes: () => testCase.hex('salt') }
  const sealed = sealBytes(key, plaintext, payloadContext({ ...id, version }), random)
  return testCase.has('bytes') ? sealed.subarray(0, testCase.count('bytes')) : sealed
}

const other = (id: v2.PayloadId): v2.PayloadId => ({ ...id, version: id.version + 1 })

function headerOf(testCase: JsonObject): v2.RecordHeader {
  return {
    name: testCase.text('name'),
    mediaType: testCase.text('media_type'),
    sizeBytes: testCase.hex('content').length,
    createdMs: testCase.count('created'),
    labels: testCase.texts('labels'),
  }
}

async function agreeOnRanges(
  key: AeadKey,
  id: v2.PayloadId,
  sealed: Uint8Array,
  testCase: JsonObject,
): Promise<void> {
  const read = async (from: number, to: number): Promise<Uint8Array> => sealed.slice(from, to)
  const reader = await v2.openPayloadReader(key, id, { sizeBytes: sealed.length, read })
  for (const range of testCase.objects('ranges')) {
    const [from, to] = [range.count('from'), range.count('to')]
    agree('a range', await reader.read(from, to), testCase.hex('content').slice(from, to))
  }
}

/** Says what it says, signed again it is the same bytes, and it opens for its recipients; or it is refused. */
const grants: CaseRunner = async testCase => {
  if (testCase.has('refused')) {
    const code = refusalOf(() => v2.parseGrantList(testCase.hex('list')))
    agree('the refusal', code, testCase.text('refused'))
    return
  }
  const list = v2.parseGrantList(testCase.hex('list'))
  agreeOnFields(list, testCase)
  const { bytes, recipientCount: _, owner: __, ...content } = list
  const owner = v2.ownerOf(new SigningKey(testCase.hex('owner_seed')))
  agree('the list signed again', (await v2.signGrantList(owner, content)).bytes, bytes)
  for (const recipient of testCase.objects('recipients')) await agreeOnRecipient(list, recipient, testCase)
}

function agreeOnFields(list: v2.GrantList, testCase: JsonObject): void {
  agree('the CID of the list', v2.grantListCid(list.bytes), testCase.text('list_cid'))
  agree('the owner', list.owner, testCase.hex('owner'))
  agree('the package', list.packageId, testCase.hex('package'))
  agree('the version', list.version, testCase.count('version'))
  agree('the payload', list.payloadCid, testCase.text('payload_cid'))
  agree('the number', list.seq, testCase.integer('seq'))
  const { previousCid, notBeforeMs, notAfterMs, purposes } = list
  const optional = { previous_cid: previousCid, not_before: notBeforeMs, not_after: notAfterMs }
  for (const [name, value] of Object.entries(optional)) {
    agree(name, value, testCase.has(name) ? testCase.raw(name) : null)
  }
  agree('the purposes', purposes.join(), testCase.texts('purposes').join())
  agree('the info', v2.grantInfo(list), testCase.hex('info'))
  const named = list.history.map(entry => `${entry.version} ${entry.payloadCid} ${stateOf(entry)}`)
  const expected = testCase
    .objects('named')
    .map(one => `${one.count('version')} ${one.text('payload_cid')} ${one.text('state')}`)
  agree('the earlier versions', named.join(), expected.join())
  agree('the number of recipients', list.recipientCount, testCase.objects('recipients').length)
}

function stateOf({ sealedKey, isGone }: v2.HistoryEntry): string {
  if (isGone) return 'gone'
  return sealedKey === null ? 'closed' : 'readable'
}

async function agreeOnRecipient(
  list: v2.GrantList,
  recipient: JsonObject,
  testCase: JsonObject,
): Promise<void> {
  const identity = await identityOf(recipient)
  agree('the hash of a public key', identity.keyHash, recipient.hex('key_hash'))
  agree('a hint', v2.hintOf(v2.grantInfo(list), identity), recipient.hex('hint'))
  const pin = { owner: list.owner, packageId: list.packageId, newest: null }
  const key = await v2.openGrant(list, identity, { pin, nowMs: testCase.count('now') })
  agree('the content key', encodeHex(key.reveal()), testCase.text('content_key'))
  const history = v2.openHistory(list, key).map(one => [one.version, encodeHex(one.contentKey.reveal())])
  const expected = testCase.objects('history').map(one => [one.count('version'), one.text('key')])
  agree('the history', JSON.stringify(history), JSON.stringify(expected))
}

function identityOf(recipient: JsonObject): Promise<v2.Identity> | v2.Identity {
  if (recipient.has('private_key_pem')) return v2.rsaOaepIdentity(recipient.text('private_key_pem'))
  return v2.hpkeIdentity(kemOf(recipient), new SecretBytes(recipient.hex('secret')))
}

const kemOf = (fields: JsonObject): v2.HpkeName => (fields.text('kem') === 'xwing' ? 'xwing' : 'x25519')

/** One spelling of recipients, identities and capabilities; or a text that is refused. */
const texts: CaseRunner = async testCase => {
  const kind = textKinds.find(([name]) => name === testCase.text('kind'))
  if (kind === undefined) throw new Error(`internal: no kind ${testCase.text('kind')}`)
  const [, spell, make] = kind
  const text = testCase.text('text')
  if (testCase.has('refused')) {
    const code = await spell(text).catch(codeOf)
    agree('the refusal', code, testCase.text('refused'))
  } else {
    agree('the text', await spell(text), text)
    agree('the text of the fields', await make(testCase), text)
  }
}

type Spell = (text: string) => Promise<string>
type Make = (fields: JsonObject) => Promise<string>

const verifyFields = (fields: JsonObject): v2.VerifyCapability => ({
  owner: fields.hex('owner'),
  packageId: fields.hex('package'),
  version: fields.count('version'),
  payloadCid: fields.text('payload_cid'),
})
const readFields = (fields: JsonObject): v2.ReadCapability => ({
  ...verifyFields(fields),
  contentKey: new AeadKey(fields.hex('content_key')),
})

/** Read and written, and written from fields. */
const textKinds: readonly (readonly [string, Spell, Make])[] = [
  [
    'recipient',
    async text => v2.formatRecipient(await v2.parseRecipient(text)),
    async fields => v2.formatRecipient(v2.hpkeRecipient(kemOf(fields), fields.hex('public_key'))),
  ],
  [
    'identity',
    async text => v2.formatIdentityKey(v2.parseIdentityKey(text)),
    async fields =>
      v2.formatIdentityKey({ kem: kemOf(fields), secret: new SecretBytes(fields.hex('secret')) }),
  ],
  [
    'verify',
    async text => v2.formatVerifyCapability(v2.parseVerifyCapability(text)),
    async fields => v2.formatVerifyCapability(verifyFields(fields)),
  ],
  [
    'read',
    async text => v2.formatReadCapability(v2.parseReadCapability(text)),
    async fields => v2.formatReadCapability(readFields(fields)),
  ],
  [
    'grant',
    async text => v2.formatGrantCapability(v2.parseGrantCapability(text)),
    async fields => v2.formatGrantCapability(grantFields(fields)),
  ],
]

function grantFields(fields: JsonObject): v2.GrantCapability {
  const signingKey = new SigningKey(fields.hex('owner_seed'))
  agree('the owner', verifyingKeyOf(signingKey), fields.hex('owner'))
  return { ...readFields(fields), signingKey }
}

function codeOf(error: unknown): string {
  if (error instanceof ChartsealError) return error.code
  throw error
}

export const runnersOfV2: VectorRunners = {
  'payloads-v2': payload,
  'grants-v2': grants,
  'envelope-texts-v2': texts,
}
