/** AuditEvents of R4 and R5 as records: what a record has a place for, and nothing dropped silently. */
import { parseInstant } from '@chartseal/core/instant'
import { JsonObject } from '@chartseal/core/json'
import {
  type AuditAction,
  type AuditOutcome,
  type AuditRecord,
  actions,
  bad,
  checkRecord,
  outcomes,
  type Party,
  parsePurposes,
} from '../record.js'
import { type Code, codeOfOutcome, codesOfAction, patientRole } from './codes.js'
import { fhirError } from './errors.js'
import { lostElements } from './lost.js'
import { needObject, needObjects, needText, pathOf } from './need.js'
import { detailOf, type FoundEntity } from './outline.js'
import { nameIn } from './references.js'
import { unmappedText } from './unmapped.js'
import { type FhirVersion, writeEvent } from './write.js'

export interface ReadEventOptions {
  /** What no field has becomes `detail.unmapped`, in place of a refusal; not what changes the meaning of the rest. */
  readonly keepUnmapped?: boolean
}

/**
 * The record that an AuditEvent of this version is. What it says beyond that is an error which names it, but for its
 * id, its narrative, its versions, the profiles it claims and the words beside its codes.
 * @throws ChartsealError `json/invalid`, `fhir/invalid`, `fhir/not-kept`, `fhir/masked`, `audit/bad-record`
 */
export function readEvent(event: unknown, version: FhirVersion, options: ReadEventOptions = {}): AuditRecord {
  const record = recordOf(event, version)
  checkRecord(record)
  const lost = lostElements(event, writeEvent(record, { version, identify: true }))
  if (lost.length === 0) return record
  const unmapped = options.keepUnmapped === true ? unmappedText(lost) : null
  if (unmapped === null || record.detail.unmapped !== undefined)
    throw fhirError('fhir/not-kept', { paths: lost.map(({ path }) => path) })
  return { ...record, detail: { ...record.detail, unmapped } }
}

function recordOf(value: unknown, version: FhirVersion): AuditRecord {
  const event = new JsonObject(value)
  const type = event.raw('resourceType')
  if (type === 'Bundle')
    throw invalid('resourceType', 'AuditEvent: give the resources of a Bundle one by one')
  if (type !== 'AuditEvent') throw invalid('resourceType', 'AuditEvent')
  return version === 'R4' ? readR4(event) : readR5(event)
}

function readR4(event: JsonObject): AuditRecord {
  const subtypes = event.has('subtype') ? event.objects('subtype') : []
  const action = actionOf(needObject(event, 'type'), subtypes, 'type')
  const agents = needObjects(event, 'agent').map(agent => agentOf(agent, 'purposeOfUse', addressR4(agent)))
  const entities = event.has('entity') ? event.objects('entity') : []
  const patient = entities.find(entity => isPatient(entity))
  return recordFrom(event, action, {
    agents,
    outcome: event.has('outcome') ? event.text('outcome') : undefined,
    text: event.has('outcomeDesc') ? event.text('outcomeDesc') : undefined,
    purposes: purposesIn(event, 'purposeOfEvent'),
    patient: patient?.object('what'),
    entities: entities.filter(entity => entity !== patient).map(entityOfR4),
  })
}

function readR5(event: JsonObject): AuditRecord {
  const [category] = needObjects(event, 'category').flatMap(concept => concept.objects('coding'))
  if (category === undefined) throw invalid('category', 'a coding')
  const action = actionOf(category, needObject(event, 'code').objects('coding'), 'category')
  const outcome = event.has('outcome') ? event.object('outcome') : undefined
  const [detail] = outcome?.has('detail') ? outcome.objects('detail') : []
  return recordFrom(event, action, {
    agents: needObjects(event, 'agent').map(agent => agentOf(agent, 'authorization', addressR5(agent))),
    outcome: outcome === undefined ? undefined : codeOf(needObject(outcome, 'code')),
    text: detail?.has('text') ? detail.text('text') : undefined,
    purposes: purposesIn(event, 'authorization'),
    patient: event.has('patient') ? event.object('patient') : undefined,
    entities: (event.has('entity') ? event.objects('entity') : []).map(entityOfR5),
  })
}

interface Agent {
  readonly type: string | undefined
  readonly requestor: boolean
  readonly who: JsonObject | undefined
  readonly path: string
  readonly address: string | undefined
  readonly purposes: readonly string[]
}

interface Parts {
  readonly agents: readonly Agent[]
  readonly outcome: string | undefined
  readonly text: string | undefined
  readonly purposes: readonly string[]
  readonly patient: JsonObject | undefined
  readonly entities: readonly FoundEntity[]
}

function recordFrom(event: JsonObject, action: AuditAction, parts: Parts): AuditRecord {
  const { agents, outcome, text, purposes, patient, entities } = parts
  const codes = codesOfAction[action]
  const user = agents.find(agent => agent.requestor)
  if (user === undefined) throw invalid('agent', 'one that is the requestor')
  const client = partyOf(agents, codes.client)
  const server = partyOf(agents, codes.server)
  const parties = { ...(client === undefined ? {} : { client }), ...(server === undefined ? {} : { server }) }
  return {
    at: timeOf(needText(event, 'recorded')),
    actor: nameIn(whoIs(user)),
    action,
    patient: patient === undefined ? null : nameIn(patient),
    outcome: outcomeOf(outcome),
    purposeOfUse: parsePurposes(purposes.length > 0 ? purposes : user.purposes),
    source: nameIn(needObject(needObject(event, 'source'), 'observer')),
    detail: detailOf(entities, parties, text),
  }
}

/** The action of this type that one of the subtypes names. */
function actionOf(type: JsonObject, subtypes: readonly JsonObject[], path: string): AuditAction {
  const found = actions.find(action => {
    const codes = codesOfAction[action]
    return isCode(type, codes.type) && subtypes.some(subtype => isCode(subtype, codes.subtype))
  })
  if (found === undefined) throw fhirError('fhir/not-kept', { paths: [path] })
  return found
}

function isCode(found: JsonObject, { system, code }: Code): boolean {
  return found.raw('system') === system && found.raw('code') === code
}

function isPatient(entity: JsonObject): boolean {
  return entity.has('role') && isCode(entity.object('role'), patientRole)
}

function agentOf(agent: JsonObject, purposes: string, address: string | undefined): Agent {
  const [type] =
    agent.has('type') && agent.object('type').has('coding') ? agent.object('type').objects('coding') : []
  return {
    type: type?.has('code') ? type.text('code') : undefined,
    requestor: agent.has('requestor') && agent.boolean('requestor'),
    who: agent.has('who') ? agent.object('who') : undefined,
    path: pathOf(agent),
    address,
    purposes: purposesIn(agent, purposes),
  }
}

function addressR4(agent: JsonObject): string | undefined {
  const network = agent.has('network') ? agent.object('network') : undefined
  return network?.has('address') ? network.text('address') : undefined
}

function addressR5(agent: JsonObject): string | undefined {
  const field = ['networkUri', 'networkString'].find(name => agent.has(name))
  return field === undefined ? undefined : agent.text(field)
}

function partyOf(agents: readonly Agent[], { code }: Code): Party | undefined {
  const agent = agents.find(({ type, requestor }) => type === code && !requestor)
  return agent?.address === undefined ? undefined : { name: nameIn(whoIs(agent)), address: agent.address }
}

/** FHIR asks for it of nobody; a record names whoever it names. */
function whoIs({ who, path }: Agent): JsonObject {
  if (who === undefined) throw fhirError('fhir/missing', { path: `${path}.who` })
  return who
}

function purposesIn(holder: JsonObject, field: string): readonly string[] {
  if (!holder.has(field)) return []
  const codings = holder.objects(field).flatMap(concept => concept.objects('coding'))
  return codings.map(found => found.text('code'))
}

function entityOfR4(entity: JsonObject): FoundEntity {
  return {
    ...(entity.has('what') ? { what: nameIn(entity.object('what')) } : {}),
    ...(entity.has('name') ? { name: entity.text('name') } : {}),
    ...(entity.has('query') ? { query: entity.base64('query') } : {}),
    ...(entity.has('detail') ? detailsIn(entity.objects('detail'), detail => detail.raw('type')) : {}),
  }
}

function entityOfR5(entity: JsonObject): FoundEntity {
  const what = entity.has('what') ? entity.object('what') : undefined
  const named = what?.has('display') && !what.has('reference') && !what.has('identifier')
  return {
    ...(what === undefined ? {} : named ? { name: what.text('display') } : { what: nameIn(what) }),
    ...(entity.has('query') ? { query: entity.base64('query') } : {}),
    ...(entity.has('detail')
      ? detailsIn(entity.objects('detail'), detail => detail.object('type').raw('text'))
      : {}),
  }
}

function detailsIn(details: readonly JsonObject[], typeOf: (detail: JsonObject) => unknown): FoundEntity {
  const records = details.find(detail => typeOf(detail) === 'records')
  const digest = details.find(detail => typeOf(detail) === 'sha256')
  const unmapped = details.find(detail => typeOf(detail) === 'unmapped')
  return {
    ...(records === undefined ? {} : { records: records.text('valueString') }),
    ...(unmapped === undefined ? {} : { unmapped: unmapped.text('valueString') }),
    ...(digest === undefined ? {} : { sha256: digest.base64('valueBase64Binary') }),
  }
}

/** R5 has a code that is absent, for a reason, where only words were told. */
function codeOf(code: JsonObject): string | undefined {
  return code.has('extension') && !code.has('code') ? undefined : needText(code, 'code')
}

function outcomeOf(code: string | undefined): AuditOutcome {
  const outcome = outcomes.find(known => codeOfOutcome[known] === code)
  if (outcome === undefined) throw bad('outcome', 'a known outcome')
  return outcome
}

/** Fractions below a millisecond are found lost afterwards. */
function timeOf(instant: string): number {
  try {
    return parseInstant(instant)
  } catch {
    throw invalid('recorded', 'an instant: a day that exists, a time, a zone')
  }
}

function invalid(path: string, expected: string): Error {
  return fhirError('fhir/invalid', { path, expected })
}
