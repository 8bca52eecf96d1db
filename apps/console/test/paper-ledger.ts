/** A ledger of one sequencer in memory, which answers as docs/spec/clinic-api.md says. It stands between page and clinic. */
import { equal } from '@chartseal/core/bytes'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeBase64Url, encodeBase64Url, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { inclusionProof, leafHash, treeRoot } from '@chartseal/core/merkle'
import {
  type BundleSource,
  decodeRecord,
  draftBlock,
  ed25519Signer,
  encodeGenesis,
  type Genesis,
  genesisBlock,
  genesisState,
  headerOf,
  type LedgerRecord,
  type LedgerState,
  ledgerIdOf,
  type MemberRole,
  makeBundle,
  memberOf,
  type ReadHeader,
  StateTree,
  sortedMembers,
  treeStep,
} from '@chartseal/emr-ledger'
import * as tlog from '@chartseal/tlog'

const origin = 'localhost:8471/ledger'
const logKey = new SigningKey(new Uint8Array(32).fill(9))
const registrar = ed25519Signer(new SigningKey(new Uint8Array(32).fill(4)))

export interface PaperMember {
  readonly publicKey: Uint8Array
  readonly role: MemberRole
}

const nowSeconds = (): bigint => BigInt(Math.floor(Date.now() / 1_000))

export class PaperLedger {
  readonly genesis: Uint8Array
  readonly id: Uint8Array
  /** Bytes of each record that came, however often. */
  readonly arrived: Uint8Array[] = []
  /** Whether what comes is sealed at once. */
  seals = true
  /** Answers the next record with this problem. */
  refusal: { readonly status: number; readonly code: string } | null = null
  readonly #headers: ReadHeader[]
  readonly #nodes = new Map<string, Uint8Array>()
  readonly #records = new Map<string, LedgerRecord>()
  #state: LedgerState
  #pool: LedgerRecord[] = []

  constructor(members: readonly PaperMember[]) {
    const of = (publicKey: Uint8Array, ...roles: readonly MemberRole[]) =>
      memberOf({ algorithm: 'Ed25519', publicKey, name: '', roles })
    const genesis: Genesis = {
      name: 'Valley',
      timestamp: nowSeconds() - 100n,
      roster: {
        number: 1n,
        quorum: 1,
        members: sortedMembers([
          ...members.map(({ publicKey, role }) => of(publicKey, role)),
          of(registrar.publicKey, 'registrar'),
        ]),
      },
      seal: { kind: 'tlog', origin, logKey: verifyingKeyOf(logKey), witnesses: [], quorum: 0 },
      legacy: null,
      salt: new Uint8Array(32).fill(5),
    }
    this.genesis = encodeGenesis(genesis)
    this.id = ledgerIdOf(this.genesis)
    this.#headers = [genesisBlock(genesis).header]
    this.#state = genesisState(genesis)
    this.#store(StateTree.empty(), this.#state.tree)
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
    const bytes = decodeBase64Url(kid)
    const waiting = this.#pool.filter(({ claims }) => equal(claims.signer, bytes)).length
    const next = Number(await this.#state.nextSeq(bytes)) + waiting
    return Response.json({ ledger: encodeBase64Url(this.id), kid, next_seq: next })
  }

  async #put(request: Request): Promise<Response> {
    const bytes = new Uint8Array(await request.arrayBuffer())
    this.arrived.push(bytes)
    const { refusal } = this
    this.refusal = null
    if (refusal !== null) return problem(refusal.status, refusal.code)
    const record = decodeRecord(bytes)
    const isKnown = [...this.#pool, ...this.#records.values()].some(({ txid }) => equal(txid, record.txid))
    const draft = isKnown ? null : await this.#draft([...this.#pool, record])
    const refused = draft?.refused.find(one => equal(one.record.txid, record.txid))
    if (refused !== undefined) return problem(409, refused.error.code)
    if (!isKnown) this.#pool.push(record)
    if (this.seals) await this.seal()
    return Response.json({ known: isKnown })
  }

  #draft(pool: readonly LedgerRecord[]) {
    const last = this.#headers.at(-1)?.timestamp ?? 0n
    const timestamp = nowSeconds() > last ? nowSeconds() : last + 1n
    return draftBlock({
      state: this.#state,
      parents: this.#headers.slice(-11).toReversed(),
      timestamp,
      seal: { timestamp, difficulty: 1n, sealer: registrar.kid, extra: new Uint8Array(40) },
      pool,
    })
  }

  /** A block of all that waits. */
  async seal(): Promise<void> {
    if (this.#pool.length === 0) return
    const draft = await this.#draft(this.#pool)
    this.#store(this.#state.tree, draft.state.tree)
    this.#state = draft.state
    this.#headers.push(headerOf(draft.header))
    for (const record of draft.records) this.#records.set(encodeHex(record.txid), record)
    this.#pool = []
  }

  #store(before: StateTree, after: StateTree): void {
    for (const { hash, bytes } of treeStep(before, after).added) this.#nodes.set(encodeHex(hash), bytes)
  }

  async #proof(name: string, query: URLSearchParams): Promise<Response> {
    const signer = query.get('signer')
    const bundle = await makeBundle(this.#source(), {
      prescription: decodeBase64Url(name),
      signer: signer === null ? undefined : decodeBase64Url(signer),
      from: BigInt(query.get('from') ?? 0),
      roster: BigInt(query.get('roster') ?? 1),
    })
    return new Response(Uint8Array.from(bundle), { headers: { 'content-type': 'application/octet-stream' } })
  }

  #source(): BundleSource {
    const leaves = this.#headers.map(({ bytes }) => leafHash(bytes))
    const [index, header] = [leaves.length - 1, this.#headers.at(-1)]
    if (header === undefined) throw new Error('there is no block')
    const text = tlog.formatCheckpoint({
      origin,
      size: leaves.length,
      root: treeRoot(leaves),
      extensions: [],
    })
    const checkpoint = tlog.signNote(text, [tlog.ed25519Signer(origin, logKey)])
    const proof = { extra: header.bytes, index, hashes: inclusionProof(leaves, index), checkpoint }
    const evidence = index === 0 ? new Uint8Array(0) : encodeUtf8(tlog.formatProof(proof))
    return {
      head: { header, evidence },
      nodes: { node: async hash => this.#nodes.get(encodeHex(hash)) ?? null },
      trail: [],
      record: async txid => this.#records.get(encodeHex(txid)) ?? null,
    }
  }
}

const problem = (status: number, code: string): Response =>
  Response.json(
    { type: `urn:chartseal:${code}`, status, code, title: code, next: 'next', request: '' },
    { status },
  )
