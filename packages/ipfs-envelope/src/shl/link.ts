/** The link itself: HL7 SMART Health Links STU1, "Construct a SMART Health Link Payload". */
import { decodeBase64Url, decodeUtf8, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { coreError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import { shlError } from './errors.js'
import { requireUrl } from './url.js'

/**
 * What a link says. Whoever has it can fetch and read: it is a secret as a whole, URL and key alike. The key goes into
 * the fragment of a link and is never sent to the server.
 */
export interface ShlLink {
  /** Of the manifest, or with flag `U` of the one file. */
  readonly url: string
  readonly key: AeadKey
  /** Of `LPU`, each once and in this order; flags that are not known are left out (they are safe to ignore). */
  readonly flags: string
  /** A hint of who made the link: seconds since 1970-01-01T00:00:00Z. The server decides. */
  readonly expSeconds: number | null
  readonly label: string | null
}

/** A label has at most so many UTF-16 code units. */
export const maxLabelLength = 80
/** A URL in a link has at most so many characters. */
export const maxUrlLength = 128

const maxTextLength = 16_384
/** The year 275760, the last of JavaScript's calendar. */
const maxSeconds = 8_640_000_000_000
const grammar = /^(?:https?:\/\/[^\s#]+#)?shlink:\/([A-Za-z0-9_-]+)$/

/**
 * Reads a link: bare (`shlink:/…`) or behind the address of a viewer (`https://viewer.example/#shlink:/…`). Space around it is
 * ignored, and so are properties and flags that are not known.
 * @throws ChartsealError `shl/not-a-link`, `shl/unsupported-version`, `shl/bad-url`, `shl/bad-flags`, `json/invalid`,
 * `encoding/invalid`, `key/wrong-length`
 */
export function parseLink(text: string): ShlLink {
  const payload = payloadOf(text.trim())
  const version = payload.has('v') ? numberIn(payload, 'v') : 1
  if (version !== 1) throw shlError('shl/unsupported-version', { version })
  const url = payload.text('url')
  requireUrl(url)
  return {
    url,
    flags: payload.has('flag') ? requireFlags(knownFlags(payload.text('flag'))) : '',
    expSeconds: payload.has('exp') ? numberIn(payload, 'exp') : null,
    label: payload.has('label') ? payload.text('label') : null,
    key: keyOf(payload),
  }
}

function payloadOf(text: string): JsonObject {
  if (text.length > maxTextLength) throw notALink(`it has more than ${maxTextLength} characters`)
  const encoded = grammar.exec(text)?.[1]
  if (encoded === undefined)
    throw notALink('it must be shlink:/ and base64url, alone or behind a viewer and #')
  return JsonObject.parse(decodeUtf8(decodeBase64Url(encoded)))
}

function numberIn(payload: JsonObject, name: string): number {
  const value = payload.raw(name)
  // Of decimals HL7 allows any; a time before 1970 or one that no clock reaches is nobody's.
  if (typeof value !== 'number' || !(value >= 0 && value <= maxSeconds)) {
    throw coreError('json/invalid', { path: `$.${name}`, expected: `a number from 0 to ${maxSeconds}` })
  }
  return value
}

function keyOf(payload: JsonObject): AeadKey {
  const bytes = decodeBase64Url(payload.text('key'))
  try {
    return new AeadKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

/** In the order of the alphabet, each once. */
function knownFlags(text: string): string {
  return ['L', 'P', 'U'].filter(flag => text.includes(flag)).join('')
}

/**
 * The same flags. @throws ChartsealError `shl/bad-flags` for other letters, another order, or `P` with `U`
 */
export function requireFlags(flags: string): string {
  if (!/^L?P?U?$/.test(flags)) throw badFlags('they are letters of LPU in this order, each once')
  if (/PU/.test(flags)) throw badFlags('a direct file (U) has no passcode (P)')
  return flags
}

/**
 * The link as text, bare or behind the address of a viewer, of which `#` keeps the link from the server of the viewer.
 * @throws ChartsealError `shl/bad-url`, `shl/bad-flags`, `shl/bad-label`, `encoding/invalid` (a label of half a character)
 */
export function formatLink(link: ShlLink, { viewer }: { readonly viewer?: string } = {}): string {
  const { url, flags, expSeconds, label } = link
  requireUrl(url)
  if (url.length > maxUrlLength)
    throw shlError('shl/bad-url', { reason: `it has more than ${maxUrlLength} characters` })
  if (label !== null) requireLabel(label)
  const payload = {
    url,
    ...(requireFlags(flags) === '' ? {} : { flag: flags }),
    key: encodeBase64Url(link.key.reveal()),
    ...(expSeconds === null ? {} : { exp: expSeconds }),
    ...(label === null ? {} : { label }),
  }
  const bare = `shlink:/${encodeBase64Url(encodeUtf8(JSON.stringify(payload)))}`
  return viewer === undefined ? bare : `${viewerPrefix(viewer)}${bare}`
}

function requireLabel(label: string): void {
  if (label.length > maxLabelLength) throw shlError('shl/bad-label', { maxLength: maxLabelLength })
  encodeUtf8(label)
}

function viewerPrefix(viewer: string): string {
  const { href } = requireUrl(viewer)
  if (href.includes('#') && !href.endsWith('#')) {
    throw shlError('shl/bad-url', { reason: 'the address of a viewer has no fragment of its own' })
  }
  return href.endsWith('#') ? href : `${href}#`
}

const notALink = (reason: string): Error => shlError('shl/not-a-link', { reason })
const badFlags = (reason: string): Error => shlError('shl/bad-flags', { reason })
