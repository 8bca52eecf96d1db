/** A file of a link: JWE in compact form (RFC 7516 7.1), "dir" (RFC 7518 4.5) with "A256GCM" (5.3), `zip` "DEF" or none. */

import { nonceBytes, open, seal, tagBytes } from '@chartseal/core/aead'
import { concat } from '@chartseal/core/bytes'
import { deflateRaw, inflateRaw } from '@chartseal/core/deflate'
import { decodeBase64Url, decodeUtf8, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { shlError } from './errors.js'
import { maxInflatedBytes } from './limits.js'

/** The most characters of a JWE that is read: more than 5 MB of content and its base64url need. */
export const maxJweLength = 7_000_000

export interface JweContent {
  readonly content: Uint8Array
  /** Header `cty`; `null` where it is missing, as in some files of others. */
  readonly contentType: string | null
}

export interface JweOptions {
  /** Compresses before it encrypts. What is compressed already, such as a health card, only grows. */
  readonly zip?: boolean
  readonly random?: Random
}

/** A file under the key of its link, under a fresh nonce. @throws RangeError for more than 5 MB */
export async function encryptJwe(
  { content, contentType }: { readonly content: Uint8Array; readonly contentType: string },
  key: AeadKey,
  { zip = false, random = systemRandom }: JweOptions = {},
): Promise<string> {
  if (content.length > maxInflatedBytes)
    throw new RangeError(`content must have at most ${maxInflatedBytes} bytes`)
  const header = { alg: 'dir', enc: 'A256GCM', cty: contentType, ...(zip ? { zip: 'DEF' } : {}) }
  const encoded = encodeBase64Url(encodeUtf8(JSON.stringify(header)))
  const { nonce, ciphertext } = seal(
    key,
    zip ? await deflateRaw(content) : content,
    encodeUtf8(encoded),
    random,
  )
  const end = ciphertext.length - tagBytes
  const parts = [nonce, ciphertext.subarray(0, end), ciphertext.subarray(end)].map(part =>
    encodeBase64Url(part),
  )
  // No encrypted key: "dir" uses the key of the link as it is.
  return [encoded, '', ...parts].join('.')
}

interface ParsedJwe {
  readonly header: string
  readonly contentType: string | null
  readonly zip: boolean
  readonly nonce: Uint8Array
  /** With the tag. */
  readonly ciphertext: Uint8Array
}

/**
 * Opens a file. White space around it is ignored, and so are parameters of the header that are not known, such as `kid`.
 * @throws ChartsealError `shl/bad-jwe` and `shl/too-large` for what anyone can see, `open/failed` for another key or a changed file,
 * `shl/bad-deflate` for content that whoever made it did not compress
 */
export async function decryptJwe(text: string, key: AeadKey): Promise<JweContent> {
  const { header, contentType, zip, nonce, ciphertext } = parseJwe(text)
  const plaintext = open(key, { nonce, ciphertext }, encodeUtf8(header))
  const content = zip ? await inflateRaw(plaintext, maxInflatedBytes) : plaintext
  if (content === 'invalid') throw shlError('shl/bad-deflate', {})
  if (content === 'too large' || content.length > maxInflatedBytes) {
    throw shlError('shl/too-large', { what: 'content of a file', maxBytes: maxInflatedBytes })
  }
  return { content, contentType }
}

/** Whether a server may serve it; without a key. @throws ChartsealError `shl/bad-jwe`, `shl/too-large` */
export function requireJwe(text: string): void {
  parseJwe(text)
}

function parseJwe(text: string): ParsedJwe {
  if (text.length > maxJweLength) throw shlError('shl/too-large', { what: 'file', maxBytes: maxJweLength })
  const parts = text.trim().split('.')
  const [header = '', encryptedKey, iv = '', ciphertext = '', tag = ''] = parts
  if (parts.length !== 5) throw badJwe('it must have five parts')
  if (encryptedKey !== '') throw badJwe('the second part must be empty')
  const [nonce, sealed, tagged] = [bytesOf(iv), bytesOf(ciphertext), bytesOf(tag)]
  if (nonce.length !== nonceBytes) throw badJwe(`the nonce must have ${nonceBytes} bytes`)
  if (tagged.length !== tagBytes) throw badJwe(`the tag must have ${tagBytes} bytes`)
  return { header, ...headerOf(bytesOf(header)), nonce, ciphertext: concat(sealed, tagged) }
}

function bytesOf(part: string): Uint8Array {
  try {
    return decodeBase64Url(part)
  } catch {
    throw badJwe('each part must be base64url')
  }
}

function headerOf(bytes: Uint8Array): Pick<ParsedJwe, 'contentType' | 'zip'> {
  const header = readHeader(bytes)
  if (header.raw('alg') !== 'dir') throw badJwe('alg must be "dir"')
  if (header.raw('enc') !== 'A256GCM') throw badJwe('enc must be "A256GCM"')
  // RFC 7516 4.1.13: what is critical and not known must not be ignored.
  if (header.raw('crit') !== undefined) throw badJwe('there must be no crit')
  const zip = header.raw('zip')
  if (zip !== undefined && zip !== 'DEF') throw badJwe('zip must be "DEF" or missing')
  const contentType = header.raw('cty')
  return { zip: zip === 'DEF', contentType: typeof contentType === 'string' ? contentType : null }
}

function readHeader(bytes: Uint8Array): JsonObject {
  try {
    return JsonObject.parse(decodeUtf8(bytes))
  } catch {
    throw badJwe('its header must be a JSON object')
  }
}

const badJwe = (reason: string): Error => shlError('shl/bad-jwe', { reason })
