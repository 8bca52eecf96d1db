/** Opens a log: what is durable becomes the tree again, and must be what was signed. */
import { equal } from '@chartseal/core/bytes'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { type Checkpoint, parseCheckpoint } from '../checkpoint.js'
import type { TreeHasher } from '../hashing.js'
import { parseVerifierKey } from '../keys.js'
import type { LeafCodec } from '../leaf-codec.js'
import { logError } from '../log-errors.js'
import { type NoteSigner, openNote } from '../note.js'
import { checkpointPath, type OpenStorage, signedPath } from '../storage.js'
import { bundlePath, splitFramed, tileWidth, unframed } from '../tiles.js'
import { IdIndex } from './id-index.js'
import type { LogEnd } from './options.js'
import type { Published } from './publisher.js'
import { TreeWriter } from './tree-writer.js'

export interface RecoveryParts<Request> {
  readonly storage: OpenStorage
  readonly codec: LeafCodec<Request>
  readonly hasher: TreeHasher
  readonly origin: string
  readonly signer: Pick<NoteSigner, 'verifierKey'>
  /** A checkpoint that was kept elsewhere. */
  readonly known: string | undefined
  /** An end that somebody remembers. */
  readonly contains: LogEnd | undefined
  readonly seed: number
}

export interface WriterState {
  readonly tree: TreeWriter
  readonly ids: IdIndex
  readonly published: Published
  /** The time of the last leaf that carries one; 0 where there is none. */
  readonly lastAtMs: number
  /** How many bundles and tiles had to be made again. */
  readonly rewrittenFiles: number
}

/** @throws ChartsealError `log/rollback`, `log/diverged`, `log/damaged`, `log/no-checkpoint`, … */
export async function recover<Request>(parts: RecoveryParts<Request>): Promise<WriterState> {
  const { storage, known, contains, seed } = parts
  const [published, signed] = [await readNote(storage, checkpointPath), await readNote(storage, signedPath)]
  const notes = [published, signed, known ?? null].filter(note => note !== null)
  const replay = new Replay(
    parts,
    [...notes.map(note => ownCheckpoint(parts, note)), ...(contains === undefined ? [] : [contains])],
    new IdIndex(seed),
  )
  const tree = await replay.run()
  if (published === null && tree.size > 0) throw logError('log/no-checkpoint', { durableSize: tree.size })
  const size = published === null ? -1 : ownCheckpoint(parts, published).size
  const rewrittenFiles = await tree.release()
  const last = tree.size === 0 ? null : await tree.leafAt(tree.size - 1)
  const lastAtMs = last === null ? 0 : (parts.codec.atOfLeaf?.(last) ?? 0)
  return { tree, lastAtMs, ids: replay.ids, published: { note: published ?? '', size }, rewrittenFiles }
}

async function readNote(storage: OpenStorage, path: string): Promise<string | null> {
  const bytes = await storage.read(path)
  return bytes === null ? null : decodeUtf8(bytes)
}

/** @throws ChartsealError `note/…` without the log's own signature, `checkpoint/…`, `log/foreign-checkpoint` */
function ownCheckpoint<Request>({ origin, signer }: RecoveryParts<Request>, note: string): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, [parseVerifierKey(signer.verifierKey)]).text)
  if (checkpoint.origin !== origin) throw logError('log/foreign-checkpoint', { origin })
  return checkpoint
}

/** Makes the tree from its leaves: those in full bundles, then those of the journal. */
class Replay<Request> {
  readonly ids: IdIndex
  readonly #parts: RecoveryParts<Request>
  readonly #signed: readonly LogEnd[]

  constructor(parts: RecoveryParts<Request>, signed: readonly LogEnd[], ids: IdIndex) {
    this.#parts = parts
    this.#signed = signed
    this.ids = ids
  }

  async run(): Promise<TreeWriter> {
    const { storage, hasher } = this.#parts
    const tree = new TreeWriter(storage, hasher)
    this.#checkAt(tree)
    await this.#readBundles(tree, storage.journalFrom)
    await this.#readJournal(tree)
    const signedSize = Math.max(0, ...this.#signed.map(({ size }) => size))
    if (signedSize > tree.size) throw logError('log/rollback', { signedSize, durableSize: tree.size })
    return tree
  }

  /** The last bundle may hold entries that the journal has, too. */
  async #readBundles(tree: TreeWriter, end: number): Promise<void> {
    let next = end > 0 ? this.#bundle(0) : null
    while (tree.size < end && next !== null) {
      const entries = await next
      const index = tree.size / tileWidth
      // The next one is read while this one is hashed.
      next = (index + 1) * tileWidth < end ? this.#bundle(index + 1) : null
      next?.catch(() => undefined)
      this.#add(tree, entries.slice(0, end - tree.size), true)
      await tree.written()
    }
  }

  async #bundle(index: number): Promise<readonly Uint8Array[]> {
    const path = bundlePath(index, tileWidth)
    const bytes = await this.#parts.storage.read(path)
    const entries = bytes === null ? null : splitFramed(bytes, tileWidth + 1)
    if (entries?.length !== tileWidth) throw logError('log/damaged', { path })
    return entries
  }

  async #readJournal(tree: TreeWriter): Promise<void> {
    for await (const { first, entries } of this.#parts.storage.batches()) {
      const split = splitFramed(entries, Number.POSITIVE_INFINITY)
      if (split === null || first !== tree.size)
        throw logError('log/damaged', { path: `journal, entry ${first}` })
      this.#add(tree, split)
      await tree.written()
    }
  }

  /** Adds entries, and stops at every size that was signed. */
  #add(tree: TreeWriter, entries: readonly Uint8Array[], isStored = false): void {
    const first = tree.size
    const ends = this.#signed.map(({ size }) => size - first).filter(end => end > 0 && end < entries.length)
    for (const end of [...ends.sort((a, b) => a - b), entries.length]) {
      const piece = entries.slice(tree.size - first, end)
      this.#learn(tree.size, piece)
      tree.add(piece, this.#parts.hasher.leafHashes(piece.map(unframed)), isStored)
      this.#checkAt(tree)
    }
  }

  #checkAt(tree: TreeWriter): void {
    const due = this.#signed.filter(({ size }) => size === tree.size)
    if (due.length === 0) return
    const { root } = tree.snapshot()
    for (const checkpoint of due)
      if (!equal(root, checkpoint.root)) throw logError('log/diverged', { size: tree.size })
  }

  #learn(first: number, entries: readonly Uint8Array[]): void {
    for (const [i, entry] of entries.entries()) {
      const id = this.#parts.codec.idOfLeaf(unframed(entry))
      if (id !== null) this.ids.add(id, first + i)
    }
  }
}
