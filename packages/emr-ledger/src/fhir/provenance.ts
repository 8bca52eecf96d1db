/** Provenance: who stands by a resource, with a JWS over its bytes as they are stored. One shape serves R4 and R5. */
import { decodeBase64, decodeUtf8, encodeBase64, encodeUtf8 } from '@chartseal/core/encoding'
import type { MemberKey } from '../v2/member.js'
import type { RecordSigner } from '../v2/prepare.js'
import { Element, invalid, refuseModifiers } from './element.js'
import { medicationError } from './errors.js'
import { checkParty, instantMs, type Party } from './form.js'
import { type FhirMap, type FhirValue, parseFhir, writeFhir } from './json.js'
import { type SignedAt, signDetached, verifyDetached } from './jws.js'
import { partyIn, partyMap } from './parts.js'

/** FHIR signature types: ASTM E1762-95. */
const authorsSignature = {
  system: 'urn:iso-astm:E1762-95:2013',
  code: '1.2.840.10065.1.12.1.1',
  display: "Author's Signature",
}
const participantTypes = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type'
const roles = {
  MedicationRequest: { system: participantTypes, code: 'author', display: 'Author' },
  MedicationDispense: { system: participantTypes, code: 'performer', display: 'Performer' },
} as const
type SignedType = keyof typeof roles

const harmless = (
  'meta language text identifier occurredPeriod occurredDateTime policy location reason activity authorization basedOn ' +
  'patient encounter'
).split(' ')

export interface ProvenanceOptions {
  /** Of the Provenance itself. */
  readonly id: string
  /** Who the signer says they are: what counts is the key. */
  readonly who: Party
  /** Seconds since 1970-01-01T00:00:00Z. */
  readonly seconds: number
}

/** Who signed, as the Provenance says and as the key proves. */
export interface Attestation extends SignedAt {
  /** Such as `MedicationRequest/rx-1`. */
  readonly target: string
  /** Not proved by the signature: the roster says whose key it is. */
  readonly who: Party
}

/**
 * @param stored the bytes of a MedicationRequest or MedicationDispense, as they are stored
 * @throws ChartsealError `medication/invalid`, `medication/missing`, `medication/bad-jws`,
 *   `medication/wrong-signature`, `medication/too-large`, `encoding/invalid`, `json/invalid`
 */
export async function signProvenance(
  stored: Uint8Array,
  signer: RecordSigner,
  { id, who, seconds }: ProvenanceOptions,
): Promise<Uint8Array> {
  checkParty(who, 'agent[0].who')
  const { type, reference } = targetOf(stored)
  const jws = await signDetached(stored, signer, seconds)
  const when = instantOf(seconds)
  return writeFhir({
    resourceType: 'Provenance',
    id,
    target: [{ reference }],
    recorded: when,
    agent: [{ type: { coding: [roles[type]] }, who: partyMap(who) }],
    signature: [signatureMap(jws, when, who)],
  })
}

/** FHIR R4 Signature: `data` is the base64 of the JWS, whose payload is detached. */
function signatureMap(jws: string, when: string, who: Party): FhirMap {
  return {
    type: [authorsSignature],
    when,
    who: partyMap(who),
    targetFormat: 'application/fhir+json',
    sigFormat: 'application/jose',
    data: encodeBase64(encodeUtf8(jws)),
  }
}

/**
 * Who stands by these bytes. The Provenance must be about this resource, and its times those that were signed.
 * @throws ChartsealError `medication/invalid`, `medication/missing`, `medication/not-kept`,
 *   `medication/modifier`, `medication/bad-jws`, `medication/unknown-key`, `medication/wrong-signature`,
 *   `medication/other-target`, `medication/too-large`, `encoding/invalid`, `json/invalid`
 */
export function verifyProvenance(
  provenance: Uint8Array,
  stored: Uint8Array,
  keyOf: (kid: Uint8Array) => MemberKey | null,
): Attestation {
  const { type, reference } = targetOf(stored)
  const element = new Element(parseFhir(provenance))
  if (element.raw('resourceType') !== 'Provenance') throw invalid('resourceType', 'Provenance')
  refuseModifiers(element.value)
  if (only(element, 'target').text('reference') !== reference)
    throw medicationError('medication/other-target', {})
  const who = agentIn(element, type)
  const signature = only(element, 'signature')
  const { jws, when } = signatureIn(signature, who)
  const signed = verifyDetached(jws, stored, keyOf)
  for (const [path, time] of [
    ['recorded', element.text('recorded')],
    ['signature[0].when', when],
  ] as const)
    if (instantMs(time, path) !== signed.seconds * 1000) throw invalid(path, 'the time that was signed')
  element.end(harmless)
  return { ...signed, target: reference, who }
}

function targetOf(stored: Uint8Array): { readonly type: SignedType; readonly reference: string } {
  const resource = new Element(parseFhir(stored))
  const type = resource.code('resourceType', ['MedicationRequest', 'MedicationDispense'])
  return { type, reference: `${type}/${resource.id('id')}` }
}

function only(holder: Element, name: string): Element {
  const [one, ...others] = holder.elements(name)
  if (one === undefined) throw medicationError('medication/missing', { path: name })
  if (others.length > 0) throw invalid(name, 'one alone')
  return one
}

function agentIn(provenance: Element, type: SignedType): Party {
  const agent = only(provenance, 'agent')
  const role = only(agent.element('type'), 'coding')
  if (role.text('system') !== participantTypes || role.text('code') !== roles[type].code)
    throw invalid('agent[0].type', roles[type].code)
  const who = partyIn(agent.element('who'))
  agent.end(['role'])
  return who
}

function signatureIn(signature: Element, who: Party): { readonly jws: string; readonly when: string } {
  const type = only(signature, 'type')
  if (type.text('system') !== authorsSignature.system || type.text('code') !== authorsSignature.code)
    throw invalid('signature[0].type', "an author's signature")
  if (!isSame(partyMap(partyIn(signature.element('who'))), partyMap(who)))
    throw invalid('signature[0].who', 'the agent')
  signature.code('targetFormat', ['application/fhir+json'])
  signature.code('sigFormat', ['application/jose'])
  const read = { jws: jwsIn(signature.text('data')), when: signature.text('when') }
  signature.end()
  return read
}

function isSame(one: FhirValue, other: FhirValue): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function jwsIn(data: string): string {
  try {
    return decodeUtf8(decodeBase64(data))
  } catch {
    throw invalid('signature[0].data', 'base64 of a JWS')
  }
}

function instantOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
