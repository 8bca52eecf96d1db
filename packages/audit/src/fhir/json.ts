/** JSON as this package writes it. */
export type Json = string | number | boolean | readonly Json[] | JsonMap
export interface JsonMap {
  readonly [key: string]: Json
}

/** The fields that there are. */
export function present(fields: { readonly [key: string]: Json | undefined }): JsonMap {
  const kept: Record<string, Json> = {}
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) kept[key] = value
  return kept
}

/** `undefined` for an empty list, which FHIR does not allow. */
export function filled(list: readonly Json[]): readonly Json[] | undefined {
  return list.length === 0 ? undefined : list
}
