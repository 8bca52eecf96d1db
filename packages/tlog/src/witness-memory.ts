/**
 * What a witness knows about its own store: whose it is, and how much of each log its key has cosigned. With a store
 * that has less, restored in whole or in part, the key could cosign a fork. Text: docs/spec/tlog.md, "Witness".
 */
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { parseCheckpoint, parseDecimal } from './checkpoint.js'
import { tlogError } from './errors.js'
import { parseCosignatureKey } from './keys.js'
import { openNote, parseNote } from './note.js'
import { createWitness, originHash, type Witness, type WitnessOptions, type WitnessStore } from './witness.js'

export interface OpenWitnessOptions extends WitnessOptions {
  /** A second place for how much was cosigned, where no backup of `store` is put back: an older store is noticed. */
  readonly beside?: WitnessStore
  /** Whether the key was made just now and has cosigned nothing: the store is made its memory. */
  readonly isNew?: boolean
  /** Checkpoints that this witness cosigned and that others kept, adopted before the store is judged. */
  readonly cosigned?: readonly string[]
}

/**
 * A witness whose store is checked: it was made with this key, and has all of each known log that the key cosigned. A
 * store that was restored together with `beside` cannot be told; `cosigned` makes up for it, see {@link Witness.adopt}.
 * @throws ChartsealError `tlog/witness-forgot` for a key without its store, a store of another key, or a new key with
 * the store of an old one; `tlog/witness-rolled-back` for a store that has less of a log than was cosigned; and as
 * {@link Witness.adopt} does
 */
export async function openWitness(options: OpenWitnessOptions): Promise<Witness> {
  const { store, beside, cosigned = [] } = options
  const memory = new Memory(options, beside === undefined ? [store] : [store, beside])
  await memory.load()
  const witness = createWitness({ ...options, store: memory })
  for (const note of cosigned) await witness.adopt(note)
  await memory.judge()
  return witness
}

/** The name of the value that says whose memory a store is; those of logs are 64 hexadecimal digits. */
const markerName = 'witness'
const [header, headerOfBefore] = ['chartseal/witness-store/v2', 'chartseal/witness-store/v1']

/** The store, and a marker in each place that never says less than the store has. */
class Memory implements WitnessStore {
  readonly #options: OpenWitnessOptions
  readonly #places: readonly WitnessStore[]
  /** How many leaves were cosigned, by the hash of the origin. */
  readonly #sizes = new Map<string, number>()
  /** Markers hold all logs, so they are written one after the other. */
  #marking: Promise<unknown> = Promise.resolve()

  constructor(options: OpenWitnessOptions, places: readonly WitnessStore[]) {
    this.#options = options
    this.#places = places
  }

  get(key: string): Promise<Uint8Array | null> {
    return this.#options.store.get(key)
  }

  /** The store first: whoever dies in between has a store that knows more than its markers, and nothing was answered. */
  async put(key: string, value: Uint8Array): Promise<void> {
    await this.#options.store.put(key, value)
    this.#raise(key, sizeIn(value))
    await this.#mark()
  }

  /** @throws ChartsealError `tlog/witness-forgot` */
  async load(): Promise<void> {
    const { isNew = false } = this.#options
    const found = await Promise.all(this.#places.map(place => place.get(markerName)))
    const markers = found.flatMap(bytes => (bytes === null ? [] : [this.#read(decodeUtf8(bytes))]))
    if (markers.length === 0 && !isNew && !(await this.#hasOwn())) throw this.#forgot()
    for (const sizes of markers) for (const [key, size] of sizes) this.#raise(key, size)
  }

  /** Takes what the store has, and refuses what it lacks. @throws ChartsealError `tlog/witness-rolled-back` */
  async judge(): Promise<void> {
    const { logs, signer } = this.#options
    for (const { name: origin } of logs) {
      const key = originHash(origin)
      const kept = await this.get(key)
      const have = kept === null ? 0 : sizeIn(kept)
      const size = this.#sizes.get(key) ?? 0
      if (have < size)
        throw tlogError('tlog/witness-rolled-back', { witness: signer.name, origin, have, size })
      if (kept !== null) this.#raise(key, have)
    }
    await this.#mark()
  }

  #raise(key: string, size: number): void {
    this.#sizes.set(key, Math.max(this.#sizes.get(key) ?? 0, size))
  }

  async #mark(): Promise<void> {
    const write = async (): Promise<void> => {
      const text = encodeUtf8(this.#text())
      for (const place of this.#places) await place.put(markerName, text)
    }
    this.#marking = this.#marking.then(write, write)
    await this.#marking
  }

  #text(): string {
    const logs = [...this.#sizes].sort().map(([key, size]) => `${key} ${size}`)
    return [header, this.#options.signer.verifierKey, ...logs].map(line => `${line}\n`).join('')
  }

  #read(text: string): ReadonlyMap<string, number> {
    const [first, key, ...lines] = text.slice(0, -1).split('\n')
    const isKnown = first === header || (first === headerOfBefore && lines.length === 0)
    if (!isKnown || key !== this.#options.signer.verifierKey) throw this.#forgot()
    return new Map(lines.map(line => this.#entry(line)))
  }

  #entry(line: string): readonly [key: string, size: number] {
    const [, key, digits] = /^([0-9a-f]{64}) (\d+)$/.exec(line) ?? []
    const size = parseDecimal(digits ?? '')
    if (key === undefined || size === null) throw this.#forgot()
    return [key, size]
  }

  /** Stores of before had no marker; one that has a cosignature by this key is its own. */
  async #hasOwn(): Promise<boolean> {
    const { signer, logs } = this.#options
    const verifier = parseCosignatureKey(signer.verifierKey)
    for (const { name } of logs) {
      const kept = await this.get(originHash(name))
      if (kept !== null && openNote(decodeUtf8(kept), [verifier]).verified.length > 0) return true
    }
    return false
  }

  #forgot(): Error {
    return tlogError('tlog/witness-forgot', { witness: this.#options.signer.name })
  }
}

function sizeIn(note: Uint8Array): number {
  return parseCheckpoint(parseNote(decodeUtf8(note)).text).size
}
