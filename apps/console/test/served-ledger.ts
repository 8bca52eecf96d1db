/** A ledger in memory that answers as docs/spec/clinic-api.md says. It stands between page and clinic. */
import { equal } from '@chartseal/core/bytes'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import {
  decodeRecord,
  encodeGenesis,
  ledgerIdOf,
  type MemberRole,
  makeBundle,
  memberOf,
} from '@chartseal/emr-ledger'
import { genesisOf, PaperLedger } from '../../../packages/clinic/test/prescription-world.js'

export interface PaperMember {
  readonly publicKey: Uint8Array
  readonly role: MemberRole
}

const ed25519 = ({ publicKey, role }: PaperMember) =>
  memberOf({ algorithm: 'Ed25519', publicKey, name: '', roles: [role] })

export class ServedLedger extends PaperLedger {
  readonly genesis: Uint8Array
  readonly id: Uint8Array
  /** Whether what comes is sealed at once. */
  seals = true
  /** Answers the next record with this problem. */
  refusal: { readonly status: number; readonly code: string } | null = null

  constructor(members: readonly PaperMember[], nowMs: number = Date.now()) {
    const genesis = genesisOf(members.map(ed25519), BigInt(Math.floor(nowMs / 1_000)))
    super(genesis, nowMs)
    this.genesis = encodeGenesis(genesis)
    this.id = ledgerIdOf(this.genesis)
  }

  /** For `between` of the fake clinic; `null` for what is not of the ledger. */
  answer = (request: Request): Response | Promise<Response> | null => {
    const { pathname, searchParams } = new URL(request.url)
    const [, , part, kind = '', name = '', what = ''] = pathname.split('/')
    if (part !== 'ledger') return null
    if (kind === '')
      return Response.json({ ledger: encodeBase64Url(this.id), genesis: encodeBase64Url(this.genesis) })
    if (kind === 'signers') return this.#signer(name)
    return what === 'proof' ? this.#proof(name, searchParams) : this.#put(request)
  }

  async #signer(kid: string): Promise<Response> {
    const next = Number(await this.nextSeq(decodeBase64Url(kid)))
    return Response.json({ ledger: encodeBase64Url(this.id), kid, next_seq: next })
  }

  async #put(request: Request): Promise<Response> {
    const bytes = new Uint8Array(await request.arrayBuffer())
    const { refusal } = this
    this.refusal = null
    if (refusal !== null) {
      this.arrived.push(bytes)
      return problem(refusal.status, refusal.code)
    }
    const { txid } = decodeRecord(bytes)
    const isKnown = [...this.pool, ...this.records.values()].some(one => equal(one.txid, txid))
    const taken = await this.submit(bytes)
    if (taken.kind === 'refused') return problem(409, taken.code)
    if (this.seals && this.pool.length > 0) await this.seal()
    return Response.json({ known: isKnown })
  }

  async #proof(name: string, query: URLSearchParams): Promise<Response> {
    const signer = query.get('signer')
    const bundle = await makeBundle(this.source(), {
      prescription: decodeBase64Url(name),
      signer: signer === null ? undefined : decodeBase64Url(signer),
      from: BigInt(query.get('from') ?? 0),
      roster: BigInt(query.get('roster') ?? 1),
    })
    return new Response(Uint8Array.from(bundle), { headers: { 'content-type': 'application/octet-stream' } })
  }
}

const problem = (status: number, code: string): Response =>
  Response.json(
    { type: `urn:chartseal:${code}`, status, code, title: code, next: 'next', request: '' },
    { status },
  )
