/** Code systems of FHIR, DICOM and IHE BALP, and which codes an action has. Table: docs/spec/audit-fhir.md. */
import type { AuditAction, AuditOutcome } from '../record.js'
import type { JsonMap } from './json.js'

const terminology = 'http://terminology.hl7.org/CodeSystem'
export const actReason: string = `${terminology}/v3-ActReason`
export const outcomeSystem: string = `${terminology}/audit-event-outcome`
/** StructureDefinitions of IHE Basic Audit Log Patterns; their ids begin with `IHE.BasicAudit.`. */
export const balpProfiles = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.'
export const dataAbsentReason = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'

/** One code, with its system and the words that FHIR shows beside it. */
export interface Code {
  readonly system: string
  readonly code: string
  readonly display: string
}

const codeOf =
  (system: string) =>
  (code: string, display: string): Code => ({ system, code, display })
const dicom = codeOf('http://dicom.nema.org/resources/ontology/DCM')
const rest = codeOf(`${terminology}/audit-event-type`)('rest', 'RESTful Operation')
const interaction = codeOf('http://hl7.org/fhir/restful-interaction')
const lifecycle = codeOf(`${terminology}/iso-21089-lifecycle`)
const participation = codeOf(`${terminology}/v3-ParticipationType`)
const custodian = codeOf(`${terminology}/provenance-participant-type`)('custodian', 'Custodian')
const entityType = codeOf(`${terminology}/audit-entity-type`)
const objectRole = codeOf(`${terminology}/object-role`)

const application = dicom('110150', 'Application')
const destination = dicom('110152', 'Destination Role ID')
const origin = dicom('110153', 'Source Role ID')
const author = participation('AUT', 'author (originator)')
const recipient = participation('IRCP', 'information recipient')
const humanUser = codeOf(`${terminology}/extra-security-role-type`)('humanuser', 'human user')

export const person: Code = entityType('1', 'Person')
export const systemObject: Code = entityType('2', 'System Object')
export const otherObject: Code = entityType('4', 'Other')
export const patientRole: Code = objectRole('1', 'Patient')
export const resourceRole: Code = objectRole('4', 'Domain Resource')
export const queryRole: Code = objectRole('24', 'Query')

/** What an action is called in an AuditEvent. */
export interface ActionCodes {
  readonly type: Code
  readonly subtype: Code
  /** AuditEvent.action: C, R, U, D or E. */
  readonly action: string
  readonly user: Code
  readonly client: Code
  readonly server: Code
  /** The id of the BALP profile without `IHE.BasicAudit.` and, with a patient, without `Patient`. */
  readonly profile?: string
}

const writing = { user: author, client: origin, server: destination }
const asking = { user: recipient, client: origin, server: destination }
const byPerson = { user: humanUser, client: origin, server: destination }
const alert = dicom('110113', 'Security Alert')
const authentication = dicom('110114', 'User Authentication')

export const codesOfAction: { readonly [Action in AuditAction]: ActionCodes } = {
  create: {
    type: rest,
    subtype: interaction('create', 'create'),
    action: 'C',
    ...writing,
    profile: 'Create',
  },
  // The data flow from the server to the client, so DICOM's roles are the other way round.
  read: {
    ...{ type: rest, subtype: interaction('read', 'read'), action: 'R', profile: 'Read' },
    ...{ user: recipient, client: destination, server: origin },
  },
  update: {
    type: rest,
    subtype: interaction('update', 'update'),
    action: 'U',
    ...writing,
    profile: 'Update',
  },
  delete: {
    ...{ type: rest, subtype: interaction('delete', 'delete'), action: 'D', profile: 'Delete' },
    ...{ user: author, client: application, server: custodian },
  },
  query: { type: rest, subtype: interaction('search', 'search'), action: 'E', ...asking, profile: 'Query' },
  export: {
    ...{ type: dicom('110106', 'Export'), subtype: lifecycle('disclose', 'Disclose Record Lifecycle Event') },
    ...{ action: 'R', ...byPerson },
  },
  import: {
    ...{
      type: dicom('110107', 'Import'),
      subtype: lifecycle('receive', 'Receive/Retain Record Lifecycle Event'),
    },
    ...{ action: 'C', ...byPerson },
  },
  login: { type: authentication, subtype: dicom('110122', 'Login'), action: 'E', ...byPerson },
  logout: { type: authentication, subtype: dicom('110123', 'Logout'), action: 'E', ...byPerson },
  'break-glass-start': {
    ...{ type: alert, subtype: dicom('110127', 'Emergency Override Started'), action: 'E', ...byPerson },
  },
  'break-glass-end': {
    ...{ type: alert, subtype: dicom('110138', 'Emergency Override Stopped'), action: 'E', ...byPerson },
  },
  'break-glass-review': {
    ...{
      type: dicom('110101', 'Audit Log Used'),
      subtype: lifecycle('verify', 'Verify Record Lifecycle Event'),
    },
    ...{ action: 'R', ...byPerson },
  },
  shred: {
    ...{ type: alert, subtype: lifecycle('destroy', 'Destroy/Delete Record Lifecycle Event') },
    ...{ action: 'D', ...byPerson },
  },
}

/** `undefined`: FHIR leaves the element out. */
export const codeOfOutcome: { readonly [Outcome in AuditOutcome]: string | undefined } = {
  success: '0',
  'minor-failure': '4',
  'serious-failure': '8',
  'major-failure': '12',
  unknown: undefined,
}

/** Coding: what FHIR calls a code with its system. */
export function coding({ system, code, display }: Code): JsonMap {
  return { system, code, display }
}
