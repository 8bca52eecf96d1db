/** A ledger of one sequencer in memory, and the devices of a doctor, two pharmacists and a patient. */
import {
  type Book,
  type Desk,
  decodeBook,
  encodeBook,
  type LedgerWay,
  type NewOrder,
  newBook,
  type Reader,
  type Shelf,
  type Submission,
} from '@chartseal/clinic/prescriptions'
import { equal } from '@chartseal/core/bytes'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { inclusionProof, leafHash, treeRoot } from '@chartseal/core/merkle'
import type { Clock } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import {
  type Anchor,
  anchorOf,
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
  type Member,
  type MemberRole,
  makeBundle,
  memberOf,
  type ReadHeader,
  type RecordSigner,
  StateTree,
  sortedMembers,
  treeStep,
} from '@chartseal/emr-ledger'
import * as tlog from '@chartseal/tlog'
import { clockAt } from './people.js'

export const startSeconds = 1_800_000_000n
const origin = 'ledger.example/prescriptions'
const logKey = new SigningKey(new Uint8Array(32).fill(9))

const signerOf = (seed: number): RecordSigner => ed25519Signer(new SigningKey(new Uint8Array(32).fill(seed)))
export const doctor: RecordSigner = signerOf(1)
export const pharmacist: RecordSigner = signerOf(2)
export const otherPharmacist: RecordSigner = signerOf(3)
const registrar = signerOf(4)

const memberFrom = ({ algorithm, publicKey }: RecordSigner, name: string, ...roles: readonly MemberRole[]) =>
  memberOf({ algorithm, publicKey, name, roles })

/** A ledger that began 100 seconds before `beginSeconds`, of these and of its registrar, who seals. */
export const genesisOf = (members: readonly Member[], beginSeconds: bigint): Genesis => ({
  name: 'Valley',
  timestamp: beginSeconds - 100n,
  roster: {
    number: 1n,
    quorum: 1,
    members: sortedMembers([...members, memberFrom(registrar, 'Board', 'registrar', 'sealer')]),
  },
  seal: { kind: 'tlog', origin, logKey: verifyingKeyOf(logKey), witnesses: [], quorum: 0 },
  legacy: null,
  salt: new Uint8Array(32).fill(5),
})

export const genesis: Genesis = genesisOf(
  [
    memberFrom(doctor, 'Dr. Vega', 'prescriber'),
    memberFrom(pharmacist, 'Pharmacy North', 'dispenser'),
    memberFrom(otherPharmacist, 'Pharmacy South', 'dispenser'),
  ],
  startSeconds,
)

export const firstAnchor: Anchor = anchorOf(encodeGenesis(genesis))

/** What befalls the next call. */
export type Fault = 'lost-request' | 'lost-answer' | null

export class PaperLedger {
  readonly clock: Clock & { set(ms: number): void }
  readonly #headers: ReadHeader[]
  readonly #nodes = new Map<string, Uint8Array>()
  readonly records = new Map<string, LedgerRecord>()
  #state: LedgerState
  pool: LedgerRecord[] = []
  /** Everything that arrived, however often. */
  readonly arrived: Uint8Array[] = []
  fault: Fault = null
  #turn: Promise<void> = Promise.resolve()

  constructor(first: Genesis = genesis, nowMs: number = Number(startSeconds) * 1_000) {
    this.clock = clockAt(nowMs)
    this.#headers = [genesisBlock(first).header]
    this.#state = genesisState(first)
    this.#store(StateTree.empty(), this.#state.tree)
  }

  #store(before: StateTree, after: StateTree): void {
    for (const { hash, bytes } of treeStep(before, after).added) this.#nodes.set(encodeHex(hash), bytes)
  }

  async #draft(pool: readonly LedgerRecord[]) {
    const timestamp = BigInt(Math.floor(this.clock.nowMs() / 1_000))
    return draftBlock({
      state: this.#state,
      parents: this.#headers.slice(-11).toReversed(),
      timestamp,
      seal: { timestamp, difficulty: 1n, sealer: registrar.kid, extra: new Uint8Array(40) },
      pool,
    })
  }

  /** One after the other, as a node takes them. */
  submit(bytes: Uint8Array): Promise<Submission> {
    const answer = this.#turn.then(() => this.#take(bytes))
    this.#turn = answer.then(
      () => undefined,
      () => undefined,
    )
    return answer
  }

  async #take(bytes: Uint8Array): Promise<Submission> {
    this.arrived.push(bytes)
    const record = decodeRecord(bytes)
    const known = [...this.pool, ...this.records.values()].some(({ txid }) => equal(txid, record.txid))
    if (known) return { kind: 'taken' }
    const { refused } = await this.#draft([...this.pool, record])
    const refusal = refused.find(one => equal(one.record.txid, record.txid))
    if (refusal !== undefined) return { kind: 'refused', code: refusal.error.code }
    this.pool.push(record)
    return { kind: 'taken' }
  }

  /** A block of all that waits. */
  async seal(): Promise<void> {
    const draft = await this.#draft(this.pool)
    this.#store(this.#state.tree, draft.state.tree)
    this.#state = draft.state
    this.#headers.push(headerOf(draft.header))
    for (const record of draft.records) this.records.set(encodeHex(record.txid), record)
    this.pool = []
  }

  get height(): number {
    return this.#headers.length - 1
  }

  source(height = this.height): BundleSource {
    const header = this.#headers[height]
    if (header === undefined) throw new RangeError('no such block')
    return {
      head: { header, evidence: height === 0 ? new Uint8Array(0) : this.#evidence(height) },
      nodes: { node: async hash => this.#nodes.get(encodeHex(hash)) ?? null },
      trail: [],
      record: async txid => this.records.get(encodeHex(txid)) ?? null,
    }
  }

  #evidence(height: number): Uint8Array {
    const leaves = this.#headers.map(({ bytes }) => leafHash(bytes))
    const size = leaves.length
    const root = treeRoot(leaves)
    const text = tlog.formatCheckpoint({ origin, size, root, extensions: [] })
    const checkpoint = tlog.signNote(text, [tlog.ed25519Signer(origin, logKey)])
    const hashes = inclusionProof(leaves, height)
    const extra = this.#headers[height]?.bytes ?? new Uint8Array(0)
    return encodeUtf8(tlog.formatProof({ extra, index: height, hashes, checkpoint }))
  }

  async nextSeq(kid: Uint8Array): Promise<bigint> {
    const waiting = this.pool.filter(({ claims }) => equal(claims.signer, kid)).length
    return (await this.#state.nextSeq(kid)) + BigInt(waiting)
  }

  /** What one call does under a fault: it may have happened, and nobody knows. */
  async #under<Result>(run: () => Promise<Result>): Promise<Result> {
    const { fault } = this
    this.fault = null
    if (fault === 'lost-request') throw new TypeError('fetch failed')
    const result = await run()
    if (fault === 'lost-answer') throw new TypeError('fetch failed')
    return result
  }

  way(): LedgerWay {
    const { ledger } = firstAnchor
    return {
      info: async kid => ({ ledger, nextSeq: await this.nextSeq(kid) }),
      submit: record => this.#under(() => this.submit(record)),
      proof: query => makeBundle(this.source(), query),
    }
  }
}

/** A shelf that keeps bytes, as a disk does. */
export class MemoryShelf implements Shelf {
  #book: Book
  /** Every book that was durable, in order. */
  readonly stored: Uint8Array[] = []
  fails = false

  constructor(book: Book = newBook(firstAnchor)) {
    this.#book = book
  }

  book(): Book {
    return this.#book
  }

  async change(step: (book: Book) => Book): Promise<Book> {
    const book = step(this.#book)
    if (this.fails) throw new Error('the disk is full')
    this.stored.push(encodeBook(book))
    this.#book = book
    return book
  }

  /** What a process finds that starts after this one died. */
  restarted(): MemoryShelf {
    const last = this.stored.at(-1)
    return last === undefined ? new MemoryShelf() : new MemoryShelf(decodeBook(last))
  }
}

export type TestDesk = Desk & { readonly shelf: MemoryShelf }

export function deskOf(
  ledger: PaperLedger,
  signer: RecordSigner,
  shelf: MemoryShelf = new MemoryShelf(),
): TestDesk {
  return { way: ledger.way(), shelf, signer, world: { clock: ledger.clock, random: systemRandom } }
}

export function readerOf(ledger: PaperLedger): Reader {
  return { way: ledger.way(), shelf: new MemoryShelf(), world: { clock: ledger.clock, random: systemRandom } }
}

export const order: NewOrder = {
  content: { medicine: 'Amoxicillin 500 mg', dosage: 'One capsule every 8 hours' },
  patientId: 'patient-17',
  quantity: 2,
  validUntil: startSeconds + 86_400n,
}
