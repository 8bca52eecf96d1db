/** Blocks, packages and links of the fake clinic, as docs/spec/clinic-api.md says. */
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { grantListCid, parseGrantList } from '@chartseal/ipfs-envelope'
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

export class FakeRecords {
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
    const isMine = found?.by === kid || this.#readable(kid).has(cid)
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

  async grants(method: string, kid: string, id: string, which: string, body: Uint8Array, purpose: string) {
    const lists = this.packages.get(id) ?? []
    return method === 'PUT'
      ? this.#put(kid, id, Number(which), lists, new TextDecoder().decode(body))
      : this.#latest(kid, id, lists, purpose)
  }

  async #put(kid: string, id: string, seq: number, lists: Kept[], body: string): Promise<Response> {
    const { grants, readers } = JSON.parse(body)
    const bytes = decodeBase64Url(grants)
    const list = parseGrantList(bytes)
    const newest = lists.at(-1)
    const kids = (readers ?? []).map((one: ReaderOf) => one.kid)
    if (new Set(kids).size < kids.length) return this.#problem(400, 'request/invalid')
    if (thumbprintOf(list.owner) !== kid) return this.#problem(403, 'signature/not-allowed')
    if (newest !== undefined && newest.owner !== kid) return this.#problem(403, 'package/owner')
    const isAgain = newest?.seq === seq && newest.body === body
    if (!isAgain) {
      if (Number(list.seq) !== seq || encodeBase64Url(list.packageId) !== id)
        return this.#problem(400, 'request/invalid')
      if (seq !== (newest?.seq ?? 0) + 1) return this.#problem(409, 'package/gap')
      const before = newest === undefined ? null : grantListCid(newest.list)
      if (list.previousCid !== before) return this.#problem(409, 'package/conflict')
      const isNew = newest === undefined || parseGrantList(newest.list).payloadCid !== list.payloadCid
      if (isNew && !this.#isWhole(list.payloadCid)) return this.#problem(404, 'package/payload')
      await this.#record('grants-published', kid, { ids: [id, `${seq}`, list.payloadCid] }, [kid])
      this.packages.set(id, [...lists, { owner: kid, seq, body, list: bytes, readers }])
    }
    return Response.json({ seq, cid: grantListCid(bytes), stored_ms: 1 })
  }

  #isWhole(cid: string): boolean {
    const found = this.blocks.get(cid)
    if (found === undefined || this.deleted.has(cid)) return false
    return blockLinks(cid, found.bytes).every(one => this.#isWhole(one))
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
