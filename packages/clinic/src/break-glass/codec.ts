/** Statements as bytes: deterministic CBOR ‖ signature (64), signed under a label of their kind. */
import { concat } from '@chartseal/core/bytes'
import { CborFields, fieldOf } from '@chartseal/core/cbor'
import { isVerifyingKey, publicKeyBytes, signatureBytes, verify } from '@chartseal/core/ed25519'
import { type CborValue, decodeCbor, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { thumbprintOf } from '../signed-request.js'
import { breakGlassError } from './errors.js'
import { type ContentOf, layouts } from './layouts.js'
import type {
  CustodyKey,
  EmergencyEvent,
  EmergencyRequest,
  EmergencySet,
  Signatory,
  Statement,
  StatementKind,
} from './statements.js'

const version = 2
/** Of a set for 16 custodians, and room. */
const maxStatementBytes = 32_768
const hashLabel = encodeUtf8('chartseal/break-glass-hash/v2\0')

/** Label ‖ 0x00 ‖ CBOR: nothing that was signed as one kind is taken for another. */
const signedBytes = (kind: StatementKind, encoded: Uint8Array): Uint8Array =>
  concat(encodeUtf8(`chartseal/break-glass-${kind}/v2\0`), encoded)

/**
 * Signs a statement, and reads it back before it is given out.
 * @throws ChartsealError `break-glass/invalid`, `break-glass/policy` for content that no statement has,
 * `break-glass/bad-signature` for a signatory that gives something else
 */
export async function signStatement<Kind extends StatementKind>(
  signatory: Signatory,
  kind: Kind,
  content: ContentOf<Kind>,
): Promise<Statement<ContentOf<Kind>>> {
  const encoded = reading(kind, () =>
    encodeCbor({ v: version, k: kind, by: signatory.verifyingKey, ...layouts[kind].write(content) }),
  )
  return parseStatement(kind, concat(encoded, await signatory.sign(signedBytes(kind, encoded))))
}

/**
 * Reads a statement of this kind, in its one encoding, and checks its signature.
 * @throws ChartsealError `break-glass/invalid`, `break-glass/policy`, `break-glass/bad-signature`
 */
export function parseStatement<Kind extends StatementKind>(
  kind: Kind,
  bytes: Uint8Array,
): Statement<ContentOf<Kind>> {
  const { encoded, signature } = parted(kind, bytes)
  const { key, content } = reading(kind, () => {
    const fields = new CborFields(decodeCbor(encoded), ['v', 'k', 'by', ...layouts[kind].names])
    fields.count('v', version, version)
    const by = fields.bytes('by', publicKeyBytes)
    return { key: by, content: layouts[kind].read(fields, by) }
  })
  if (!isVerifyingKey(key)) throw invalid(kind, 'by')
  if (!verify(key, signedBytes(kind, encoded), signature))
    throw breakGlassError('break-glass/bad-signature', { what: kind })
  const own = Uint8Array.from(bytes)
  return { content, by: thumbprintOf(key), bytes: own, hash: hashOf(own) }
}

/** @throws ChartsealError `break-glass/invalid`, `break-glass/bad-signature` */
export function parseCustodyKey(bytes: Uint8Array): Statement<CustodyKey> {
  return parseStatement('custody-key', bytes)
}

/** @throws ChartsealError `break-glass/invalid`, `break-glass/policy`, `break-glass/bad-signature` */
export function parseEmergencySet(bytes: Uint8Array): Statement<EmergencySet> {
  return parseStatement('set', bytes)
}

/** @throws ChartsealError `break-glass/invalid`, `break-glass/bad-signature` */
export function parseEmergencyRequest(bytes: Uint8Array): Statement<EmergencyRequest> {
  return parseStatement('request', bytes)
}

const eventKinds = ['request', 'release', 'denial', 'opened', 'closed', 'reviewed'] as const

/** Reads whatever happens to a request. @throws ChartsealError `break-glass/invalid`, `break-glass/bad-signature` */
export function parseEmergencyEvent(bytes: Uint8Array): Statement<EmergencyEvent> {
  const value = reading('event', () => decodeCbor(parted('event', bytes).encoded))
  const kind = eventKinds.find(known => known === kindIn(value))
  if (kind === undefined) throw invalid('event', 'k')
  return parseStatement(kind, bytes)
}

const kindIn = (value: CborValue): CborValue | undefined => fieldOf(value, 'k')

/** What names a statement: SHA-256(label ‖ bytes), 32 bytes. */
export function hashOf(bytes: Uint8Array): Uint8Array {
  return defaultEngine().sha256(concat(hashLabel, bytes))
}

function parted(
  what: string,
  bytes: Uint8Array,
): { readonly encoded: Uint8Array; readonly signature: Uint8Array } {
  if (bytes.length <= signatureBytes || bytes.length > maxStatementBytes) throw invalid(what, 'its length')
  return { encoded: bytes.subarray(0, -signatureBytes), signature: bytes.subarray(-signatureBytes) }
}

function reading<Result>(what: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ChartsealError) || error.code.startsWith('break-glass/')) throw error
    const { field }: { field?: unknown } = Object(error.context)
    throw invalid(what, typeof field === 'string' && field !== '' ? field : 'its encoding')
  }
}

const invalid = (what: string, field: string): Error =>
  breakGlassError('break-glass/invalid', { what, field })
