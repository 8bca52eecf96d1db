/** What a record has no field for, as one text of it. */
import { maxTextLength } from '../record.js'
import type { Lost } from './lost.js'

/**
 * A JSON object of values by their paths; an item of a list is kept whole, as its other elements may lie in another.
 * `null` where they cannot be kept beside the rest: too long, two of one path, or an element that changes what the rest means.
 */
export function unmappedText(lost: readonly Lost[]): string | null {
  if (lost.some(({ path, value }) => isModifier(path) || hasModifier(value))) return null
  const values = new Map<string, unknown>()
  for (const { path, value } of lost.map(one => one.item ?? one)) {
    if (values.has(path) && values.get(path) !== value) return null
    values.set(path, value)
  }
  const text = JSON.stringify(Object.fromEntries(values))
  // JSON has no need to escape these, and a record has no control characters.
  const printable = text.replace(/[\u007f-\u009f]/g, unit => `\\u00${unit.charCodeAt(0).toString(16)}`)
  return printable.length > maxTextLength ? null : printable
}

/** Elements that nobody may pass over (FHIR R4 2.4.4). */
const isModifier = (path: string): boolean =>
  /(?:^|\.)(?:modifierExtension(?:\[|$)|implicitRules$)/.test(path)

function hasModifier(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([name, inner]) => isModifier(name) || hasModifier(inner))
}
