/** Files of the ledger that travel between clinics: public keys, and changes of the roster that wait for signatures. */
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import {
  decodeRecord,
  type LedgerRecord,
  type Member,
  memberOf,
  type RosterClaims,
} from '@chartseal/emr-ledger'
import { ledgerCommandError } from '../commands/errors.js'

const keysKind = 'chartseal-ledger-keys'
const rosterKind = 'chartseal-ledger-roster'

/** The public halves of what a clinic seals with, and of what it signs rosters with. */
export interface ClinicKeys {
  /** What people call the clinic. */
  readonly name: string
  /** Its host: the log of a sequencer is named by it. */
  readonly host: string
  /** Ed25519, 32 bytes each. */
  readonly sealer: Uint8Array
  readonly registrar: Uint8Array
}

export function keysText({ name, host, sealer, registrar }: ClinicKeys): string {
  const keys = { sealer: encodeBase64Url(sealer), registrar: encodeBase64Url(registrar) }
  return `${toJsonText({ v: 1, kind: keysKind, name, host, ...keys })}\n`
}

/** @throws ChartsealError `ledger-command/file` */
export function readKeys(file: string, text: string): ClinicKeys {
  return read(file, 'what ledger keys wrote', () => {
    const json = objectOf(text, ['name', 'host', 'sealer', 'registrar'])
    if (json.count('v') !== 1 || json.text('kind') !== keysKind) return null
    const sealer = decodeBase64Url(json.text('sealer'))
    const registrar = decodeBase64Url(json.text('registrar'))
    const keys = { name: json.text('name'), host: json.text('host'), sealer, registrar }
    // Keys that nobody holds are refused where they come in.
    membersOf(keys)
    return keys
  })
}

/** Of a clinic that takes part from this height on. */
export function membersOf({ name, sealer, registrar }: ClinicKeys, from = 0n): readonly Member[] {
  const base = { algorithm: 'Ed25519', name, from } as const
  return [
    memberOf({ ...base, publicKey: sealer, roles: ['sealer'] }),
    memberOf({ ...base, publicKey: registrar, roles: ['registrar'] }),
  ]
}

/** A change of the roster with the signatures that it has. */
export interface RosterRecord extends LedgerRecord {
  readonly claims: RosterClaims
}

export function rosterText({ claims, bytes }: LedgerRecord): string {
  const ledger = encodeBase64Url(claims.ledger)
  return `${toJsonText({ v: 1, kind: rosterKind, ledger, record: encodeBase64Url(bytes) })}\n`
}

/** @throws ChartsealError `ledger-command/file` */
export function readRoster(file: string, text: string): RosterRecord {
  return read(file, 'what ledger roster propose wrote', () => {
    const json = objectOf(text, ['ledger', 'record'])
    if (json.count('v') !== 1 || json.text('kind') !== rosterKind) return null
    const record = decodeRecord(decodeBase64Url(json.text('record')))
    const { claims } = record
    const isSame = encodeBase64Url(claims.ledger) === json.text('ledger')
    return claims.kind === 'roster' && isSame ? { ...record, claims } : null
  })
}

function objectOf(text: string, names: readonly string[]): JsonObject {
  const json = JsonObject.parse(text)
  json.refuseOthers(['v', 'kind', ...names])
  return json
}

function read<Result>(file: string, expected: string, work: () => Result | null): Result {
  try {
    const result = work()
    if (result !== null) return result
  } catch (error) {
    if (!(error instanceof ChartsealError) && !(error instanceof RangeError)) throw error
  }
  throw ledgerCommandError('ledger-command/file', { file, expected })
}
