/** Signs checkpoints of what is durable, has them cosigned, and publishes them. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { formatCheckpoint } from '../checkpoint.js'
import { logError } from '../log-errors.js'
import { formatNote, type NoteSigner, parseNote, signNote } from '../note.js'
import { checkpointPath, type OpenStorage, signedPath } from '../storage.js'
import type { Timer } from '../timer.js'
import { addSignatures } from '../witness-client.js'
import type { CheckpointSigner, Cosign, LogEnd, ProofFrom } from './options.js'
import type { Snapshot, TreeWriter } from './tree-writer.js'

export interface Published {
  readonly note: string
  readonly size: number
}

export interface PublisherParts {
  readonly storage: OpenStorage
  readonly tree: TreeWriter
  readonly origin: string
  readonly signer: NoteSigner | CheckpointSigner
  readonly timer: Timer
  readonly checkpointMs: number
  readonly cosign: Cosign | undefined
  /** Whether what would be signed counts. */
  readonly confirm: ((end: LogEnd) => Promise<void>) | undefined
  readonly failed: (error: unknown) => void
}

interface AwaitsWitnesses {
  readonly index: number
  readonly resolve: (note: string) => void
  readonly reject: (error: unknown) => void
}

export class Publisher {
  readonly #parts: PublisherParts
  #published: Published
  #cancel: (() => void) | null = null
  #running: Promise<unknown> = Promise.resolve()
  #waiting: AwaitsWitnesses[] = []
  #isStopped = false
  /** Why the last checkpoint was not cosigned, `null` when it was. */
  witnessError: unknown = null
  /** Why the last checkpoint was not signed by those who have the key elsewhere, `null` when it was. */
  signerError: unknown = null

  /** @param published the checkpoint that readers see now; size -1 for none */
  constructor(parts: PublisherParts, published: Published) {
    this.#parts = parts
    this.#published = published
  }

  get published(): Published {
    return this.#published
  }

  /** There is something new: a checkpoint is due within the interval. */
  schedule(): void {
    if (this.#cancel !== null || this.#isStopped) return
    this.#cancel = this.#parts.timer.after(this.#parts.checkpointMs, () => {
      this.#cancel = null
      // A failure has been told to `failed`; a witness is asked again at the next checkpoint.
      this.publish().catch(() => undefined)
    })
  }

  /** Resolves with the cosigned note of a checkpoint that has the entry. */
  witnessed(index: number): Promise<string> {
    if (this.#published.size > index) return Promise.resolve(this.#published.note)
    if (this.#isStopped) return Promise.reject(logError('log/not-witnessed', { index }))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ index, resolve, reject })
      this.schedule()
    })
  }

  /**
   * One at a time, in the order of the calls.
   * @param isRenewed whether what is published already is cosigned again
   * @throws what the storage or the witnesses refuse
   */
  publish(isRenewed = false): Promise<Published> {
    const next = this.#running.then(() => this.#publish(isRenewed))
    this.#running = next.catch(() => undefined)
    return next
  }

  async #publish(isRenewed: boolean): Promise<Published> {
    if (this.#isStopped) throw logError('log/poisoned', {})
    if (!isRenewed && this.#parts.tree.size === this.#published.size) return this.#published
    const snapshot = await this.#orFail(() => this.#settled())
    const signed = await this.#signDurably(snapshot)
    const note = await this.#cosigned(signed)
    await this.#orFail(() => this.#keep(checkpointPath, note))
    this.#published = { note, size: signed.size }
    this.#answer()
    if (this.#parts.tree.size > signed.size) this.schedule()
    return this.#published
  }

  async #settled(): Promise<Snapshot> {
    const { tree, confirm } = this.#parts
    const snapshot = tree.snapshot()
    await tree.settle(snapshot)
    await confirm?.(snapshot)
    return snapshot
  }

  async #signDurably({ size, root }: Snapshot): Promise<Published> {
    const { origin, signer, cosign } = this.#parts
    const text = formatCheckpoint({ origin, size, root, extensions: [] })
    const note = await ('sign' in signer
      ? this.#orFail(async () => signNote(text, [signer]))
      : this.#signedElsewhere(signer, text, size))
    // A witness may keep what it sees: so what is signed is known here first, whatever happens next.
    if (cosign !== undefined && size > 0) await this.#orFail(() => this.#keep(signedPath, note))
    return { note, size }
  }

  /** What is signed is durable already, so that whoever remembers it never remembers more than the log has. */
  async #signedElsewhere(signer: CheckpointSigner, text: string, size: number): Promise<string> {
    const { name, keyId } = signer
    try {
      const oldSize = Math.max(0, this.#published.size)
      const proofFrom: ProofFrom = older => this.#parts.tree.consistencyProof(older, size)
      const signature = await signer.signCheckpoint(text, oldSize, proofFrom)
      this.signerError = null
      return formatNote(text, [{ name, keyId, signature }])
    } catch (error) {
      this.signerError = error
      this.schedule()
      throw error
    }
  }

  async #cosigned({ note, size }: Published): Promise<string> {
    const { cosign, origin, tree } = this.#parts
    if (cosign === undefined || size === 0) return note
    const oldSize = Math.max(0, this.#published.size)
    try {
      const proof = await tree.consistencyProof(oldSize, size)
      // Most witnesses saw what the log published last.
      const proofFrom: ProofFrom = async older =>
        older === oldSize ? proof : tree.consistencyProof(older, size)
      const cosigned = await cosign(note, oldSize, proof, proofFrom)
      this.witnessError = null
      return merged(origin, note, cosigned)
    } catch (error) {
      this.witnessError = error
      this.schedule()
      throw error
    }
  }

  async #keep(path: string, note: string): Promise<void> {
    await this.#parts.storage.replace(path, encodeUtf8(note))
  }

  /** What fails here ends the writer. */
  async #orFail<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run()
    } catch (error) {
      this.#parts.failed(error)
      throw error
    }
  }

  #answer(): void {
    const { note, size } = this.#published
    const due = this.#waiting.filter(({ index }) => index < size)
    this.#waiting = this.#waiting.filter(({ index }) => index >= size)
    for (const { resolve } of due) resolve(note)
  }

  /** Publishes nothing more; whoever waits for witnesses is refused. */
  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
    this.#cancel = null
    for (const { index, reject } of this.#waiting.splice(0)) reject(logError('log/not-witnessed', { index }))
  }
}

/** With the signatures of the second note, too. @throws ChartsealError `log/foreign-checkpoint`, `note/…` */
function merged(origin: string, note: string, cosigned: string): string {
  const { text, signatures } = parseNote(cosigned)
  if (parseNote(note).text !== text) throw logError('log/foreign-checkpoint', { origin })
  return addSignatures(note, signatures)
}
