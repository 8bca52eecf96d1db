/** What answers are made of; bytes leave as lower-case hexadecimal, big integers as decimal text. */
import { encodeHex } from '@chartseal/core/encoding'

export type Answer = { readonly [field: string]: AnswerValue }

export type AnswerValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly AnswerValue[]
  | { readonly [field: string]: AnswerValue }

/** One line of JSON. */
export function toJsonText(value: AnswerValue): string {
  return JSON.stringify(plain(value))
}

function plain(value: AnswerValue): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return encodeHex(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(part => plain(part))
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [field, plain(part)]))
}
