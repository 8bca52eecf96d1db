/**
 * SMART Health Links of this device: a file is encrypted here, its key stands in the text of the link alone, and the clinic
 * gives out what it cannot read, counts passcodes and says who came.
 */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { createLink, formatLink, type ServedLink } from '@chartseal/ipfs-envelope/shl'
import { isOffline, isRefused, refusalOf } from '../api/refusals.js'
import type { Requests } from '../api/requests.js'
import { consoleError } from '../errors.js'
import type { Unlocked } from '../pairs/pairs.js'
import { jsonOf, jsonType } from './api.js'
import { documentOf, fhirVersion, type LinkFile } from './bundle.js'
import { decodeLink, dueLinkPrefix, linkKeyOf, linkPrefix, linkRows, type OwnLink } from './link-row.js'

/** So that, wrapped and encrypted, it stays below what a link takes. */
export const maxLinkFileBytes = 3_000_000

export interface LinkWishes {
  readonly file: LinkFile
  /** What a viewer shows for it; at most 80 characters. */
  readonly label: string
  /** When it ends; 0 without an end. */
  readonly expMs: number
  /** Empty without one. */
  readonly passcode: string
  /** May be asked again later, such as by an app that keeps it. */
  readonly isLongTerm: boolean
  /** A plain GET fetches the file: for what reads no manifest. Not with a passcode. */
  readonly isDirect: boolean
}

/**
 * Makes a link: on disk, and on its way with {@link settleLink}. Aborted before that, nothing is made.
 * @throws ChartsealError `console/too-large`, `shl/…`
 */
export async function makeLink(
  unlocked: Unlocked,
  origin: string,
  wishes: LinkWishes,
  signal: AbortSignal,
): Promise<OwnLink> {
  const { file, label, expMs, passcode, isLongTerm, isDirect } = wishes
  if (file.bytes.length > maxLinkFileBytes)
    throw consoleError('console/too-large', { limitBytes: maxLinkFileBytes })
  const nowMs = unlocked.clock.nowMs()
  const { contentType, content } = documentOf(file, nowMs)
  const { link, served } = await createLink({
    baseUrl: `${origin}/shl`,
    files: [{ contentType, content, ...(contentType === 'application/fhir+json' ? { fhirVersion } : {}) }],
    direct: isDirect,
    longTerm: isLongTerm,
    ...(passcode === '' ? {} : { passcode }),
    ...(expMs === 0 ? {} : { expMs }),
    ...(label === '' ? {} : { label }),
    nowMs,
    random: unlocked.random,
  })
  try {
    const made = {
      ...{ id: served.id, text: formatLink(link), name: label === '' ? file.name : label },
      ...{ flag: served.flags, expMs: served.expMs ?? 0, madeMs: nowMs, body: bodyOf(served) },
      ...{ isStored: false, isEnding: false, endedMs: 0, missingMs: 0, why: '' },
    }
    signal.throwIfAborted()
    await unlocked.rows.write(linkRows(made))
    return made
  } finally {
    link.key.wipe()
  }
}

function bodyOf({ flags, expMs, passcode, maxWrongPasscodes, files }: ServedLink): Uint8Array {
  const listed = files.map(({ contentType, jwe, updatedMs, fhirVersion: fhir }) => ({
    content_type: contentType,
    jwe,
    updated_ms: updatedMs,
    fhir_version: fhir,
  }))
  const rules = { flags, exp_ms: expMs, passcode, max_wrong_passcodes: maxWrongPasscodes }
  return encodeUtf8(JSON.stringify({ v: 1, ...rules, files: listed }))
}

export async function ownLinks({ rows }: Unlocked): Promise<readonly OwnLink[]> {
  const found = await rows.readOnce(linkPrefix, new Map(), decodeLink)
  return found.toSorted((a, b) => b.madeMs - a.madeMs)
}

export async function ownLink({ rows }: Unlocked, id: string): Promise<OwnLink | null> {
  const bytes = await rows.get(linkKeyOf(id))
  return bytes === null ? null : decodeLink(linkKeyOf(id), bytes)
}

/** A person ends a link: its text is gone here at once, and nobody gets anything more once the clinic knows. */
export async function endLink(unlocked: Unlocked, id: string): Promise<void> {
  await changeLink(unlocked, id, link => ({ ...link, text: '', isEnding: true, why: '' }))
}

function changeLink(unlocked: Unlocked, id: string, change: (link: OwnLink) => OwnLink): Promise<void> {
  return unlocked.locks(`chartseal/${linkKeyOf(id)}`, async () => {
    const link = await ownLink(unlocked, id)
    if (link !== null) await unlocked.rows.write(linkRows(change(link)))
  })
}

export interface LinkSettling {
  readonly unlocked: Unlocked
  readonly requests: Pick<Requests, 'signed'>
}

/** What the clinic does not know yet of the links; `later` when it does not answer. */
export async function settleLinks(settling: LinkSettling): Promise<'done' | 'later'> {
  let left: 'done' | 'later' = 'done'
  for (const key of await settling.unlocked.rows.keys(dueLinkPrefix))
    if ((await settleLink(settling, key.slice(dueLinkPrefix.length))) === 'later') left = 'later'
  return left
}

export function settleLink(settling: LinkSettling, id: string): Promise<'done' | 'later'> {
  const { unlocked } = settling
  return unlocked.locks(`chartseal/settle/${id}`, async () => {
    try {
      const link = await ownLink(unlocked, id)
      if (link !== null && !link.isEnding && !link.isStored) await store(settling, link)
      const isDue = link?.isEnding === true && link.endedMs === 0
      return isDue ? await end(settling, link) : 'done'
    } catch (error) {
      if (isOffline(error) || (isRefused(error) && error.context.status >= 500)) return 'later'
      if (!(error instanceof ChartsealError) || error.code === 'console/locked') throw error
      await changeLink(unlocked, id, link => ({ ...link, why: refusalOf(error) ?? error.code }))
      return 'done'
    }
  })
}

async function store({ unlocked, requests }: LinkSettling, { id, body }: OwnLink): Promise<void> {
  const answer = jsonOf(await requests.signed('PUT', `/v1/links/${id}`, 'json', body, jsonType))
  if (answer.text('id') !== id) throw consoleError('console/bad-answer', { field: 'id' })
  await changeLink(unlocked, id, link => ({ ...link, isStored: true, body: new Uint8Array() }))
}

/** So long after a link was put, nothing between the page and the clinic holds it any more. */
const missingForMs = 60_000

/** One that the clinic does not have may be on its way there still: it has ended when the clinic says so once more, later. */
async function end(
  { unlocked, requests }: LinkSettling,
  { id, missingMs }: OwnLink,
): Promise<'done' | 'later'> {
  const isMissing = await requests.signed('DELETE', `/v1/links/${id}`, 'nothing').then(
    () => false,
    error => {
      if (refusalOf(error) !== 'link/missing') throw error
      return true
    },
  )
  const nowMs = unlocked.clock.nowMs()
  const isSet = missingMs > 0 && missingMs <= nowMs
  if (isMissing && (!isSet || nowMs - missingMs < missingForMs)) {
    await changeLink(unlocked, id, link => ({ ...link, missingMs: isSet ? missingMs : nowMs }))
    return 'later'
  }
  await changeLink(unlocked, id, link => ({
    ...link,
    isStored: true,
    body: new Uint8Array(),
    endedMs: nowMs,
    missingMs: 0,
  }))
  return 'done'
}

export interface LinkAccess {
  readonly position: number
  readonly atMs: number
  /** What the other side says of itself. */
  readonly recipient: string
  readonly kind: LinkAccessKind
}

/** What was given out: a manifest, a direct file, a file of a manifest; or nothing, for a wrong passcode. */
const accessKinds = ['manifest', 'direct', 'file', 'wrong-passcode'] as const
export type LinkAccessKind = (typeof accessKinds)[number]

/** Who used a link, the newest first: as the clinic says. @throws ChartsealError `console/offline`, `console/refused` */
export async function linkAccesses(
  { signed }: Pick<Requests, 'signed'>,
  id: string,
): Promise<readonly LinkAccess[]> {
  const all: LinkAccess[] = []
  for (let after = 0; ; ) {
    const path = `/v1/links/${id}/accesses?limit=200&after=${after}`
    const page = jsonOf(await signed('GET', path, 'json'))
    const found = page.objects('accesses').map(one => ({
      position: one.count('position'),
      atMs: one.count('at_ms'),
      recipient: one.text('recipient'),
      kind: kindOf(one.text('kind')),
    }))
    const last = found.at(-1)?.position ?? after
    if (found.some((one, i) => one.position <= (found[i - 1]?.position ?? after)))
      throw consoleError('console/bad-answer', { field: 'position' })
    all.push(...found)
    if (!page.boolean('more') || found.length === 0) return all.toReversed()
    after = last
  }
}

function kindOf(text: string): LinkAccessKind {
  const kind = accessKinds.find(known => known === text)
  if (kind === undefined) throw consoleError('console/bad-answer', { field: 'kind' })
  return kind
}
