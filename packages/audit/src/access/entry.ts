/** What the server of a clinic says that it did, and the commitment that stands for it in the public log. */
import { concat } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { ChartsealError, coreError } from '@chartseal/core/errors'
import { entryError } from '../errors.js'

export const accessActs = [
  'device-enrolled',
  'device-ended',
  'message-stored',
  'messages-given',
  'message-acknowledged',
  'roster-published',
] as const

export type AccessAct = (typeof accessActs)[number]

/** Table: docs/spec/clinic-api.md. Texts are empty, and lists too, where they do not apply. */
export interface AccessEntry {
  readonly act: AccessAct
  /** Who did it; empty for whoever knew the mailbox. */
  readonly by: string
  readonly box: string
  /** Messages; of an enrolment the role, of a roster its `seq` and base64url of its SHA-256. */
  readonly ids: readonly string[]
  /** Another device that it was done to. */
  readonly device: string
}

const fields = ['v', 'act', 'by', 'box', 'ids', 'dev']
const version = 2
export const saltBytes = 32
/** As many ids as one list may give, and room. */
const maxIds = 1_000
const maxTextBytes = 128
const label = encodeUtf8('chartseal/access/v2')

export function encodeAccessEntry({ act, by, box, ids, device }: AccessEntry): Uint8Array {
  return encodeCbor({ v: version, act, by, box, ids, dev: device })
}

/** @throws ChartsealError `audit/bad-leaf` */
export function decodeAccessEntry(bytes: Uint8Array): AccessEntry {
  try {
    const map = CborFields.decode(bytes, fields)
    map.count('v', version, version)
    const act = accessActs.find(known => known === map.text('act'))
    if (act === undefined) throw coreError('cbor/invalid', { field: 'act', expected: 'a known act' })
    const text = (name: string): string => map.text(name, maxTextBytes)
    return {
      act,
      by: text('by'),
      box: text('box'),
      ids: map.texts('ids', maxIds, maxTextBytes),
      device: text('dev'),
    }
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw entryError('audit/bad-leaf', { reason: 'encoding' })
  }
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
