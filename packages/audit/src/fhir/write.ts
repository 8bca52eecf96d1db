/** An outline as AuditEvent of FHIR R4 and of R5. */
import { encodeBase64 } from '@chartseal/core/encoding'
import type { AuditRecord } from '../record.js'
import {
  actReason,
  balpProfiles,
  type Code,
  codesOfAction,
  coding,
  outcomeSystem,
  patientRole,
  person,
} from './codes.js'
import { filled, type Json, type JsonMap, present } from './json.js'
import { type AgentOutline, type EntityOutline, type Outline, outlineOf } from './outline.js'
import { unknown } from './references.js'

export type FhirVersion = 'R4' | 'R5'

export interface AuditEventOptions {
  readonly version: FhirVersion
  /** Writes down who acted and whose record it was. Without it nothing that identifies leaves; such an event cannot be read back. */
  readonly identify?: boolean
}

/** An AuditEvent resource, as JSON. */
export type AuditEvent = JsonMap & { readonly resourceType: 'AuditEvent' }

export function writeEvent(
  record: AuditRecord,
  { version, identify = false }: AuditEventOptions,
): AuditEvent {
  const outline = outlineOf(record, identify)
  if (version === 'R5') return { resourceType: 'AuditEvent', ...r5(outline) }
  const profile = identify ? profileOf(record) : undefined
  const meta = profile === undefined ? {} : { meta: { profile: [balpProfiles + profile] } }
  return { resourceType: 'AuditEvent', ...meta, ...r4(outline) }
}

/** The BALP profile that the event fulfils: a success, both machines known, and what was touched or searched for. */
function profileOf({ action, outcome, patient, detail }: AuditRecord): string | undefined {
  const { profile } = codesOfAction[action]
  const object = action === 'query' ? detail.query : detail.resource
  const whole = detail.client !== undefined && detail.server !== undefined && object !== undefined
  if (profile === undefined || outcome !== 'success' || !whole) return undefined
  return patient === null ? profile : `Patient${profile}`
}

function r4(outline: Outline): JsonMap {
  const { codes, recorded, outcome, text, purposes, agents, observer, patient, entities } = outline
  const subject =
    patient === undefined ? [] : [{ what: patient, type: coding(person), role: coding(patientRole) }]
  return present({
    type: coding(codes.type),
    subtype: [coding(codes.subtype)],
    ...{ action: codes.action, recorded, outcome, outcomeDesc: text },
    purposeOfEvent: filled(purposes.map(purpose)),
    agent: agents.map(agentR4),
    source: { observer },
    entity: filled([...subject, ...entities.map(entityR4)]),
  })
}

function agentR4({ type, who, requestor, address, purposes = [] }: AgentOutline): JsonMap {
  const network = address === undefined ? undefined : { address, type: networkType(address) }
  const purposeOfUse = filled(purposes.map(purpose))
  return present({ type: concept(type), who, requestor, network, purposeOfUse })
}

/** AuditEventAgentNetworkType: 1 machine name, 2 IP address, 5 URI. */
function networkType(address: string): string {
  if (/^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$|^[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F.]*$/.test(address)) return '2'
  return isUri(address) ? '5' : '1'
}

function isUri(address: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|urn:)\S+$/.test(address)
}

function entityR4({ type, role, what, name, query, texts, sha256 }: EntityOutline): JsonMap {
  const detail = [
    ...(texts ?? []).map(([key, value]) => ({ type: key, valueString: value })),
    ...(sha256 === undefined ? [] : [{ type: 'sha256', valueBase64Binary: encodeBase64(sha256) }]),
  ]
  return present({
    what,
    type: coding(type),
    role: role === undefined ? undefined : coding(role),
    name,
    query: query === undefined ? undefined : encodeBase64(query),
    detail: filled(detail),
  })
}

function r5(outline: Outline): JsonMap {
  const { codes, recorded, outcome, text, purposes, agents, observer, patient, entities } = outline
  return present({
    category: [concept(codes.type)],
    code: concept(codes.subtype),
    ...{ action: codes.action, recorded },
    outcome: outcomeR5(outcome, text),
    authorization: filled(purposes.map(purpose)),
    patient,
    agent: agents.map(agentR5),
    source: { observer },
    entity: filled(entities.map(entityR5)),
  })
}

/** R5 needs a code beside the words; where there is none, the reason why. */
function outcomeR5(code: string | undefined, text: string | undefined): JsonMap | undefined {
  if (code === undefined && text === undefined) return undefined
  return present({
    code: code === undefined ? unknown : { system: outcomeSystem, code },
    detail: text === undefined ? undefined : [{ text }],
  })
}

function agentR5({ type, who, requestor, address, purposes = [] }: AgentOutline): JsonMap {
  const network: { readonly [key: string]: Json } =
    address === undefined ? {} : isUri(address) ? { networkUri: address } : { networkString: address }
  return present({
    type: concept(type),
    who,
    requestor,
    ...network,
    authorization: filled(purposes.map(purpose)),
  })
}

function entityR5({ role, what, name, query, texts, sha256 }: EntityOutline): JsonMap {
  const detail = [
    ...(texts ?? []).map(([key, value]) => ({ type: { text: key }, valueString: value })),
    ...(sha256 === undefined ? [] : [{ type: { text: 'sha256' }, valueBase64Binary: encodeBase64(sha256) }]),
  ]
  return present({
    what: name === undefined ? what : { display: name },
    role: role === undefined ? undefined : concept(role),
    query: query === undefined ? undefined : encodeBase64(query),
    detail: filled(detail),
  })
}

function concept(code: Code): JsonMap {
  return { coding: [coding(code)] }
}

function purpose(code: string): JsonMap {
  return { coding: [{ system: actReason, code }] }
}
