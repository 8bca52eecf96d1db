/** What a client does with a link: HL7, "SMART Health Links Receiving Application processes a SMART Health Link". */
import { contentTypeOf } from './content.js'
import { shlError } from './errors.js'
import { decryptJwe, maxJweLength } from './jwe.js'
import { parseLink, type ShlLink } from './link.js'
import { formatManifestRequest, type ManifestFile, parseManifest, requireRecipient } from './manifest.js'
import { inTime, type RetrieveOptions, retrieve } from './retrieve.js'
import { isLocal } from './url.js'

export interface OpenLinkOptions extends RetrieveOptions {
  /** Who opens it, in words for the person who made the link: their log shows it. */
  readonly recipient: string
  readonly passcode?: string
  /** The most characters of a file inside the manifest; the server decides without it. */
  readonly embeddedLengthMax?: number
  readonly nowMs: number
}

/** A file as it came. */
export interface RetrievedFile {
  /** What the manifest says; `null` for a direct file. */
  readonly contentType: string | null
  readonly jwe: string
  readonly lastUpdated: string | null
  readonly status: string | null
  readonly fhirVersion: string | null
}

export interface OpenedFile extends Omit<RetrievedFile, 'jwe' | 'contentType'> {
  /** What the file says of itself, else the manifest, else what its content looks like. */
  readonly contentType: string
  readonly content: Uint8Array
}

export interface OpenedLink {
  readonly link: ShlLink
  /** In the order of the manifest. */
  readonly files: readonly OpenedFile[]
}

const maxManifestBytes = 16_000_000
const maxTotalLength = 64_000_000

/**
 * Fetches what a link leads to and decrypts it. With flag `L` it may be asked again later. Locations are used at once: they may
 * be for one use and are so for an hour at most. Nothing is validated beyond the encryption: see `requireContent`.
 * @throws ChartsealError of `parseLink`, `retrieveFiles` and `decryptFiles`
 */
export async function openLink(text: string, options: OpenLinkOptions): Promise<OpenedLink> {
  const link = parseLink(text)
  return { link, files: await decryptFiles(link, await retrieveFiles(link, options)) }
}

/**
 * Asks the server for the files.
 * @throws ChartsealError `shl/expired`, `shl/passcode-needed` before anything is asked; `shl/bad-manifest`, `json/invalid`, and what
 * `retrieve` says of each answer
 */
export async function retrieveFiles(
  link: ShlLink,
  options: OpenLinkOptions,
): Promise<readonly RetrievedFile[]> {
  const { expSeconds, flags } = link
  requireRecipient(options.recipient)
  if (expSeconds !== null && options.nowMs >= expSeconds * 1000) throw shlError('shl/expired', { expSeconds })
  if (flags.includes('P') && options.passcode === undefined) throw shlError('shl/passcode-needed', {})
  const limited = inTime(options)
  return flags.includes('U') ? [await directFile(link, limited)] : manifestFiles(link, limited)
}

async function directFile({ url }: ShlLink, options: OpenLinkOptions): Promise<RetrievedFile> {
  // Behind what is there, which may be signed as it stands.
  const [address = ''] = url.split('#')
  const asked = `${address}${address.includes('?') ? '&' : '?'}recipient=${encodeURIComponent(options.recipient)}`
  const jwe = await retrieve(asked, { method: 'GET', maxBytes: maxJweLength }, options)
  return { contentType: null, jwe, lastUpdated: null, status: null, fhirVersion: null }
}

async function manifestFiles(
  { url, flags }: ShlLink,
  options: OpenLinkOptions,
): Promise<readonly RetrievedFile[]> {
  const { recipient, passcode = null, embeddedLengthMax = null } = options
  // A passcode that nobody asks for stays here.
  const request = { recipient, passcode: flags.includes('P') ? passcode : null, embeddedLengthMax }
  const body = formatManifestRequest(request)
  const manifest = await retrieve(url, { method: 'POST', body, maxBytes: maxManifestBytes }, options)
  const files: RetrievedFile[] = []
  // A manifest from elsewhere does not lead to this machine.
  const ofFiles = { ...options, local: options.local === true && isLocal(new URL(url)) }
  let room = maxTotalLength
  for (const file of parseManifest(manifest).files) {
    const retrieved = await fileOf(file, ofFiles)
    room -= retrieved.jwe.length
    if (room < 0) throw shlError('shl/too-large', { what: 'files of the link', maxBytes: maxTotalLength })
    files.push(retrieved)
  }
  return files
}

async function fileOf(file: ManifestFile, options: RetrieveOptions): Promise<RetrievedFile> {
  const { location, embedded, ...rest } = file
  const jwe = embedded ?? (await retrieve(location ?? '', { method: 'GET', maxBytes: maxJweLength }, options))
  return { ...rest, jwe }
}

/**
 * Decrypts all files, or none.
 * @throws ChartsealError `shl/bad-jwe`, `shl/too-large`, `shl/bad-deflate`, `open/failed`
 */
export async function decryptFiles(
  { key }: ShlLink,
  files: readonly RetrievedFile[],
): Promise<readonly OpenedFile[]> {
  const opened: OpenedFile[] = []
  let room = maxTotalLength
  for (const { jwe, contentType, ...rest } of files) {
    const file = await decryptJwe(jwe, key)
    room -= file.content.length
    if (room < 0) throw shlError('shl/too-large', { what: 'content of the files', maxBytes: maxTotalLength })
    opened.push({
      ...rest,
      contentType: file.contentType ?? contentType ?? contentTypeOf(file.content),
      content: file.content,
    })
  }
  return opened
}
