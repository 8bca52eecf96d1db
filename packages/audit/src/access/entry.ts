/** What the server of a clinic says that it did, and the commitment that stands for it in the public log. */
import { concat } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { ChartsealError, coreError } from '@chartseal/core/errors'
import { entryError } from '../errors.js'
import { type PurposeOfUse, purposesOfUse } from '../purpose-of-use.js'

export const accessActs = [
  'device-enrolled',
  'device-ended',
  'message-stored',
  'messages-given',
  'message-acknowledged',
  'roster-published',
  'grants-published',
  'grants-given',
  'blob-deleted',
  'link-made',
  'link-ended',
  'link-opened',
  'link-refused',
  'conference-begun',
  'conference-ended',
  'break-glass-set',
  'break-glass-asked',
  'break-glass-released',
  'break-glass-denied',
  'break-glass-opened',
  'break-glass-closed',
  'break-glass-reviewed',
] as const

export type AccessAct = (typeof accessActs)[number]

/** Table: docs/spec/clinic-api.md. Texts are empty, and lists too, where they do not apply. */
export interface AccessEntry {
  readonly act: AccessAct
  /** Who did it; empty for whoever knew the mailbox. */
  readonly by: string
  readonly box: string
  /** Messages, and what else it was done with, by act. */
  readonly ids: readonly string[]
  /** Another device that it was done to. */
  readonly device: string
  /** What a record was asked for, in the words of whoever asked, in an emergency too; left out of everything else. */
  readonly purpose?: PurposeOfUse
}

const fields = ['v', 'act', 'by', 'box', 'ids', 'dev']
const optional = ['pou']
const version = 2
export const saltBytes = 32
/** As many ids as one list may give, and room. */
const maxIds = 1_000
const maxTextBytes = 128
/** Whoever opens a link names themselves in 256 characters. */
const maxIdBytes = 1_024
const label = encodeUtf8('chartseal/access/v2')

/** The bytes of an entry that says who did what with which record. */
export function encodeAccessEntry({ act, by, box, ids, device, purpose }: AccessEntry): Uint8Array {
  const entry = { v: version, act, by, box, ids, dev: device }
  return encodeCbor(purpose === undefined ? entry : { ...entry, pou: purpose })
}

/** @throws ChartsealError `audit/bad-leaf` */
export function decodeAccessEntry(bytes: Uint8Array): AccessEntry {
  try {
    const map = new CborFields(decodeCbor(bytes), fields, optional)
    map.count('v', version, version)
    const act = accessActs.find(known => known === map.text('act'))
    if (act === undefined) throw coreError('cbor/invalid', { field: 'act', expected: 'a known act' })
    const text = (name: string): string => map.text(name, maxTextBytes)
    const entry = {
      act,
      by: text('by'),
      box: text('box'),
      ids: map.texts('ids', maxIds, maxIdBytes),
      device: text('dev'),
    }
    return map.has('pou') ? { ...entry, purpose: purposeOf(text('pou')) } : entry
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw entryError('audit/bad-leaf', { reason: 'encoding' })
  }
}

function purposeOf(code: string): PurposeOfUse {
  const purpose = purposesOfUse.find(known => known === code)
  if (purpose === undefined) throw coreError('cbor/invalid', { field: 'pou', expected: 'a purpose of use' })
  return purpose
}

/**
 * What the log has of an entry, 32 bytes: it binds, and says nothing to who has no salt.
 * @param salt 32 random bytes, for this entry alone
 */
export function accessCommitment(
  salt: Uint8Array,
  entry: Uint8Array,
  engine: Engine = defaultEngine(),
): Uint8Array {
  if (salt.length !== saltBytes) throw new RangeError(`a salt must have ${saltBytes} bytes`)
  return engine.sha256(concat(label, salt, entry))
}
