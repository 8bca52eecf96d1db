/** Making a link: files are encrypted here, where the key is; the server gets what it serves and no key. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { requireContent } from './content.js'
import { shlError } from './errors.js'
import { encryptJwe, requireJwe } from './jwe.js'
import { formatLink, requireFlags, type ShlLink } from './link.js'
import { maxFiles, shlContentTypes } from './manifest.js'
import { makePasscodeVerifier, parsePasscodeVerifier } from './passcode.js'
import { mostWrongPasscodes, type StoredLink } from './store.js'

export interface LinkContent {
  /** One of `shlContentTypes`. */
  readonly contentType: string
  /** JSON in UTF-8. */
  readonly content: Uint8Array
  /** For FHIR, such as `4.0.1`. */
  readonly fhirVersion?: string
}

export interface CreateLinkOptions {
  /** Of the server, such as `https://clinic.example/shl`: the link's own id comes behind it. */
  readonly baseUrl: string
  readonly files: readonly LinkContent[]
  /** Flag `U`: one file that a plain GET fetches; the profile of CMS. Without it there is a manifest. */
  readonly direct?: boolean
  /** Flag `L`: the files may change later, and clients may ask again. */
  readonly longTerm?: boolean
  /** Flag `P`: told to the recipient another way. Not for direct files. */
  readonly passcode?: string
  /** 10 by default. */
  readonly maxWrongPasscodes?: number
  readonly expMs?: number
  readonly label?: string
  /** Compresses FHIR (the default): `false` for clients that do not know `zip`. */
  readonly zip?: boolean
  readonly nowMs: number
  readonly random?: Random
  /** For tests. */
  readonly verifierIterations?: number
}

/** What a server is given: {@link StoredLink} and the bytes, without a key. */
export interface ServedLink extends Omit<StoredLink, 'endedMs' | 'wrongPasscodes' | 'files'> {
  readonly files: readonly ServedFile[]
}

export interface ServedFile {
  readonly contentType: string
  readonly jwe: string
  readonly updatedMs: number
  readonly fhirVersion: string | null
}

export interface CreatedLink {
  /** A secret. `formatLink` makes the text that is shown as a QR code; wipe its key when that is done. */
  readonly link: ShlLink
  readonly served: ServedLink
}

const idBytes = 32
const defaultWrongPasscodes = 10

/**
 * Makes a link and what its server needs. Nothing is sent.
 * @throws ChartsealError `shl/bad-content`, `shl/bad-flags`, `shl/bad-url`, `shl/bad-label`, `shl/not-servable`;
 * RangeError for a content of more than 5 MB, an empty passcode, or a date that is over
 */
export async function createLink(options: CreateLinkOptions): Promise<CreatedLink> {
  const { baseUrl, passcode, expMs = null, label = null, nowMs, random = systemRandom } = options
  // A link has seconds.
  const expSeconds = expMs === null ? null : Math.floor(expMs / 1000)
  if (expSeconds !== null && expSeconds * 1000 <= nowMs)
    throw new RangeError('expMs must be a second later than nowMs')
  const flags = requireFlags(
    [
      options.longTerm === true ? 'L' : '',
      passcode === undefined ? '' : 'P',
      options.direct === true ? 'U' : '',
    ].join(''),
  )
  const id = encodeBase64Url(random.bytes(idBytes))
  const key = AeadKey.generate(random)
  const link: ShlLink = { url: `${baseUrl.replace(/\/$/, '')}/${id}`, key, flags, expSeconds, label }
  // What cannot be shown is not made.
  formatLink(link)
  const served: ServedLink = {
    id,
    flags,
    expMs: expSeconds === null ? null : expSeconds * 1000,
    passcode: passcode === undefined ? null : await makePasscodeVerifier(passcode, verifierOptions(options)),
    maxWrongPasscodes: options.maxWrongPasscodes ?? defaultWrongPasscodes,
    files: await Promise.all(options.files.map(file => sealLinkFile(key, file, options))),
  }
  requireServable(served)
  return { link, served }
}

function verifierOptions({ random = systemRandom, verifierIterations }: CreateLinkOptions) {
  return { random, ...(verifierIterations === undefined ? {} : { iterations: verifierIterations }) }
}

/**
 * A file of a link, also for a later version of it (flag `L`): the same key, a fresh nonce.
 * @throws ChartsealError `shl/bad-content`; RangeError for a content of more than 5 MB
 */
export async function sealLinkFile(
  key: AeadKey,
  { contentType, content, fhirVersion }: LinkContent,
  { nowMs, zip = true, random = systemRandom }: Pick<CreateLinkOptions, 'nowMs' | 'zip' | 'random'>,
): Promise<ServedFile> {
  requireContent({ contentType, content })
  // A health card is compressed already.
  const compressed = zip && contentType === 'application/fhir+json'
  const jwe = await encryptJwe({ content, contentType }, key, { zip: compressed, random })
  return { contentType, jwe, updatedMs: nowMs, fhirVersion: fhirVersion ?? null }
}

/**
 * What a server checks of a link that somebody gives it: that a plain client can open it, as far as that can be seen without
 * the key. Only that may be called `shlink:` (HL7, "Conformance and User-Facing Identification").
 * @throws ChartsealError `shl/not-servable`, `shl/bad-flags`, `shl/bad-verifier`, `shl/bad-jwe`, `shl/too-large`
 */
export function requireServable(link: ServedLink): void {
  const { id, flags, passcode, maxWrongPasscodes, files } = link
  const problem = [
    [!/^[A-Za-z0-9_-]{43}$/.test(id), 'its id must be 32 bytes in base64url'],
    [requireFlags(flags).includes('P') !== (passcode !== null), 'flag P and a verifier go together'],
    [files.length === 0 || files.length > maxFiles, `it must have 1 to ${maxFiles} files`],
    [flags.includes('U') && files.length !== 1, 'a direct link (U) must have one file'],
    [
      ![...files.map(file => file.updatedMs), link.expMs ?? 0].every(isInstant),
      'times must be of the calendar',
    ],
    [!isCount(maxWrongPasscodes), `wrong passcodes must be limited to 1 to ${mostWrongPasscodes}`],
    [
      files.some(({ contentType }) => !isKnownType(contentType)),
      `a file must be one of ${shlContentTypes.join(', ')}`,
    ],
  ].find(([is]) => is === true)?.[1]
  if (problem !== undefined) throw shlError('shl/not-servable', { reason: `${problem}` })
  if (passcode !== null) parsePasscodeVerifier(passcode)
  for (const { jwe } of files) requireJwe(jwe)
}

const isKnownType = (contentType: string): boolean => shlContentTypes.some(known => known === contentType)
/** In milliseconds, as a Date takes it. */
const isInstant = (ms: number): boolean => Number.isSafeInteger(ms) && ms >= 0 && ms <= 8.64e15
const isCount = (count: number): boolean =>
  Number.isInteger(count) && count >= 1 && count <= mostWrongPasscodes
