/** FHIR as JSON in which a decimal keeps the digits that somebody wrote: 1.50 says more than 1.5 (FHIR R4 2.24.0.1, decimal). */
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { parseJson } from '@chartseal/core/json'
import { medicationError } from './errors.js'

/** Of one resource, in bytes; what fits a QR code is far smaller. */
const maxResourceBytes = 65_536

/** FHIR R4 2.24.0.1: what a decimal may look like. */
const decimal = /^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?([eE][+-]?[0-9]{1,9})?$/

/** A number of a resource, as text. */
export class Decimal {
  readonly text: string

  /** @throws RangeError for what FHIR does not call a decimal */
  constructor(text: string) {
    if (!decimal.test(text)) throw new RangeError('a decimal must be digits, perhaps with a fraction')
    this.text = text
  }
}

/** What a resource holds. A field that is `undefined`, or an empty list, is not written. */
export type FhirValue = string | number | boolean | null | Decimal | readonly FhirValue[] | FhirMap
export interface FhirMap {
  readonly [name: string]: FhirValue | undefined
}

/**
 * A resource from its bytes, each number a {@link Decimal}.
 * @throws ChartsealError `medication/too-large`, `encoding/invalid`, `json/invalid`
 */
export function parseFhir(bytes: Uint8Array): FhirValue {
  if (bytes.length > maxResourceBytes)
    throw medicationError('medication/too-large', { maxBytes: maxResourceBytes })
  const text = decodeUtf8(bytes)
  parseJson(text)
  return unmarked(JSON.parse(marked(text)))
}

// Strings, names among them, and numbers: whatever else JSON has holds neither a quotation mark nor a digit.
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9][0-9.eE+-]*/g

/** The same text with each number as a string: `s` stands before what was one already, `n` before a number. */
function marked(text: string): string {
  return text.replace(token, found => (found.startsWith('"') ? `"s${found.slice(1)}` : `"n${found}"`))
}

function unmarked(value: unknown): FhirValue {
  if (typeof value === 'string') return value.startsWith('n') ? decimalOf(value.slice(1)) : value.slice(1)
  if (Array.isArray(value)) return value.map(unmarked)
  if (typeof value !== 'object') return value === true
  if (value === null) return null
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name.slice(1), unmarked(part)]))
}

function decimalOf(text: string): Decimal {
  if (!decimal.test(text))
    throw medicationError('medication/invalid', { path: '$', expected: 'JSON with decimals of FHIR' })
  return new Decimal(text)
}

/** One line of JSON in UTF-8: the bytes that are stored, committed to and signed. */
export function writeFhir(resource: FhirMap): Uint8Array {
  return encodeUtf8(textOf(resource))
}

function textOf(value: FhirValue): string {
  if (value instanceof Decimal) return value.text
  if (isList(value)) return `[${value.map(textOf).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).flatMap(([name, part]) =>
    part === undefined || (isList(part) && part.length === 0)
      ? []
      : `${JSON.stringify(name)}:${textOf(part)}`,
  )
  return `{${fields.join(',')}}`
}

export function isList(value: FhirValue | undefined): value is readonly FhirValue[] {
  return Array.isArray(value)
}

export function isMap(value: FhirValue | undefined): value is FhirMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Decimal)
}
