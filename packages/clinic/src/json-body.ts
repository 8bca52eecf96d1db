/** Strict JSON inside sealed messages: every field is known, and bytes have the length that they must have. */
import { decodeBase64Url, decodeUtf8 } from '@chartseal/core/encoding'
import type { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'

/** What is thrown for a field that is not as it must be. */
export type Invalid = (field: string) => ChartsealError

/** Of version 1. @throws ChartsealError `json/invalid`, `encoding/invalid`, and what `invalid` gives */
export function fieldsIn(content: Uint8Array, names: readonly string[], invalid: Invalid): JsonObject {
  const json = JsonObject.parse(decodeUtf8(content))
  json.refuseOthers(names)
  if (json.count('v') !== 1) throw invalid('v')
  return json
}

/** @throws ChartsealError `encoding/invalid`, and what `invalid` gives */
export function bytesIn(json: JsonObject, field: string, sizeBytes: number, invalid: Invalid): Uint8Array {
  const bytes = decodeBase64Url(json.text(field))
  if (bytes.length !== sizeBytes) throw invalid(field)
  return bytes
}
