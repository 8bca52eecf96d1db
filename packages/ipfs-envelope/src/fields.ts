/** What TypeScript refuses, refused at run time as well: the caller's mistake, with the name of the field. */
import type { EnvelopePackage } from './v1/package.js'

/** @throws TypeError */
export function requireBytes(field: string, value: unknown): void {
  if (!(value instanceof Uint8Array)) throw wrongType(field, 'a Uint8Array', value)
}

/** @throws TypeError */
export function requireText(field: string, value: unknown): void {
  if (typeof value !== 'string') throw wrongType(field, 'a string', value)
}

/** @throws TypeError */
export function requireFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') throw wrongType(field, 'a function', value)
}

/** @throws TypeError */
export function requireList(field: string, value: unknown): void {
  if (!Array.isArray(value)) throw wrongType(field, 'a list', value)
}

/** @throws TypeError */
export function requirePackage({ cid, nonce, encKeys }: EnvelopePackage): void {
  requireText('cid', cid)
  requireBytes('nonce', nonce)
  requireList('encKeys', encKeys)
  for (const { recipientId, wrapped } of encKeys) {
    requireText('recipientId', recipientId)
    requireBytes('wrapped', wrapped)
  }
}

function wrongType(field: string, expected: string, value: unknown): Error {
  return new TypeError(`${field} must be ${expected}, not ${value === null ? 'null' : typeof value}`)
}
