/** The screen of the ledger: the chain as it grows, what waits, and one block or record of it. */
import { type Desk, proofAbout } from '@chartseal/clinic/prescriptions'
import { equal } from '@chartseal/core/bytes'
import { encodeBase64Url } from '@chartseal/core/encoding'
import {
  type CheckedBundle,
  findMember,
  type LedgerRecord,
  type Offence,
  type ReadHeader,
} from '@chartseal/emr-ledger'
import { type Signal, signal } from '@preact/signals'
import { consoleError } from '../errors.js'
import type { ExplorerApi, LedgerAbout, RecordPlaceThere } from '../explorer/api.js'
import { askFrom, type Chain, followChain, type Reorganised, shownBlocks } from '../explorer/chain.js'
import { type CheckedBlock, type CheckedRecord, checkedBlock, checkedRecord } from '../explorer/facts.js'
import { createTask, type Task } from './task.js'

/** What is proven to be final, and by which check. */
export interface ProvenHead {
  readonly head: ReadHeader
  readonly finality: CheckedBundle['finality']
  /** Seconds. */
  readonly asOf: bigint
}

export interface SeenReorganisation extends Reorganised {
  readonly atMs: number
  /** A block is gone that was proven to be final: nobody may do that. */
  readonly breaksFinality: boolean
}

/** Proven here: a sealer signed two of what only one may be. */
export interface SeenOffence {
  readonly offence: Offence
  /** As the roster that is known here calls them; `null` where it does not have them: then it may be anybody's key. */
  readonly name: string | null
}

/** What is looked at: one block, or a record with what the ledger proves of its prescription. */
export type Found =
  | { readonly kind: 'block'; readonly checked: CheckedBlock }
  | {
      readonly kind: 'record'
      readonly place: Exclude<RecordPlaceThere, { kind: 'refused' }>
      readonly checked: CheckedRecord
      /** Whether the block that has it stands in the chain that is shown or that the clinic gave, and has it. */
      readonly isInBlock: boolean
      /** Of its prescription; `null`: no answer. */
      readonly proof: CheckedBundle | null
    }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'nothing' }

export interface ExplorerOptions {
  readonly api: ExplorerApi
  readonly desk: Pick<Desk, 'way' | 'shelf' | 'world' | 'depth'>
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly isSeen: () => boolean
  /** Ends when the device locks. */
  readonly signal: AbortSignal
}

const lookMs = 2_000
/** Blocks that are asked for at once. */
const headersAtOnce = 500
/** No record has this id: a proof that it is not there proves the head as well as any other. */
const nobody = new Uint8Array(32)

export class ExplorerScreen {
  readonly about: Signal<LedgerAbout | null> = signal<LedgerAbout | null>(null)
  /** From old to new. */
  readonly chain: Signal<Chain> = signal<Chain>([])
  readonly proven: Signal<ProvenHead | null> = signal<ProvenHead | null>(null)
  readonly pending: Signal<readonly LedgerRecord[]> = signal<readonly LedgerRecord[]>([])
  readonly offences: Signal<readonly SeenOffence[]> = signal<readonly SeenOffence[]>([])
  /** Since this screen was opened, the newest first. */
  readonly reorganised: Signal<readonly SeenReorganisation[]> = signal<readonly SeenReorganisation[]>([])
  readonly found: Signal<Found | null> = signal<Found | null>(null)
  /** Of what is asked for again and again. */
  readonly live: Task
  /** Of one block or record. */
  readonly finding: Task
  readonly #options: ExplorerOptions
  readonly #left = new AbortController()
  readonly #over: AbortSignal
  /** How many the clinic had when they were read. */
  #offencesTold = 0

  constructor(options: ExplorerOptions) {
    this.#options = options
    this.#over = AbortSignal.any([options.signal, this.#left.signal])
    this.live = createTask(options)
    this.finding = createTask(options)
  }

  /** Looks again and again while somebody sees it, until it is left. */
  async follow(): Promise<void> {
    while (!this.#over.aborted) {
      if (this.#options.isSeen()) await this.look()
      await this.#options.wait(lookMs, this.#over)
    }
  }

  /** Once. What failed stays on the screen until it goes well. */
  async look(): Promise<void> {
    await this.live.run(async () => {
      const { api, desk } = this.#options
      const about = await api.about()
      const { ledger } = desk.shelf.book().anchor
      if (!equal(about.ledger, ledger)) throw consoleError('console/bad-answer', { field: 'ledger' })
      this.about.value = about
      this.pending.value = await api.pending()
      const known = this.chain.value.at(-1)
      if (known === undefined || !equal(known.id, about.tip.id)) await this.#grow(about, ledger)
      if (about.offences !== this.#offencesTold) await this.#readOffences(about)
      if (!this.#isProven()) await this.#prove()
    })
  }

  leave(): void {
    this.#left.abort()
  }

  /** A block by its height, or a record by its id. */
  async find(what: string): Promise<void> {
    this.found.value = null
    await this.finding.queue(async () => {
      const found = /^\d{1,15}$/.test(what)
        ? await this.#block(Number(what))
        : await this.#record(what.trim())
      if (!this.#over.aborted) this.found.value = found
    })
  }

  async #grow({ tip }: LedgerAbout, ledger: Uint8Array): Promise<void> {
    const known = this.chain.value.length === 0 ? null : this.chain.value
    const got = await this.#options.api.headers(askFrom(known, tip.height), headersAtOnce)
    const { chain, reorganised } = followChain(known, got, ledger)
    this.chain.value = chain
    if (reorganised === null) return
    const seen = { ...reorganised, atMs: this.#nowMs, breaksFinality: this.#breaks(reorganised) }
    this.reorganised.value = [seen, ...this.reorganised.value].slice(0, shownBlocks)
  }

  /** @throws ChartsealError `console/bad-answer` for a proof that proves nothing, or nothing of this ledger */
  async #readOffences({ offences: told }: LedgerAbout): Promise<void> {
    const { api, desk } = this.#options
    const { ledger, roster } = desk.shelf.book().anchor
    const found = await api.offences()
    if (found.some(offence => !equal(offence.ledger, ledger)))
      throw consoleError('console/bad-answer', { field: 'offences' })
    this.offences.value = found.map(offence => ({
      offence,
      name: findMember(roster, offence.sealer.kid)?.name ?? null,
    }))
    this.#offencesTold = told
  }

  /** Whether a block that was proven to be final is among those that are gone. */
  #breaks({ from, depth, isDeeper }: Reorganised): boolean {
    const { value: proven } = this.proven
    if (proven === null || proven.finality.kind !== 'final') return false
    return isDeeper || proven.head.height > from.height - BigInt(depth)
  }

  #isProven(): boolean {
    const tip = this.chain.value.at(-1)
    return tip !== undefined && this.proven.value !== null && equal(tip.id, this.proven.value.head.id)
  }

  /** @throws ChartsealError as `checkBundle` */
  async #prove(): Promise<void> {
    const checked = await proofAbout(this.#options.desk, nobody)
    if (checked === null) return
    const { head, finality, asOf } = checked
    this.proven.value = { head, finality, asOf }
  }

  async #block(height: number): Promise<Found> {
    const checked = await this.#at(height)
    return checked === null ? { kind: 'nothing' } : { kind: 'block', checked }
  }

  /** One that is shown beside the chain is of the chain; the clinic may have moved on since it was looked at. */
  async #at(height: number): Promise<CheckedBlock | null> {
    const { api, desk } = this.#options
    const block = await api.block(height)
    if (block === null) return null
    const { header } = block
    if (this.#isAnother(header)) await this.look()
    const { anchor } = desk.shelf.book()
    const isOfLedger = equal(header.ledger, anchor.ledger) && header.height === BigInt(height)
    if (!isOfLedger || this.#isAnother(header)) throw consoleError('console/bad-answer', { field: 'block' })
    return checkedBlock(block, anchor.roster)
  }

  #isAnother({ height, id }: ReadHeader): boolean {
    return this.chain.value.some(one => one.height === height && !equal(one.id, id))
  }

  async #record(txid: string): Promise<Found> {
    if (!/^[\w-]{43}$/.test(txid)) return { kind: 'nothing' }
    const { api, desk } = this.#options
    const place = await api.record(txid)
    if (place === null) return { kind: 'nothing' }
    if (place.kind === 'refused') return place
    const { record } = place
    if (encodeBase64Url(record.txid) !== txid) throw consoleError('console/bad-answer', { field: 'record' })
    const about = prescriptionOf(record)
    const proof = about === null ? null : await proofAbout(desk, about)
    const block = place.kind === 'sealed' ? await this.#at(place.height) : null
    const checked = checkedRecord(record, desk.shelf.book().anchor.roster)
    const isInBlock = block !== null && holds(block, record)
    return { kind: 'record', place, checked, isInBlock, proof }
  }

  get #nowMs(): number {
    return this.#options.desk.world.clock.nowMs()
  }
}

/** The prescription that a record is about; `null` for a roster. */
export function prescriptionOf({ claims, txid }: LedgerRecord): Uint8Array | null {
  if (claims.kind === 'roster') return null
  return claims.kind === 'prescribe' || claims.kind === 'replace' ? txid : claims.prescription
}

const holds = ({ block, hasItsRecords }: CheckedBlock, { wtxid }: LedgerRecord): boolean =>
  hasItsRecords && block.records.some(one => equal(one.wtxid, wtxid))

/** Whether a header is the proven head, or below it in the same chain. */
export function isFinalIn(chain: Chain, proven: ProvenHead | null, header: ReadHeader): boolean {
  if (proven === null || proven.finality.kind !== 'final' || header.height > proven.head.height) return false
  return chain.some(one => equal(one.id, proven.head.id))
}
