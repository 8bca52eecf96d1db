/** A {@link LedgerIndex} in memory, for browsers, tests and demonstrations: gone with the process. */
import { encodeHex } from '@chartseal/core/encoding'
import type { IndexChange, IndexedBlock, IndexHead, LedgerIndex, Note, RecordPlace } from '../v2/ports.js'

export function memoryIndex(): LedgerIndex {
  return new MemoryIndex()
}

const copy = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes)

class MemoryIndex implements LedgerIndex {
  readonly #nodes = new Map<string, Uint8Array>()
  readonly #blocks = new Map<string, IndexedBlock>()
  readonly #heights = new Map<bigint, IndexedBlock[]>()
  readonly #records = new Map<string, RecordPlace[]>()
  readonly #notes = new Map<string, Uint8Array>()
  #followed: string[] = []
  #tip: Uint8Array | null = null
  #final: Uint8Array | null = null
  #entries = 0

  async write(change: IndexChange): Promise<void> {
    for (const hash of change.dropped ?? []) this.#nodes.delete(encodeHex(hash))
    for (const { hash, bytes } of change.nodes ?? []) this.#putNode(encodeHex(hash), bytes)
    for (const block of change.blocks ?? []) this.#putBlock(block)
    for (const { txid, ...place } of change.records ?? []) this.#putRecord(encodeHex(txid), place)
    for (const { name, value } of change.notes ?? []) this.#putNote(name, value)
    if (change.followed !== undefined) {
      const { from, ids } = change.followed
      this.#followed = [...this.#followed.slice(0, Number(from)), ...ids.map(encodeHex)]
    }
    if (change.tip !== undefined) this.#tip = copy(change.tip)
    if (change.final !== undefined) this.#final = copy(change.final)
    if (change.entries !== undefined) this.#entries = change.entries
  }

  async node(hash: Uint8Array): Promise<Uint8Array | null> {
    const bytes = this.#nodes.get(encodeHex(hash))
    return bytes === undefined ? null : copy(bytes)
  }

  async nodes(hashes: readonly Uint8Array[]): Promise<readonly (Uint8Array | null)[]> {
    return Promise.all(hashes.map(hash => this.node(hash)))
  }

  async block(id: Uint8Array): Promise<IndexedBlock | null> {
    return this.#blocks.get(encodeHex(id)) ?? null
  }

  async blocksFrom(height: bigint, limit: number): Promise<readonly IndexedBlock[]> {
    const heights = [...this.#heights.keys()].filter(one => one >= height).sort((a, b) => (a < b ? -1 : 1))
    return heights.flatMap(one => this.#heights.get(one) ?? []).slice(0, limit)
  }

  async followed(height: bigint, limit: number): Promise<readonly IndexedBlock[]> {
    const ids = this.#followed.slice(Number(height), Number(height) + limit)
    return ids.flatMap(id => this.#blocks.get(id) ?? [])
  }

  async record(txid: Uint8Array): Promise<readonly RecordPlace[]> {
    return (this.#records.get(encodeHex(txid)) ?? []).map(({ block, place }) => ({
      block: copy(block),
      place,
    }))
  }

  async note(name: string): Promise<Uint8Array | null> {
    const value = this.#notes.get(name)
    return value === undefined ? null : copy(value)
  }

  async notes(prefix: string): Promise<readonly Note[]> {
    const names = [...this.#notes.keys()].filter(name => name.startsWith(prefix)).sort()
    return names.map(name => ({ name, value: copy(this.#notes.get(name) ?? new Uint8Array()) }))
  }

  async head(): Promise<IndexHead | null> {
    if (this.#tip === null || this.#final === null) return null
    return { tip: copy(this.#tip), final: copy(this.#final), entries: this.#entries }
  }

  async clear(): Promise<void> {
    for (const map of [this.#nodes, this.#blocks, this.#heights, this.#records]) map.clear()
    this.#followed = []
    this.#tip = null
    this.#final = null
    this.#entries = 0
  }

  #putNode(hash: string, bytes: Uint8Array): void {
    if (!this.#nodes.has(hash)) this.#nodes.set(hash, copy(bytes))
  }

  #putBlock(block: IndexedBlock): void {
    const id = encodeHex(block.id)
    if (this.#blocks.has(id)) return
    const own = { ...block, id: copy(block.id) }
    this.#blocks.set(id, own)
    const beside = [...(this.#heights.get(block.header.height) ?? []), own]
    this.#heights.set(
      block.header.height,
      beside.sort((a, b) => a.entry - b.entry),
    )
  }

  #putRecord(txid: string, place: RecordPlace): void {
    const places = this.#records.get(txid) ?? []
    const block = encodeHex(place.block)
    if (places.some(one => one.place === place.place && encodeHex(one.block) === block)) return
    this.#records.set(txid, [...places, { block: copy(place.block), place: place.place }])
  }

  #putNote(name: string, value: Uint8Array | null): void {
    if (value === null) this.#notes.delete(name)
    else this.#notes.set(name, copy(value))
  }
}
