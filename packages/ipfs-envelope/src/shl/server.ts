/**
 * What a server of SMART Health Links answers, as HL7 STU1 says: pure functions over {@link ShlStore}. A server only carries
 * requests in and answers out, under any path: `URL of the link` and `URL of the link/files/TICKET`.
 */
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import {
  formatManifest,
  type ManifestFile,
  type ManifestRequest,
  parseManifestRequest,
  requireRecipient,
} from './manifest.js'
import { isPasscode } from './passcode.js'
import {
  type LinkAccessKind,
  mostWrongPasscodes,
  type ShlStore,
  type StoredFile,
  type StoredLink,
} from './store.js'

export interface ShlServer {
  readonly store: ShlStore
  readonly nowMs: number
  readonly random: Random
  /** The URL of a link, as it stands in the link: locations of files are below it. */
  url(linkId: string): string
}

/** To be sent as it is. */
export interface ShlAnswer {
  readonly status: 200 | 204 | 400 | 401 | 404 | 405 | 413
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface ShlRequest {
  readonly method: string
  readonly linkId: string
  /** What stands behind `/files/`; `null` for the URL of the link itself. */
  readonly ticket: string | null
  /** The query parameter `recipient`, decoded. */
  readonly recipient: string | null
  /** Of a POST; `null` when it is longer than `maxManifestRequestBytes`. */
  readonly body: string | null
}

/** The lifetime of a location; HL7 allows an hour. */
export const ticketMs: number = 5 * 60_000
/** How large a file may be that is put into the manifest when the client does not say. */
const defaultEmbedded = 65_536
/** And all of them together. */
const maxEmbedded = 4_000_000
const secretBytes = 32

/** Links are opened by pages of any origin; nothing of an answer may be kept. */
const common = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'retry-after',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/**
 * The answer to any request below the URL of a link. Every answer that gives something out is in the log of the link
 * (`recordAccess`) before it is returned. Only GET with a recipient and POST count: a preview of a chat program opens nothing.
 */
export async function answerShl(server: ShlServer, request: ShlRequest): Promise<ShlAnswer> {
  const { method, linkId, ticket, recipient, body } = request
  if (method === 'OPTIONS') return preflight
  if (ticket !== null) return method === 'GET' ? answerFile(server, linkId, ticket) : notAllowed('GET')
  if (method === 'GET') return answerDirect(server, linkId, recipient)
  if (method === 'POST') return answerManifest(server, linkId, body)
  return notAllowed('GET, POST')
}

const preflight: ShlAnswer = {
  status: 204,
  headers: {
    ...common,
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '86400',
  },
  body: '',
}

/** POST: the manifest. */
async function answerManifest(server: ShlServer, linkId: string, body: string | null): Promise<ShlAnswer> {
  if (body === null) return refusal(413, 'the request is too long')
  const request = read(() => parseManifestRequest(body))
  if (request === null) return refusal(400, 'the request must be a JSON object with a recipient')
  const link = await activeLink(server, linkId)
  if (link === null) return notActive
  if (link.flags.includes('U')) return notAllowed('GET')
  const refused = await refusePasscode(server, link, request)
  if (refused !== null) return refused
  const files = await manifestFiles(server, link, request)
  if (files === null) return notActive
  await record(server, link, 'manifest', request.recipient, null)
  return {
    status: 200,
    headers: { ...common, 'content-type': 'application/json' },
    body: formatManifest({ files }),
  }
}

/** GET: the one file of a link with flag `U`. */
async function answerDirect(server: ShlServer, linkId: string, recipient: string | null): Promise<ShlAnswer> {
  const link = await activeLink(server, linkId)
  if (link === null) return notActive
  if (!link.flags.includes('U')) return notAllowed('POST')
  const named = read(() => requireRecipient(recipient ?? ''))
  if (named === null) return refusal(400, 'the query must name the recipient')
  const jwe = await server.store.file(link.id, 0)
  if (jwe === null) return notActive
  await record(server, link, 'direct', named, 0)
  return joseAnswer(jwe)
}

/** GET below `/files/`: what a manifest gave a location for, once. */
async function answerFile(server: ShlServer, linkId: string, name: string): Promise<ShlAnswer> {
  const ticket = isSecret(name) ? await server.store.takeTicket(linkId, name) : null
  const link = await activeLink(server, linkId)
  if (ticket === null || link === null || ticket.untilMs <= server.nowMs) return notActive
  const jwe = await server.store.file(linkId, ticket.file)
  if (jwe === null) return notActive
  try {
    await record(server, link, 'file', ticket.recipient, ticket.file)
  } catch (error) {
    // Nothing was given: the address is good for another try.
    await server.store.putTicket(ticket)
    throw error
  }
  return joseAnswer(jwe)
}

/** `null` for a link that was never there, was ended, has expired, or had too many wrong passcodes. */
async function activeLink({ store, nowMs }: ShlServer, id: string): Promise<StoredLink | null> {
  const link = isSecret(id) ? await store.link(id) : null
  return link !== null && isActive(link, nowMs) ? link : null
}

/** Whether a server still answers for it. */
function isActive(link: StoredLink, nowMs: number): boolean {
  const { endedMs, expMs, wrongPasscodes, maxWrongPasscodes } = link
  return endedMs === null && (expMs === null || nowMs < expMs) && wrongPasscodes < maxWrongPasscodes
}

/** 32 bytes in base64url. */
const isSecret = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text)

/** `null` when the passcode is right or none is needed. */
async function refusePasscode(
  server: ShlServer,
  link: StoredLink,
  { passcode, recipient }: ManifestRequest,
): Promise<ShlAnswer | null> {
  if (link.passcode === null) return null
  // Nothing was guessed.
  if (passcode === null) return wrongPasscode(link.maxWrongPasscodes - link.wrongPasscodes)
  const right = await isPasscode(link.passcode, passcode)
  const remaining = await countGuess(server, link.id, right)
  if (remaining === null) return notActive
  if (right) return null
  await record(server, link, 'wrong-passcode', recipient, null)
  return wrongPasscode(remaining)
}

/**
 * How many wrong passcodes remain; `null` for a link that has none left. What counts is the order in which guesses come here,
 * after their passcodes were compared: whatever runs at the same time, a right one that comes behind the last wrong one is refused.
 */
async function countGuess(server: ShlServer, linkId: string, right: boolean): Promise<number | null> {
  // Whoever comes second sees the count of whoever came first, and that grows to its limit only.
  for (let tries = 0; tries <= mostWrongPasscodes; tries++) {
    const link = await activeLink(server, linkId)
    if (link === null) return null
    const seen = link.wrongPasscodes
    const next = right ? seen : seen + 1
    // A right guess is compared as well, or it could pass on a count of before the last wrong one.
    if (await server.store.countWrongPasscode(linkId, seen, next)) return link.maxWrongPasscodes - next
  }
  throw new Error('internal: the store of links does not count')
}

/** `null` when a file is missing. */
async function manifestFiles(
  server: ShlServer,
  link: StoredLink,
  { recipient, embeddedLengthMax }: ManifestRequest,
): Promise<readonly ManifestFile[] | null> {
  const files: ManifestFile[] = []
  let room = maxEmbedded
  for (const [index, file] of link.files.entries()) {
    const inside = file.length <= Math.min(embeddedLengthMax ?? defaultEmbedded, room)
    const embedded = inside ? await server.store.file(link.id, index) : null
    if (inside && embedded === null) return null
    if (inside) room -= file.length
    const location = inside ? null : await newLocation(server, link.id, index, recipient)
    files.push({ ...describe(file, link), location, embedded })
  }
  return files
}

function describe(file: StoredFile, link: StoredLink): Omit<ManifestFile, 'location' | 'embedded'> {
  return {
    contentType: file.contentType,
    lastUpdated: new Date(file.updatedMs).toISOString(),
    status: link.flags.includes('L') ? 'can-change' : 'finalized',
    fhirVersion: file.fhirVersion,
  }
}

async function newLocation(
  { store, nowMs, random, url }: ShlServer,
  linkId: string,
  file: number,
  recipient: string,
): Promise<string> {
  const ticket = encodeBase64Url(random.bytes(secretBytes))
  await store.putTicket({ linkId, ticket, file, recipient, untilMs: nowMs + ticketMs })
  return `${url(linkId)}/files/${ticket}`
}

async function record(
  { store, nowMs }: ShlServer,
  { id }: StoredLink,
  kind: LinkAccessKind,
  recipient: string,
  file: number | null,
): Promise<void> {
  await store.recordAccess({ linkId: id, atMs: nowMs, kind, recipient, file })
}

/** `null` for what is refused. */
function read<Result>(work: () => Result): Result | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

function joseAnswer(jwe: string): ShlAnswer {
  return { status: 200, headers: { ...common, 'content-type': 'application/jose' }, body: jwe }
}

function jsonAnswer(status: ShlAnswer['status'], body: object, headers: object = {}): ShlAnswer {
  const type = { 'content-type': 'application/json' }
  return { status, headers: { ...common, ...type, ...headers }, body: JSON.stringify(body) }
}

const refusal = (status: 400 | 413, error: string): ShlAnswer => jsonAnswer(status, { error })
const notActive: ShlAnswer = jsonAnswer(404, { error: 'there is no such link, or it is no longer active' })
const wrongPasscode = (remainingAttempts: number): ShlAnswer => jsonAnswer(401, { remainingAttempts })
const notAllowed = (allow: string): ShlAnswer => jsonAnswer(405, { error: `use ${allow}` }, { allow })
