import { coreError } from './errors.js'

/**
 * UTF-8 of a text.
 * @throws ChartsealError `encoding/invalid` for a lone surrogate, which UTF-8 cannot carry
 */
export function encodeUtf8(text: string): Uint8Array {
  requireWellFormed(text)
  return new TextEncoder().encode(text)
}

/** @throws ChartsealError `encoding/invalid` for bytes that are not well-formed UTF-8; a BOM is kept */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw coreError('encoding/invalid', { encoding: 'UTF-8' })
  }
}

/** @throws ChartsealError `encoding/invalid` for a lone surrogate */
export function requireWellFormed(text: string): void {
  if (!text.isWellFormed()) throw coreError('encoding/invalid', { encoding: 'Unicode text' })
}

/**
 * The text without one byte order mark in front, which editors and shells write into files. Readers of files may
 * ignore it (RFC 8259 8.1); what is sealed or signed keeps it.
 */
export function withoutBom(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text
}
