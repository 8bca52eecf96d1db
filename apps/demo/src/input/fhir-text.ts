/** The text at a path of parsed JSON, or an empty one: FHIR makes almost every element optional. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  let at = value
  for (const step of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined
  return typeof at === 'string' ? at.toWellFormed() : ''
}
