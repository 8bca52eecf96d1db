/** A grant list and its bytes: deterministic CBOR ‖ signature (64). */
import { concat, equal } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { isVerifyingKey, publicKeyBytes, signatureBytes, verify } from '@chartseal/core/ed25519'
import { type CborValue, decodeCborViews, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { readBytesCid, writeCid } from '../cid/parse-bytes.js'
import { maxVersion, packageIdBytes } from '../payload/id.js'
import type { WrapName } from '../recipients/recipient.js'
import { grantError } from './errors.js'
import { compareGroups, countOf, ctBytesOf, hintBytes, isAscending, shapes } from './groups.js'
import { hasAtMostHeads } from './heads.js'
import {
  type GrantContent,
  type GrantList,
  type HistoryEntry,
  maxGrantListBytes,
  maxHistory,
  maxRecipients,
  type RecipientGroup,
} from './list.js'

const version = 2
const names = ['v', 'owner', 'package', 'version', 'cid', 'seq', 'policy', 'history', 'recipients']
const optional = ['prev', 'not_before', 'not_after']
const [maxPurposes, purposeForm] = [64, /^[A-Z]{2,16}$/]
/** Of an earlier key: salt and commitment 56, key 32, tag 16. */
const sealedKeyBytes = 104
// Of a list that has all it may have: 7 for each version in the history, 9 for each group, one for each length of RSA.
const maxHeads: number = 64 + maxPurposes + 7 * maxHistory + 9 * 1_800

const signatureLabel = encodeUtf8('chartseal/grant-sig/v2\0')

/** What the owner signs: label ‖ 0x00 ‖ the CBOR of the list. */
export const signedBytes = (encoded: Uint8Array): Uint8Array => concat(signatureLabel, encoded)

export function encodeContent(content: GrantContent): Uint8Array {
  const { previousCid, notBeforeMs, notAfterMs } = content
  const map: Record<string, CborValue> = {
    v: version,
    owner: content.owner,
    package: content.packageId,
    version: content.version,
    cid: writeCid(content.payloadCid),
    seq: content.seq,
    policy: { purposes: content.purposes },
    history: content.history.map(historyFields),
    recipients: content.recipients.map(({ kem, hints, encs, cts }) => ({ kem, hints, encs, cts })),
  }
  if (previousCid !== null) map['prev'] = writeCid(previousCid)
  if (notBeforeMs !== null) map['not_before'] = notBeforeMs
  if (notAfterMs !== null) map['not_after'] = notAfterMs
  return encodeCbor(map)
}

function historyFields({ version, payloadCid, sealedKey, isGone }: HistoryEntry): Record<string, CborValue> {
  const named: Record<string, CborValue> = { version, cid: writeCid(payloadCid) }
  if (sealedKey !== null) named['key'] = sealedKey
  if (isGone) named['gone'] = 1
  return named
}

/**
 * Whether a list may say this, before anything is done for it: the refusals of reading it, but for its signature.
 * @throws ChartsealError `grants/malformed`, `grants/too-many-recipients`; TypeError
 */
export function requireContent(content: GrantContent): void {
  decoded(encodeContent(content))
}

/**
 * Reads a signed grant list: its one encoding, its limits and its signature. Pure: whether it is the newest, and of
 * whom it should be, is for `requireSuccessor` and `checkPin`.
 * @throws ChartsealError `grants/too-large`, `grants/malformed`, `grants/too-many-recipients`, `grants/bad-signature`
 */
export function parseGrantList(bytes: Uint8Array): GrantList {
  if (bytes.length > maxGrantListBytes) throw grantError('grants/too-large', { maxBytes: maxGrantListBytes })
  const { signed, copy } = behindLabel(bytes)
  const encoded = copy.subarray(0, -signatureBytes)
  if (copy.length <= signatureBytes || !hasAtMostHeads(encoded, maxHeads)) throw malformed('encoding')
  const content = decoded(encoded)
  if (!verify(content.owner, signed, copy.subarray(-signatureBytes)))
    throw grantError('grants/bad-signature', {})
  return { ...content, recipientCount: recipientsIn(content.recipients), bytes: copy }
}

/**
 * The one copy of a list that is made, behind what stands before it where it is signed. It begins where words do, which
 * lists are compared by.
 */
function behindLabel(bytes: Uint8Array): { readonly signed: Uint8Array; readonly copy: Uint8Array } {
  const gap = -signatureLabel.length & 3
  const memory = new Uint8Array(gap + signatureLabel.length + bytes.length)
  memory.set(signatureLabel, gap)
  memory.set(bytes, gap + signatureLabel.length)
  return {
    signed: memory.subarray(gap, memory.length - signatureBytes),
    copy: memory.subarray(gap + signatureLabel.length),
  }
}

const malformed = (reason: string): Error => grantError('grants/malformed', { reason })

function decoded(encoded: Uint8Array): GrantContent {
  try {
    return readContent(new CborFields(decodeCborViews(encoded), names, optional))
  } catch (error) {
    const isForm = error instanceof ChartsealError && !error.code.startsWith('grants/')
    throw isForm ? malformed(error.code === 'cbor/invalid' ? error.message : 'encoding') : error
  }
}

function readContent(fields: CborFields): GrantContent {
  fields.count('v', version, version)
  const content = {
    owner: readOwner(fields),
    packageId: fields.bytes('package', packageIdBytes),
    version: fields.count('version', maxVersion, 1),
    payloadCid: readBytesCid(fields.bytes('cid')),
    seq: fields.integer('seq'),
    previousCid: fields.has('prev') ? readBytesCid(fields.bytes('prev')) : null,
    ...readTerms(fields),
    history: fields.maps('history', ['version', 'cid'], ['key', 'gone']).map(readHistory),
    recipients: fields.maps('recipients', ['kem', 'hints', 'encs', 'cts']).map(readGroup),
  }
  requireOrder(content)
  return content
}

function readOwner(fields: CborFields): Uint8Array {
  const owner = fields.bytes('owner', publicKeyBytes)
  if (!isVerifyingKey(owner)) throw malformed('owner')
  return owner
}

function readTerms(fields: CborFields): Pick<GrantContent, 'notBeforeMs' | 'notAfterMs' | 'purposes'> {
  const purposes = fields.map('policy', ['purposes']).texts('purposes', maxPurposes, 16)
  const isSound = purposes.every(
    (code, i) => purposeForm.test(code) && (i === 0 || (purposes[i - 1] ?? '') < code),
  )
  if (!isSound) throw malformed('purposes')
  const instant = (name: string): number | null => (fields.has(name) ? fields.count(name) : null)
  return { notBeforeMs: instant('not_before'), notAfterMs: instant('not_after'), purposes }
}

function readHistory(fields: CborFields): HistoryEntry {
  const isGone = fields.has('gone') && fields.count('gone', 1, 1) === 1
  const sealedKey = fields.has('key') ? fields.bytes('key', sealedKeyBytes) : null
  if (isGone && sealedKey !== null) throw malformed('history')
  return {
    version: fields.count('version', maxVersion, 1),
    payloadCid: readBytesCid(fields.bytes('cid')),
    ...{ sealedKey, isGone },
  }
}

const isWrapName = (name: string): name is WrapName => Object.hasOwn(shapes, name)

function readGroup(fields: CborFields): RecipientGroup {
  const kem = fields.text('kem')
  if (!isWrapName(kem)) throw malformed('kem')
  // Views of the copy that the list keeps.
  const column = (name: string): Uint8Array => fields.bytesAsTheyAre(name)
  const group = { kem, hints: column('hints'), encs: column('encs'), cts: column('cts') }
  const { encBytes, minCtBytes, maxCtBytes } = shapes[kem]
  const [count, ctBytes] = [countOf(group), ctBytesOf(group)]
  const isSound =
    count >= 1 &&
    group.hints.length % hintBytes === 0 &&
    group.encs.length === count * encBytes &&
    Number.isInteger(ctBytes) &&
    ctBytes >= minCtBytes &&
    ctBytes <= maxCtBytes &&
    isAscending(group)
  if (!isSound) throw malformed('recipients')
  return group
}

/** What must hold between the fields of one list. @throws ChartsealError `grants/…` */
function requireOrder(content: GrantContent): void {
  const { seq, previousCid, notBeforeMs, notAfterMs, history, recipients } = content
  if (seq < 1n || (seq === 1n) !== (previousCid === null)) throw malformed('seq')
  if (notBeforeMs !== null && notAfterMs !== null && notBeforeMs > notAfterMs) throw malformed('not_after')
  const versions = [...history.map(entry => entry.version), content.version]
  if (history.length > maxHistory || !versions.every((one, i) => i === 0 || one > (versions[i - 1] ?? 0)))
    throw malformed('history')
  const inOrder = recipients.every((group, i) => {
    const before = recipients[i - 1]
    return before === undefined || compareGroups(before, group) < 0
  })
  if (!inOrder) throw malformed('recipients')
  const count = recipientsIn(recipients)
  if (count > maxRecipients) throw grantError('grants/too-many-recipients', { max: maxRecipients, count })
}

const recipientsIn = (groups: readonly RecipientGroup[]): number =>
  groups.reduce((sum, group) => sum + countOf(group), 0)

/** Whether two lists are the same bytes. */
export const isSameList = (a: GrantList, b: GrantList): boolean => equal(a.bytes, b.bytes)
