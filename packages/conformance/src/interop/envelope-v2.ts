import { SigningKey } from '@chartseal/core/ed25519'
import type { Answer, JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import {
  firstGrants,
  type GrantList,
  type GrantTerms,
  grantListCid,
  grantsWith,
  grantsWithout,
  type Identity,
  identityOf,
  type KnownRecipient,
  type Owner,
  openGrant,
  openHistory,
  openPayloadBytes,
  ownerOf,
  type PayloadId,
  parseGrantCapability,
  parseGrantList,
  parseIdentityKey,
  parseReadCapability,
  parseRecipient,
  parseVerifyCapability,
  type RecordHeader,
  rsaOaepIdentity,
  sealPayloadBytes,
  type VerifyCapability,
} from '@chartseal/ipfs-envelope'
import type { Operation, Operations } from './operation.js'

const saltBytes = 24

/** `salt` makes it repeatable, for vectors only. */
const payloadSeal: Operation = (request, { random }) => {
  using key = new AeadKey(request.hex('key'))
  const padded = request.has('padded') && request.boolean('padded')
  const source = request.has('salt') ? saltOf(request) : random
  const content = request.hex('content')
  const header = headerOf(request, content.length)
  return { payload: sealPayloadBytes(key, idOf(request), header, content, { padded }, source) }
}

function saltOf(request: JsonObject): Random {
  const salt = request.hex('salt')
  if (salt.length !== saltBytes) throw new RangeError(`a salt has ${saltBytes} bytes`)
  return { bytes: () => Uint8Array.from(salt) }
}

const idOf = (request: JsonObject): PayloadId => ({
  packageId: request.hex('package'),
  version: request.count('version'),
})

const headerOf = (request: JsonObject, sizeBytes: number): RecordHeader => ({
  sizeBytes,
  name: request.text('name'),
  mediaType: request.text('media_type'),
  createdMs: request.count('created'),
  labels: request.has('labels') ? request.texts('labels') : [],
})

const payloadOpen: Operation = request => {
  using key = new AeadKey(request.hex('key'))
  const { header, content } = openPayloadBytes(key, idOf(request), request.hex('payload'))
  const { name, mediaType, createdMs, labels } = header
  return { name, media_type: mediaType, created: createdMs, labels, content }
}

const grantsFirst: Operation = async (request, { random }) => {
  using contentKey = new AeadKey(request.hex('content_key'))
  const payload = { ...idOf(request), cid: request.text('payload_cid'), contentKey }
  const options = { random, terms: termsOf(request) }
  return listAnswer(
    await firstGrants(ownerIn(request), payload, await recipientsIn(request, 'recipients'), options),
  )
}

function termsOf(request: JsonObject): GrantTerms {
  return {
    notBeforeMs: request.has('not_before') ? request.count('not_before') : null,
    notAfterMs: request.has('not_after') ? request.count('not_after') : null,
    purposes: request.has('purposes') ? request.texts('purposes') : [],
  }
}

const grantsAdd: Operation = async (request, { random }) => {
  using contentKey = new AeadKey(request.hex('content_key'))
  const list = parseGrantList(request.hex('list'))
  const recipients = await recipientsIn(request, 'recipients')
  return listAnswer(await grantsWith(ownerIn(request), list, contentKey, recipients, { random }))
}

const grantsTakeBack: Operation = async request => {
  const list = parseGrantList(request.hex('list'))
  return listAnswer(await grantsWithout(ownerIn(request), list, await recipientsIn(request, 'recipients')))
}

const ownerIn = (request: JsonObject): Owner => ownerOf(new SigningKey(request.hex('owner_seed')))

function recipientsIn(request: JsonObject, field: string): Promise<readonly KnownRecipient[]> {
  return Promise.all(request.texts(field).map(parseRecipient))
}

const listAnswer = ({ bytes }: GrantList): Answer => ({ list: bytes, list_cid: grantListCid(bytes) })

const grantsInspect: Operation = request => {
  const list = parseGrantList(request.hex('list'))
  return {
    owner: list.owner,
    package: list.packageId,
    version: list.version,
    payload_cid: list.payloadCid,
    seq: `${list.seq}`,
    previous_cid: list.previousCid,
    not_before: list.notBeforeMs,
    not_after: list.notAfterMs,
    purposes: list.purposes,
    recipients: list.recipientCount,
    history: list.history.map(({ version, payloadCid, sealedKey, isGone }) => ({
      version,
      payload_cid: payloadCid,
      has_key: sealedKey !== null,
      gone: isGone,
    })),
    list_cid: grantListCid(list.bytes),
  }
}

const grantsOpen: Operation = async (request, { clock }) => {
  const list = parseGrantList(request.hex('list'))
  const nowMs = request.has('now') ? request.count('now') : clock.nowMs()
  const pin = { owner: list.owner, packageId: list.packageId, newest: null }
  using key = await openGrant(list, await identityIn(request), { pin, nowMs })
  const history = openHistory(list, key).map(({ version, payloadCid, contentKey }) => ({
    version,
    payload_cid: payloadCid,
    content_key: Uint8Array.from(contentKey.reveal()),
  }))
  return { content_key: Uint8Array.from(key.reveal()), history }
}

function identityIn(request: JsonObject): Identity | Promise<Identity> {
  if (request.has('private_key_pem')) return rsaOaepIdentity(request.text('private_key_pem'))
  return identityOf(parseIdentityKey(request.text('identity')))
}

const capabilityRead: Operation = request => {
  const text = request.text('capability')
  if (text.startsWith('csgrant1')) {
    const { contentKey, signingKey, ...common } = parseGrantCapability(text)
    const keys = {
      content_key: Uint8Array.from(contentKey.reveal()),
      owner_seed: Uint8Array.from(signingKey.reveal()),
    }
    return { kind: 'grant', ...commonOf(common), ...keys }
  }
  if (!text.startsWith('csread1')) return { kind: 'verify', ...commonOf(parseVerifyCapability(text)) }
  const { contentKey, ...common } = parseReadCapability(text)
  return { kind: 'read', ...commonOf(common), content_key: Uint8Array.from(contentKey.reveal()) }
}

const commonOf = ({ owner, packageId, version, payloadCid }: VerifyCapability): Answer => ({
  owner,
  package: packageId,
  version,
  payload_cid: payloadCid,
})

export const envelopeV2Operations: Operations = {
  'v2-payload-seal': payloadSeal,
  'v2-payload-open': payloadOpen,
  'v2-grants-first': grantsFirst,
  'v2-grants-add': grantsAdd,
  'v2-grants-take-back': grantsTakeBack,
  'v2-grants-inspect': grantsInspect,
  'v2-grants-open': grantsOpen,
  'v2-capability-read': capabilityRead,
}
