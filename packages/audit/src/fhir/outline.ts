/** What an AuditEvent says, whichever version writes it down. */
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import type { AuditDetail, AuditRecord, Digest, Imported, Party } from '../record.js'
import { bad } from '../record.js'
import {
  type ActionCodes,
  type Code,
  codeOfOutcome,
  codesOfAction,
  otherObject,
  queryRole,
  resourceRole,
  systemObject,
} from './codes.js'
import type { JsonMap } from './json.js'
import { masked, patientReferenceOf, referenceOf } from './references.js'

export interface AgentOutline {
  readonly type: Code
  readonly who: JsonMap
  readonly requestor: boolean
  readonly address?: string
  readonly purposes?: readonly string[]
}

/** A thing that took part, beside the patient. */
export interface EntityOutline {
  readonly type: Code
  readonly role?: Code
  readonly what?: JsonMap
  readonly name?: string
  readonly query?: Uint8Array
  readonly texts?: readonly (readonly [name: string, value: string])[]
  readonly sha256?: Uint8Array
}

export interface Outline {
  readonly codes: ActionCodes
  readonly recorded: string
  /** `undefined` where it is not known. */
  readonly outcome: string | undefined
  readonly text?: string
  readonly purposes: readonly string[]
  readonly agents: readonly AgentOutline[]
  readonly observer: JsonMap
  readonly patient?: JsonMap
  readonly entities: readonly EntityOutline[]
}

/** Without `identify` only time, action, outcome and purposes are there: a list of what may leave, not of what may not. */
export function outlineOf(record: AuditRecord, identify: boolean): Outline {
  const { at, actor, action, patient, outcome, purposeOfUse, source, detail } = record
  const codes = codesOfAction[action]
  const user = { type: codes.user, who: identify ? referenceOf(actor) : masked, requestor: true }
  return {
    codes,
    outcome: codeOfOutcome[outcome],
    purposes: purposeOfUse,
    recorded: new Date(at).toISOString(),
    ...(detail.text === undefined || !identify ? {} : { text: detail.text }),
    agents: [...(identify ? machines(codes, detail) : []), { ...user, purposes: purposeOfUse }],
    observer: identify ? referenceOf(source) : masked,
    ...(patient === null
      ? {}
      : { patient: identify ? patientReferenceOf(patient) : { type: 'Patient', ...masked } }),
    entities: [
      ...(identify ? touched(detail) : []),
      ...(detail.imported === undefined || !identify ? [] : [importOutline(detail.imported)]),
      ...(detail.unmapped === undefined || !identify ? [] : [unmappedOutline(detail.unmapped)]),
    ],
  }
}

function machines({ client, server }: ActionCodes, detail: AuditDetail): AgentOutline[] {
  const agent = (type: Code, party: Party | undefined): AgentOutline[] =>
    party === undefined
      ? []
      : [{ type, who: referenceOf(party.name), requestor: false, address: party.address }]
  return [...agent(client, detail.client), ...agent(server, detail.server)]
}

function touched({ resource, query, digests = [] }: AuditDetail): EntityOutline[] {
  return [
    ...(resource === undefined
      ? []
      : [{ type: systemObject, role: resourceRole, what: referenceOf(resource) }]),
    ...(query === undefined ? [] : [{ type: systemObject, role: queryRole, query: encodeUtf8(query) }]),
    ...digests.map(({ name, sha256 }) => ({ type: otherObject, name, sha256 })),
  ]
}

function importOutline({ format, records, sha256 }: Imported): EntityOutline {
  return { type: otherObject, name: format, texts: [['records', `${records}`]], sha256 }
}

function unmappedOutline(unmapped: string): EntityOutline {
  return { type: otherObject, texts: [['unmapped', unmapped]] }
}

/** An entity as a reader of either version found it. */
export interface FoundEntity {
  readonly what?: string
  readonly name?: string
  readonly query?: Uint8Array
  readonly records?: string
  readonly unmapped?: string
  readonly sha256?: Uint8Array
}

export function detailOf(
  entities: readonly FoundEntity[],
  parties: { readonly client?: Party; readonly server?: Party },
  text: string | undefined,
): AuditDetail {
  const resource = entities.find(entity => entity.what !== undefined)?.what
  const query = entities.find(entity => entity.query !== undefined)?.query
  const digests = entities.flatMap(digestOf)
  const [imported] = entities.flatMap(importedOf)
  const unmapped = entities.find(entity => entity.unmapped !== undefined)?.unmapped
  return {
    ...parties,
    ...(resource === undefined ? {} : { resource }),
    ...(query === undefined ? {} : { query: decodeUtf8(query) }),
    ...(text === undefined ? {} : { text }),
    ...(digests.length === 0 ? {} : { digests }),
    ...(imported === undefined ? {} : { imported }),
    ...(unmapped === undefined ? {} : { unmapped }),
  }
}

function digestOf({ name, records, sha256 }: FoundEntity): Digest[] {
  return name === undefined || records !== undefined || sha256 === undefined ? [] : [{ name, sha256 }]
}

function importedOf({ name, records, sha256 }: FoundEntity): Imported[] {
  if (name === undefined || records === undefined || sha256 === undefined) return []
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(records)) throw bad('detail.imported.records', 'a count')
  return [{ format: name, records: Number(records), sha256 }]
}
