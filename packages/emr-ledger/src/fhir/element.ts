/** One element of a resource, read strictly: what nobody asked for is refused or, where it is harmless, told. */
import { medicationError } from './errors.js'
import { Decimal, type FhirMap, type FhirValue, isList, isMap } from './json.js'
import { knownNames } from './names.js'

/** A primitive type of FHIR R4 2.24.0.1. */
export interface Shape {
  readonly form: RegExp
  readonly expected: string
}

export const idShape: Shape = { form: /^[A-Za-z0-9.-]{1,64}$/, expected: 'an id of FHIR' }
export const uriShape: Shape = { form: /^\S+$/, expected: 'a URI without blanks' }
export const tokenShape: Shape = { form: /^\S+(?: \S+)*$/, expected: 'a code without blanks at its ends' }

/** Elements of every type that say nothing of what is taken, and that FHIR lets readers ignore (R4 2.4.1, 2.5). */
const aside = ['id', 'extension']

export class Element {
  /** Such as `dispenseRequest.quantity`; empty for the resource itself. */
  readonly path: string
  readonly value: FhirMap
  readonly #read = new Set<string>()
  readonly #passedOver: string[]

  constructor(value: FhirValue | undefined, path = '', passedOver: string[] = []) {
    if (!isMap(value)) throw invalid(path === '' ? '$' : path, 'an object')
    this.value = value
    this.path = path
    this.#passedOver = passedOver
  }

  /** The paths of elements that were passed over: they say nothing of what is taken or given out. */
  get passedOver(): readonly string[] {
    return this.#passedOver
  }

  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`
  }

  raw(name: string): FhirValue | undefined {
    this.#read.add(name)
    return Object.hasOwn(this.value, name) ? this.value[name] : undefined
  }

  has(name: string): boolean {
    return Object.hasOwn(this.value, name)
  }

  /** A text that people can see all of. @throws ChartsealError `medication/missing`, `medication/invalid` */
  text(name: string): string {
    const value = this.need(name)
    if (typeof value !== 'string' || textProblem(value) !== null)
      throw invalid(this.at(name), 'a text without invisible or control characters')
    return value
  }

  textOrNull(name: string): string | null {
    return this.has(name) ? this.text(name) : null
  }

  id(name: string): string {
    return this.shaped(name, idShape)
  }

  uri(name: string): string {
    return this.shaped(name, uriShape)
  }

  /** FHIR code. */
  token(name: string): string {
    return this.shaped(name, tokenShape)
  }

  /** One of these codes. */
  code<Code extends string>(name: string, codes: readonly Code[]): Code {
    const value = this.text(name)
    const found = codes.find(code => code === value)
    if (found === undefined) throw invalid(this.at(name), codes.join(' or '))
    return found
  }

  /** A decimal above zero, without an exponent, with the digits that it was written with. */
  decimal(name: string): string {
    const value = this.need(name)
    if (!(value instanceof Decimal) || !isPlainDecimal(value.text))
      throw invalid(this.at(name), 'a decimal above zero without an exponent')
    return value.text
  }

  flag(name: string): boolean {
    const value = this.need(name)
    if (typeof value !== 'boolean') throw invalid(this.at(name), 'true or false')
    return value
  }

  /** FHIR unsignedInt. */
  count(name: string): number {
    const value = this.need(name)
    if (!(value instanceof Decimal) || !/^(0|[1-9][0-9]{0,8})$/.test(value.text))
      throw invalid(this.at(name), 'a whole number')
    return Number(value.text)
  }

  element(name: string): Element {
    return new Element(this.need(name), this.at(name), this.#passedOver)
  }

  elementOrNull(name: string): Element | null {
    return this.has(name) ? this.element(name) : null
  }

  /** FHIR has no empty lists. */
  elements(name: string): readonly Element[] {
    const value = this.raw(name)
    if (value === undefined) return []
    if (!isList(value) || value.length === 0) throw invalid(this.at(name), 'a list that is not empty')
    return value.map((one, i) => new Element(one, `${this.at(name)}[${i}]`, this.#passedOver))
  }

  /**
   * Nothing else may be there, but for elements that say nothing of what is taken.
   * @throws ChartsealError `medication/not-kept`
   */
  end(harmless: readonly string[] = []): void {
    const others = Object.keys(this.value).filter(name => !this.#read.has(name))
    const isHarmless = (name: string): boolean => aside.includes(name) || harmless.includes(name)
    this.#passedOver.push(...others.filter(isHarmless).map(name => this.at(name)))
    const refused = others.filter(name => !isHarmless(name)).map(name => this.at(shown(name)))
    if (refused.length > 0) throw medicationError('medication/not-kept', { paths: [...new Set(refused)] })
  }

  private shaped(name: string, { form, expected }: Shape): string {
    const value = this.text(name)
    if (!form.test(value)) throw invalid(this.at(name), expected)
    return value
  }

  private need(name: string): FhirValue {
    const value = this.raw(name)
    if (value === undefined) throw medicationError('medication/missing', { path: this.at(name) })
    return value
  }
}

/** A name that FHIR does not define may be content, and is not repeated. */
function shown(name: string): string {
  return knownNames.has(name) ? name : '(unknown)'
}

/** What keeps people from seeing all of a text; lines and tabs may be there. `null` for a sound one. */
export function textProblem(text: string): string | null {
  if (!text.isWellFormed()) return 'well-formed Unicode'
  if (text.trim() === '') return 'more than blanks'
  return /[\p{Cf}\p{Co}\p{Zl}\p{Zp}]|(?!\n|\t|\r\n)\p{Cc}|\p{Default_Ignorable_Code_Point}/u.test(text)
    ? 'a text without invisible or control characters'
    : null
}

export function isPlainDecimal(text: string): boolean {
  return /^(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?$/.test(text) && /[1-9]/.test(text)
}

export function invalid(path: string, expected: string): Error {
  return medicationError('medication/invalid', { path, expected })
}

/**
 * FHIR R4 2.4.4: what changes the meaning of the rest must not be passed over, wherever it is.
 * @throws ChartsealError `medication/modifier`, with the outermost element
 */
export function refuseModifiers(resource: FhirMap): void {
  for (const [name, part] of Object.entries(resource)) {
    if (modifies(name) || hasModifier(part))
      throw medicationError('medication/modifier', { path: shown(name) })
  }
}

function modifies(name: string): boolean {
  return ['modifierExtension', 'implicitRules', '_implicitRules'].includes(name)
}

function hasModifier(value: FhirValue | undefined): boolean {
  if (isList(value)) return value.some(hasModifier)
  return isMap(value) && Object.entries(value).some(([name, part]) => modifies(name) || hasModifier(part))
}
