/**
 * The ways into a device: each wraps the one key of its rows. The key of the rows is made and kept inside WebCrypto;
 * its bytes are in no variable here. Format: docs/spec/console-vault.md.
 */
import { concat, ownBuffer } from '@chartseal/core/bytes'
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { type JsonValue, parseJson } from '@chartseal/core/json'
import type { Random } from '@chartseal/core/ports'
import { consoleError } from '../errors.js'
import { parseWays } from './parse-ways.js'

const nonceBytes = 12

/** What a way is, before anybody opens it. */
export type WayKind = 'passphrase' | 'passkey'

export interface PassphraseWay {
  readonly kind: 'passphrase'
  /** Parameters and salt of Argon2id, as a PHC string. */
  readonly phc: string
  /** Nonce and wrapped key, base64url. */
  readonly wrapped: string
}

export interface PasskeyWay {
  readonly kind: 'passkey'
  /** Base64url, as the authenticator named it. */
  readonly credential: string
  /** The input of the PRF, 32 bytes in base64url. */
  readonly salt: string
  readonly wrapped: string
}

export type Way = PassphraseWay | PasskeyWay

/** The key that a passphrase or a passkey gives, for wrapping alone. The caller wipes `secret`. */
export async function wayKey(kind: WayKind, secret: Uint8Array): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', ownBuffer(secret), 'HKDF', false, ['deriveKey'])
  const info = ownBuffer(encodeUtf8(`chartseal/console-${kind}/v2`))
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
  const aes = { name: 'AES-GCM', length: 256 }
  return crypto.subtle.deriveKey(hkdf, base, aes, false, ['wrapKey', 'unwrapKey'])
}

/** A fresh key of rows, wrapped once and unreadable from then on. */
export async function newRowKey(
  way: CryptoKey,
  random: Random,
): Promise<{ readonly key: CryptoKey; readonly wrapped: string }> {
  const uses: KeyUsage[] = ['encrypt', 'decrypt']
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, uses)
  const wrapped = await wrap(made, way, random)
  const key = await unwrap(wrapped, way, false)
  if (key === null) throw new Error('internal: a key that was just wrapped does not unwrap')
  return { key, wrapped }
}

/** The key of the rows, or `null` when this way does not open it. */
export function openRowKey(wrapped: string, way: CryptoKey): Promise<CryptoKey | null> {
  return unwrap(wrapped, way, false)
}

/** The same key of rows under one more way. @throws ChartsealError `console/wrong-passphrase` */
export async function wrapAgain(
  wrapped: string,
  way: CryptoKey,
  other: CryptoKey,
  random: Random,
): Promise<string> {
  const key = await unwrap(wrapped, way, true)
  if (key === null) throw consoleError('console/wrong-passphrase', {})
  return wrap(key, other, random)
}

async function wrap(key: CryptoKey, way: CryptoKey, random: Random): Promise<string> {
  const iv = ownBuffer(random.bytes(nonceBytes))
  const wrapped = await crypto.subtle.wrapKey('raw', key, way, { name: 'AES-GCM', iv })
  return encodeBase64Url(concat(iv, new Uint8Array(wrapped)))
}

async function unwrap(text: string, way: CryptoKey, extractable: boolean): Promise<CryptoKey | null> {
  const bytes = decodeBase64Url(text)
  const iv = ownBuffer(bytes.subarray(0, nonceBytes))
  const wrapped = ownBuffer(bytes.subarray(nonceBytes))
  const uses: KeyUsage[] = ['encrypt', 'decrypt']
  try {
    return await crypto.subtle.unwrapKey(
      'raw',
      wrapped,
      way,
      { name: 'AES-GCM', iv },
      'AES-GCM',
      extractable,
      uses,
    )
  } catch {
    return null
  }
}

function jsonOrNull(text: string): JsonValue {
  try {
    return parseJson(text)
  } catch {
    return null
  }
}

/** @throws ChartsealError `console/damaged-row` */
export function readWays(text: string | null): readonly Way[] {
  if (text === null) return []
  const ways = parseWays(jsonOrNull(text))
  if (ways === null) throw consoleError('console/damaged-row', { row: 'ways' })
  return ways
}
