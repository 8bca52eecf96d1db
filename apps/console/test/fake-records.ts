/** Blocks, packages and links of the fake clinic, as docs/spec/clinic-api.md says. */
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { type GrantList, grantListCid, parseGrantList } from '@chartseal/ipfs-envelope'
import { blockLinks, isBlock } from '@chartseal/ipfs-envelope/unixfs'

interface Block {
  readonly by: string
  readonly bytes: Uint8Array
}

interface ReaderOf {
  readonly kid: string
  readonly until_ms: number | null
  readonly purposes: readonly string[]
}

interface Kept {
  readonly owner: string
  readonly seq: number
  readonly body: string
  readonly list: Uint8Array
  readonly readers: readonly ReaderOf[] | null
}

export interface KeptLink {
  readonly by: string
  readonly body: string
  endedMs: number | null
  readonly accesses: {
    position: number
    at_ms: number
    recipient: string
    kind: string
    file: null
    index: number
  }[]
}

export type Recorded = (
  act: 'grants-published' | 'grants-given',
  by: string,
  more: { readonly ids: readonly string[]; readonly device?: string; readonly purpose?: string },
  parties: readonly string[],
) => Promise<void>

type Problem = (status: number, code: string) => Response

const bytesType = { 'content-type': 'application/octet-stream' }

/** A payload has one version, and versions have no gap. */
function follows(newest: Kept | undefined, { previousCid, version, payloadCid }: GrantList): boolean {
  if (newest === undefined) return previousCid === null
  const before = parseGrantList(newest.list)
  if (previousCid !== grantListCid(newest.list)) return false
  return version === before.version + (payloadCid === before.payloadCid ? 0 : 1)
}

export class FakeRecords {
  /** Devices for which a request of break-glass is open. */
  readonly inEmergency = new Set<string>()
  readonly blocks = new Map<string, Block>()
  readonly deleted = new Set<string>()
  readonly packages = new Map<string, Kept[]>()
  readonly links = new Map<string, KeptLink>()
  /** Requests for blocks, in their order: `PUT bafk…`. */
  readonly asked: string[] = []
  /** Which list it gives in place of the newest one, as a lying clinic might; `null` gives the newest. */
  gives: Uint8Array | null = null
  /** What it gives in place of each block. */
  givesBlock: Uint8Array | null = null
  /** Packages of which it was restored: their owner's next list need not follow. */
  readonly #jumps = new Set<string>()
  readonly #problem: Problem
  readonly #record: Recorded

  constructor(problem: Problem, record: Recorded) {
    this.#problem = problem
    this.#record = record
  }

  async blob(method: string, kid: string, cid: string, body: Uint8Array): Promise<Response> {
    this.asked.push(`${method} ${cid}`)
    if (this.deleted.has(cid)) return this.#problem(410, 'blob/deleted')
    if (method === 'PUT') {
      if (!(await isBlock(cid, body))) return this.#problem(400, 'blob/mismatch')
      this.blocks.set(cid, { by: kid, bytes: body })
      return Response.json({ size_bytes: body.length, stored_ms: 1 })
    }
    const found = this.blocks.get(cid)
    const isMine = found?.by === kid || this.inEmergency.has(kid) || this.#readable(kid).has(cid)
    if (found === undefined || !isMine) return this.#problem(404, 'blob/missing')
    if (method === 'DELETE') {
      for (const one of this.#below(cid)) this.deleted.add(one)
      return new Response(null, { status: 204 })
    }
    const headers = { ...bytesType, etag: `"${cid}"` }
    if (method === 'HEAD') return new Response(null, { headers })
    return new Response(Uint8Array.from(this.givesBlock ?? found.bytes), { headers })
  }

  #below(cid: string): readonly string[] {
    const found = this.blocks.get(cid)
    if (found === undefined) return []
    return [cid, ...blockLinks(cid, found.bytes).flatMap(one => this.#below(one))]
  }

  #readable(kid: string): ReadonlySet<string> {
    const all = [...this.packages.values()].flatMap(lists => {
      const newest = lists.at(-1)
      const reads = newest?.owner === kid || newest?.readers?.some(one => one.kid === kid) === true
      return newest !== undefined && reads ? this.#below(parseGrantList(newest.list).payloadCid) : []
    })
    return new Set(all)
  }

  /** What a restore of a backup does: older lists, for nobody, and payloads that were deleted since are there again. */
  setBack(id: string, seq: number): void {
    const lists = (this.packages.get(id) ?? []).slice(0, seq)
    this.packages.set(
      id,
      lists.map(one => ({ ...one, readers: [] })),
    )
    this.deleted.clear()
    if (lists.length === 0) this.packages.delete(id)
    else this.#jumps.add(id)
  }

  /** What it has of a package, for its owner. */
  about(kid: string, id: string): Response {
    const newest = this.packages.get(id)?.at(-1)
    if (newest?.owner !== kid) return this.#problem(404, 'package/missing')
    const { payloadCid: payload, version } = parseGrantList(newest.list)
    const { owner, seq, readers } = newest
    const policy = { until_ms: null, purposes: null }
    const cid = grantListCid(newest.list)
    return Response.json({ id, owner, seq, cid, version, updated_ms: 1, ...policy, payload, readers })
  }

  async grants(method: string, kid: string, id: string, which: string, body: Uint8Array, purpose: string) {
    const lists = this.packages.get(id) ?? []
    return method === 'PUT'
      ? this.#put(kid, id, Number(which), lists, new TextDecoder().decode(body))
      : this.#latest(kid, id, lists, purpose)
  }

  async #put(kid: string, id: string, seq: number, lists: Kept[], body: string): Promise<Response> {
    const { grants, readers }: { grants: string; readers: readonly ReaderOf[] } = JSON.parse(body)
    const bytes = decodeBase64Url(grants)
    const list = parseGrantList(bytes)
    const newest = lists.at(-1)
    if (thumbprintOf(list.owner) !== kid) return this.#problem(403, 'signature/not-allowed')
    if (newest !== undefined && newest.owner !== kid) return this.#problem(403, 'package/owner')
    const same = lists.find(one => one.seq === seq)
    const isAgain = same?.body === body
    if (!isAgain) {
      if (Number(list.seq) !== seq || encodeBase64Url(list.packageId) !== id)
        return this.#problem(400, 'request/invalid')
      const kids = readers.map(one => one.kid)
      if (new Set([kid, ...kids]).size !== kids.length + 1) return this.#problem(400, 'request/invalid')
      if (seq <= (newest?.seq ?? 0)) return this.#problem(409, 'package/conflict')
      if (!this.#jumps.has(id)) {
        if (seq !== (newest?.seq ?? 0) + 1) return this.#problem(409, 'package/gap')
        if (!follows(newest, list)) return this.#problem(409, 'package/conflict')
      }
      const isNew = newest === undefined || parseGrantList(newest.list).payloadCid !== list.payloadCid
      if (isNew && !this.#isWhole(kid, list.payloadCid)) return this.#problem(404, 'package/payload')
      await this.#record('grants-published', kid, { ids: [id, `${seq}`, list.payloadCid] }, [kid])
      this.#jumps.delete(id)
      this.packages.set(id, [...lists, { owner: kid, seq, body, list: bytes, readers }])
    }
    return Response.json({ seq, cid: grantListCid(bytes), stored_ms: 1 })
  }

  #isWhole(kid: string, cid: string): boolean {
    const found = this.blocks.get(cid)
    if (found?.by !== kid || this.deleted.has(cid)) return false
    return blockLinks(cid, found.bytes).every(one => this.#isWhole(kid, one))
  }

  async #latest(kid: string, id: string, lists: Kept[], purpose: string): Promise<Response> {
    const newest = lists.at(-1)
    const reader = newest?.readers?.find(one => one.kid === kid)
    if (newest === undefined || (newest.owner !== kid && reader === undefined))
      return this.#problem(404, 'package/missing')
    if (reader !== undefined && !reader.purposes.includes(purpose))
      return this.#problem(403, 'package/purpose')
    const more = { ids: [id, `${newest.seq}`], device: newest.owner, purpose }
    await this.#record('grants-given', kid, more, [kid, newest.owner])
    return new Response(Uint8Array.from(this.gives ?? newest.list), { headers: bytesType })
  }

  link(method: string, kid: string, id: string, about: string, body: Uint8Array): Response {
    const found = this.links.get(id)
    if (method === 'PUT') {
      const text = new TextDecoder().decode(body)
      if (found !== undefined && found.body !== text) return this.#problem(409, 'link/conflict')
      if (found === undefined) this.links.set(id, { by: kid, body: text, endedMs: null, accesses: [] })
      const counts = { wrong_passcodes: 0, max_wrong_passcodes: 10, opened: 0 }
      return Response.json({ id, flags: '', exp_ms: null, made_ms: 1, ended_ms: null, ...counts })
    }
    if (found === undefined || found.by !== kid) return this.#problem(404, 'link/missing')
    if (about === 'accesses') return Response.json({ accesses: found.accesses, more: false })
    found.endedMs ??= 1
    return new Response(null, { status: 204 })
  }
}
