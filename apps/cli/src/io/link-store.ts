/** The store of `chartseal shl serve`: a folder of links, and in its `state` what happens to them. One process at a time. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import {
  attempt,
  type FileKeyValue,
  type FileLog,
  openKeyValue,
  openLog,
  readLog,
} from '@chartseal/core/files'
import { JsonObject } from '@chartseal/core/json'
import type { FileTicket, LinkAccess, ShlStore } from '@chartseal/ipfs-envelope/shl'
import { readLink, readLinkFile } from './link-folder.js'

/** Both are the folder's only writer until it is closed. */
export interface LinkStore extends ShlStore {
  close(): Promise<void>
}

const logKind = 'shl/accesses'
const logPath = (root: string): string => join(root, 'state', 'accesses')
/** A ticket is for minutes: more than that at once are somebody's who wants to fill the memory. */
const mostTickets = 10_000

/** @throws ChartsealError `files/…`, of which `files/locked` says that another process serves the folder */
export async function openLinkStore(root: string, nowMs: () => number): Promise<LinkStore> {
  const counts = join(root, 'state', 'wrong-passcodes')
  await attempt('make', () => mkdir(counts, { recursive: true, mode: 0o700 }), counts)
  const values = await openKeyValue(counts)
  try {
    return new FolderStore(root, values, await openLog(logPath(root), { kind: logKind }), nowMs)
  } catch (error) {
    await values.close()
    throw error
  }
}

class FolderStore implements LinkStore {
  readonly #root: string
  readonly #counts: FileKeyValue
  readonly #log: FileLog
  readonly #nowMs: () => number
  /** In memory: after a restart a client asks for the manifest again, as HL7 says that it must be able to. */
  readonly #tickets = new Map<string, FileTicket>()
  #counting: Promise<unknown> = Promise.resolve()

  constructor(root: string, counts: FileKeyValue, log: FileLog, nowMs: () => number) {
    this.#root = root
    this.#counts = counts
    this.#log = log
    this.#nowMs = nowMs
  }

  async link(id: string) {
    const link = await readLink(this.#root, id)
    return link && { ...link, endedMs: null, wrongPasscodes: await this.#countOf(id) }
  }

  file(linkId: string, index: number): Promise<string | null> {
    return readLinkFile(this.#root, linkId, index)
  }

  /** One after the other: what is seen is what is replaced. */
  countWrongPasscode(linkId: string, seen: number, next: number): Promise<boolean> {
    const counted = this.#counting.then(async () => {
      if ((await this.#countOf(linkId)) !== seen || (await readLink(this.#root, linkId)) === null)
        return false
      if (next !== seen) await this.#counts.put(linkId, encodeUtf8(JSON.stringify({ wrong_passcodes: next })))
      return true
    })
    this.#counting = counted.catch(() => undefined)
    return counted
  }

  async #countOf(id: string): Promise<number> {
    const bytes = await this.#counts.get(id)
    return bytes === null ? 0 : JsonObject.parse(decodeUtf8(bytes)).count('wrong_passcodes')
  }

  async putTicket(ticket: FileTicket): Promise<void> {
    for (const [name, { untilMs }] of this.#tickets) if (untilMs <= this.#nowMs()) this.#tickets.delete(name)
    const [oldest] = this.#tickets.keys()
    if (this.#tickets.size >= mostTickets && oldest !== undefined) this.#tickets.delete(oldest)
    this.#tickets.set(ticket.ticket, ticket)
  }

  async takeTicket(linkId: string, name: string): Promise<FileTicket | null> {
    const ticket = this.#tickets.get(name)
    if (ticket?.linkId !== linkId) return null
    this.#tickets.delete(name)
    return ticket
  }

  async recordAccess(access: LinkAccess): Promise<void> {
    await this.#log.append(encodeUtf8(JSON.stringify(toJson(access))))
  }

  async close(): Promise<void> {
    await this.#log.close()
    await this.#counts.close()
  }
}

function toJson({ linkId, atMs, kind, recipient, file }: LinkAccess): object {
  return { v: 1, link: linkId, at_ms: atMs, kind, recipient, file }
}

/** Whoever asked, in order, also while a server runs; empty where none ever did. */
export async function readAccesses(root: string): Promise<readonly LinkAccess[]> {
  const log = await readLog(logPath(root), { kind: logKind })
  const accesses: LinkAccess[] = []
  try {
    for await (const record of log.read()) accesses.push(accessOf(JsonObject.parse(decodeUtf8(record))))
  } finally {
    await log.close()
  }
  return accesses
}

const kinds = ['manifest', 'direct', 'file', 'wrong-passcode'] as const

function accessOf(record: JsonObject): LinkAccess {
  const kind = kinds.find(known => known === record.raw('kind'))
  if (kind === undefined) throw new Error('internal: an access of no known kind')
  return {
    linkId: record.text('link'),
    atMs: record.count('at_ms'),
    kind,
    recipient: record.text('recipient'),
    file: record.has('file') ? record.count('file') : null,
  }
}
