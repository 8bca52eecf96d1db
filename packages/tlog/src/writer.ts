/** The writer of a log: appends, checkpoints, and the end. */
import { defaultEngine } from '@chartseal/core/engine'
import { TreeHasher } from './hashing.js'
import type { OpenStorage } from './storage.js'
import { systemTimer } from './timer.js'
import type { Appended } from './writer/batch.js'
import { keepPolicy } from './writer/kept-policy.js'
import type { Cosign, LogWriterOptions } from './writer/options.js'
import { Publisher } from './writer/publisher.js'
import { recover, type WriterState } from './writer/recovery.js'
import { Sequencer } from './writer/sequencer.js'

export interface Witnessed extends Appended {
  /** A checkpoint that has the entry, with the cosignatures. */
  readonly checkpoint: string
}

/** What opening found. */
export interface OpenReport {
  readonly entries: number
  /** Bytes of an interrupted write that were cut off. */
  readonly cutBytes: number
  /** Full bundles and tiles that were missing or wrong, and were made again from the entries. */
  readonly rewrittenFiles: number
}

/** The one writer of a log. */
export interface LogWriter<Request> {
  readonly recovered: OpenReport
  /** How many entries are durable. */
  readonly size: number
  /** The published checkpoint, a signed note. */
  readonly checkpoint: string
  /** Why the last checkpoint is not cosigned and so not published; `null` when it is. */
  readonly witnessError: unknown
  /** Why the last checkpoint was not signed, where the key is elsewhere; `null` when it was. */
  readonly signerError: unknown
  /**
   * Resolves once the entry is durable. The same request id gives the same index, and nothing is appended.
   * @throws ChartsealError `log/request-conflict`, `log/busy`, `log/entry-too-large`, `log/poisoned`,
   * `files/failed`, and what the codec refuses; TypeError when closed, or for an id that is not 16 bytes
   */
  append(request: Request): Promise<Appended>
  /** Resolves once a checkpoint that has the entry was cosigned. @throws as `append`, and `log/not-witnessed` */
  appendWitnessed(request: Request): Promise<Witnessed>
  /** Publishes a checkpoint now, when there is something new. @throws what the storage or the witnesses refuse */
  publish(): Promise<string>
  /** The same when there is nothing new, too: cosignatures say what time it is. @throws as `publish` */
  renew(): Promise<string>
  /** Waits for what was appended, publishes the last checkpoint, and gives the log back. */
  close(): Promise<void>
}

/**
 * Opens a log for this writer alone, and makes it when there is none. What is durable must contain every
 * checkpoint that is known here.
 * @throws ChartsealError `log/locked`, `log/rollback`, `log/diverged`, `log/no-checkpoint`,
 * `log/foreign-checkpoint`, `log/witnesses-needed`, `log/damaged`, `files/…`
 */
export async function openLogWriter<Request>(
  options: LogWriterOptions<Request>,
): Promise<LogWriter<Request>> {
  const storage = await options.storage.open()
  try {
    const { codec, origin, signer, random, known, contains, engine = defaultEngine() } = options
    const seed = random.bytes(4).reduce((value, byte) => value * 256 + byte, 0)
    const hasher = new TreeHasher(engine)
    const state = await recover({ storage, codec, hasher, origin, signer, known, contains, seed })
    const cosign = await keepPolicy(storage, options)
    const writer = new Writer(storage, { ...options, cosign }, state, hasher)
    await writer.start()
    return writer
  } catch (error) {
    await storage.close().catch(() => undefined)
    throw error
  }
}

class Writer<Request> implements LogWriter<Request> {
  readonly recovered: OpenReport
  readonly #storage: OpenStorage
  readonly #state: WriterState
  readonly #sequencer: Sequencer<Request>
  readonly #publisher: Publisher
  readonly #hasWitnesses: boolean
  #isFailed = false
  #closing: Promise<void> | null = null

  constructor(
    storage: OpenStorage,
    options: Omit<LogWriterOptions<Request>, 'cosign'> & { readonly cosign: Cosign | undefined },
    state: WriterState,
    hasher: TreeHasher,
  ) {
    const { codec, origin, signer, clock, cosign, confirm, onClockBack } = options
    const { timer = systemTimer, checkpointMs = 1_000, maxWaiting = 65_536 } = options
    const { tree, ids, published, rewrittenFiles, lastAtMs } = state
    this.#storage = storage
    this.#state = state
    this.#hasWitnesses = cosign !== undefined
    this.recovered = { entries: tree.size, cutBytes: storage.cutBytes, rewrittenFiles }
    const failed = (error: unknown): void => this.#fail(error)
    const grown = (): void => this.#publisher.schedule()
    this.#publisher = new Publisher(
      { storage, tree, origin, signer, timer, checkpointMs, cosign, confirm, failed },
      published,
    )
    this.#sequencer = new Sequencer({
      storage,
      codec,
      clock,
      hasher,
      tree,
      ids,
      maxWaiting,
      lastAtMs,
      onClockBack,
      confirm,
      grown,
      failed,
    })
  }

  /** A new log publishes that it is empty; one that was interrupted, what nobody knows yet. */
  async start(): Promise<void> {
    if (this.#publisher.published.size < 0) await this.#publisher.publish()
    if (this.#publisher.published.size < this.size) this.#publisher.schedule()
  }

  get size(): number {
    return this.#state.tree.size
  }

  get checkpoint(): string {
    return this.#publisher.published.note
  }

  get witnessError(): unknown {
    return this.#publisher.witnessError
  }

  get signerError(): unknown {
    return this.#publisher.signerError
  }

  append(request: Request): Promise<Appended> {
    return this.#closing === null ? this.#sequencer.append(request) : Promise.reject(closed())
  }

  async appendWitnessed(request: Request): Promise<Witnessed> {
    this.#refuseClosed()
    if (!this.#hasWitnesses) throw new TypeError('this log has no witnesses')
    const appended = await this.#sequencer.append(request)
    return { ...appended, checkpoint: await this.#publisher.witnessed(appended.index) }
  }

  async renew(): Promise<string> {
    this.#refuseClosed()
    return (await this.#publisher.publish(true)).note
  }

  async publish(): Promise<string> {
    this.#refuseClosed()
    return (await this.#publisher.publish()).note
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#sequencer.idle()
    try {
      if (!this.#isFailed) await this.#publisher.publish()
    } catch (error) {
      // Witnesses and signers that are away lose nothing: the entries are durable, and the next writer asks again.
      if (error !== this.witnessError && error !== this.signerError) throw error
    } finally {
      this.#publisher.stop()
      await this.#storage.close()
    }
  }

  #fail(error: unknown): void {
    if (this.#isFailed) return
    this.#isFailed = true
    this.#publisher.stop()
    this.#sequencer.poison(error)
  }

  #refuseClosed(): void {
    if (this.#closing !== null) throw closed()
  }
}

function closed(): TypeError {
  return new TypeError('this log is closed')
}
