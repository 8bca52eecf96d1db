/**
 * Capabilities as bech32m texts: who has one can do what it says, without being among the recipients. Each gives the
 * weaker ones: grant, then read, then verify.
 */
import { equal } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { isVerifyingKey, publicKeyBytes, SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import { bytesOfBech32m, formatBech32m } from '../bech32m.js'
import { readBytesCid, writeCid } from '../cid/parse-bytes.js'
import { maxVersion, type PayloadId, packageIdBytes, requirePayloadId } from '../payload/id.js'
import { capabilityError } from './errors.js'

/** Check that a payload is all there and unchanged, and whose lists belong to it. Reads nothing; not secret. */
export interface VerifyCapability extends PayloadId {
  /** Ed25519 key of the owner, 32 bytes. */
  readonly owner: Uint8Array
  readonly payloadCid: string
}

/** Read one version of a payload, for ever. As secret as the record. */
export interface ReadCapability extends VerifyCapability {
  readonly contentKey: AeadKey
}

/** Sign grant lists in the owner's name, and read. As secret as everything that the owner shares with this key. */
export interface GrantCapability extends ReadCapability {
  readonly signingKey: SigningKey
}

const version = 2
const names = ['v', 'owner', 'package', 'version', 'cid']
const maxBytes = 512
const prefixes = { verify: 'csverify', read: 'csread', grant: 'csgrant' } as const
type Kind = keyof typeof prefixes

/** `csverify1…` @throws TypeError, RangeError; ChartsealError `envelope/bad-cid`, `envelope/unsupported-cid` */
export function formatVerifyCapability(capability: VerifyCapability): string {
  return textOf('verify', fieldsOf(capability))
}

/** `csread1…` @throws as {@link formatVerifyCapability}, and ChartsealError `key/wiped` */
export function formatReadCapability(capability: ReadCapability): string {
  return textOf('read', { ...fieldsOf(capability), key: capability.contentKey.reveal() })
}

/** `csgrant1…` @throws as {@link formatReadCapability}; RangeError unless `owner` is the key of `signingKey` */
export function formatGrantCapability(capability: GrantCapability): string {
  const { contentKey, signingKey, owner } = capability
  if (!equal(verifyingKeyOf(signingKey), owner)) throw new RangeError('owner must be the key of signingKey')
  const seed = signingKey.reveal()
  return textOf('grant', { ...fieldsOf(capability), key: contentKey.reveal(), seed })
}

function fieldsOf(capability: VerifyCapability): Record<string, CborValue> {
  requirePayloadId(capability)
  const { owner, packageId, version: payloadVersion, payloadCid } = capability
  if (!isVerifyingKey(owner)) throw new RangeError('owner must be an Ed25519 key')
  return { v: version, owner, package: packageId, version: payloadVersion, cid: writeCid(payloadCid) }
}

function textOf(kind: Kind, fields: Record<string, CborValue>): string {
  const bytes = encodeCbor(fields)
  try {
    return formatBech32m(prefixes[kind], bytes)
  } finally {
    bytes.fill(0)
  }
}

/** Reads the one spelling. @throws ChartsealError `capability/malformed` */
export function parseVerifyCapability(text: string): VerifyCapability {
  return parsed('verify', text, [], fields => readVerify('verify', fields))
}

/** Reads the one spelling; the caller wipes the key. @throws ChartsealError `capability/malformed` */
export function parseReadCapability(text: string): ReadCapability {
  return parsed('read', text, ['key'], fields => readRead('read', fields))
}

/** Reads the one spelling; the caller wipes both keys. @throws ChartsealError `capability/malformed` */
export function parseGrantCapability(text: string): GrantCapability {
  return parsed('grant', text, ['key', 'seed'], readGrant)
}

function readVerify(kind: Kind, fields: CborFields): VerifyCapability {
  fields.count('v', version, version)
  const owner = fields.bytes('owner', publicKeyBytes)
  if (!isVerifyingKey(owner)) throw malformed(kind, 'the owner has no key')
  return {
    owner,
    packageId: fields.bytes('package', packageIdBytes),
    version: fields.count('version', maxVersion, 1),
    payloadCid: readBytesCid(fields.bytes('cid')),
  }
}

function readRead(kind: Kind, fields: CborFields): ReadCapability {
  return { ...readVerify(kind, fields), contentKey: new AeadKey(fields.bytes('key', AeadKey.sizeBytes)) }
}

function readGrant(fields: CborFields): GrantCapability {
  const signingKey = new SigningKey(fields.bytes('seed', SigningKey.sizeBytes))
  const capability = { ...readRead('grant', fields), signingKey }
  if (equal(verifyingKeyOf(signingKey), capability.owner)) return capability
  throw malformed('grant', 'the key is not that of the owner')
}

function parsed<Capability>(
  kind: Kind,
  text: string,
  more: readonly string[],
  read: (fields: CborFields) => Capability,
): Capability {
  const bytes = bytesOfBech32m(text, prefixes[kind], maxBytes)
  if (bytes === null) throw malformed(kind, `it must begin with ${prefixes[kind]}1 and be typed exactly`)
  try {
    return read(new CborFields(decodeCbor(bytes), [...names, ...more]))
  } catch (error) {
    if (error instanceof ChartsealError && error.code !== 'capability/malformed')
      throw malformed(kind, 'its fields are not those of one')
    throw error
  } finally {
    bytes.fill(0)
  }
}

const malformed = (kind: Kind, reason: string): Error =>
  capabilityError('capability/malformed', { kind, reason })

/** What whoever may grant can hand on to somebody who should only read. The key is a copy, which the caller wipes. */
export function toReadCapability(capability: ReadCapability): ReadCapability {
  const contentKey = new AeadKey(capability.contentKey.reveal())
  return { ...toVerifyCapability(capability), contentKey }
}

/** What whoever may read can hand on to somebody who should only check. */
export function toVerifyCapability(capability: VerifyCapability): VerifyCapability {
  const { owner, packageId, version: payloadVersion, payloadCid } = capability
  return { owner, packageId, version: payloadVersion, payloadCid }
}
