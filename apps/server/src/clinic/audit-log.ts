/** The clinic's log as its operations use it: nothing is done before its entry is durable. */
import {
  type AccessEntry,
  accessCommitment,
  type ClinicContent,
  encodeAccessEntry,
  saltBytes,
} from '@chartseal/audit/access'
import type { ClinicLog } from '@chartseal/clinic/fs/log'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { Clock, Random } from '@chartseal/core/ports'
import { parseCheckpoint, parseNote } from '@chartseal/tlog'
import { requestError } from '../errors.js'

/** What opens a leaf, for its parties. */
export interface Recorded {
  readonly id: string
  /** The origin of the log. */
  readonly log: string
  readonly leafIndex: number
  readonly salt: Uint8Array
  readonly entry: Uint8Array
}

/** What an entry and its leaf will be, made before it goes into the log. */
export interface PreparedEntry {
  /** Of the leaf, 16 bytes. */
  readonly leaf: Uint8Array
  readonly salt: Uint8Array
  readonly entry: Uint8Array
}

export interface AuditLogOptions {
  readonly origin: string
  /** Opens the log, also again after it failed. */
  readonly open: () => Promise<ClinicLog>
  readonly clock: Clock
  readonly random: Random
  /** Whether this process may write it; where there is one process alone it always may. */
  readonly mayWrite?: () => boolean
  /** Told of each failure, by its code. */
  readonly onFailure: (code: string) => void
}

const idBytes = 16
/** A disk that was full may have room again: so long the log is left alone after a failure. */
const reopenAfterMs = 1_000

export class AuditLog {
  readonly #options: AuditLogOptions
  #log: ClinicLog
  #failedMs: number | null = null
  #reopening: Promise<void> | null = null

  private constructor(log: ClinicLog, options: AuditLogOptions) {
    this.#log = log
    this.#options = options
  }

  static async open(options: AuditLogOptions): Promise<AuditLog> {
    return new AuditLog(await options.open(), options)
  }

  get origin(): string {
    return this.#options.origin
  }

  get verifierKey(): string {
    return this.#log.verifierKey
  }

  /** Entries that the published checkpoint does not cover yet are not counted as failures of witnesses. */
  get witnessError(): unknown {
    return this.#log.writer.witnessError
  }

  /** Why those who hold the key together did not sign the last checkpoint; `null` when they did. */
  get signerError(): unknown {
    return this.#log.writer.signerError
  }

  /** Who hold the key together; `null` where this server has it. */
  get signers(): ClinicLog['signers'] {
    return this.#log.signers
  }

  /** Leaves that no published checkpoint has. */
  get unpublished(): number {
    const { size, checkpoint } = this.#log.writer
    return size - parseCheckpoint(parseNote(checkpoint).text).size
  }

  /** How many leaves are durable. */
  get size(): number {
    return this.#log.writer.size
  }

  /** Whether the last thing that was to be written was. */
  get isWorking(): boolean {
    return this.#failedMs === null
  }

  /**
   * Puts the commitment of an entry into the log; durable when it resolves.
   * @throws ChartsealError `server/log`
   */
  record(entry: AccessEntry): Promise<Recorded> {
    return this.recordPrepared(this.prepare(entry))
  }

  /** For whoever must know what the log will have before it has it. */
  prepare(entry: AccessEntry): PreparedEntry {
    const { random } = this.#options
    return { leaf: random.bytes(idBytes), salt: random.bytes(saltBytes), entry: encodeAccessEntry(entry) }
  }

  /** As {@link record}; the same again gives the same place. @throws ChartsealError `server/log` */
  async recordPrepared({ leaf, salt, entry }: PreparedEntry): Promise<Recorded> {
    const leafIndex = await this.append(leaf, { sum: accessCommitment(salt, entry) })
    return { id: encodeBase64Url(leaf), log: this.#options.origin, leafIndex, salt, entry }
  }

  /**
   * The index of what is durable under this id.
   * @throws ChartsealError `entry/conflict` where the id has other content, `server/log`
   */
  async append(id: Uint8Array, content: ClinicContent): Promise<number> {
    await this.#repair()
    try {
      const { index } = await this.#log.writer.append({ id, ...content })
      return index
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error
      if (error.code === 'log/request-conflict') throw requestError('entry/conflict', {})
      if (error.code !== 'log/busy') this.#failed(error.code)
      throw unavailable()
    }
  }

  /** The policy of its witnesses; `null` without. */
  policy(): Promise<string | null> {
    return this.#log.policy()
  }

  read(path: string): Promise<Uint8Array | null> {
    return this.#log.read(path)
  }

  /** `null` while the published checkpoint does not cover it. */
  async receipt(index: number): Promise<string | null> {
    try {
      return await this.#log.receipt(index)
    } catch (error) {
      if (error instanceof RangeError) return null
      throw error
    }
  }

  /** Publishes a checkpoint now. @throws what the storage or the witnesses refuse */
  async publish(): Promise<void> {
    await this.#log.writer.publish()
  }

  async close(): Promise<void> {
    await this.#reopening?.catch(() => undefined)
    await this.#log.close()
  }

  #failed(code: string): void {
    this.#options.onFailure(code)
    this.#failedMs = this.#options.clock.nowMs()
  }

  /** Whether it takes entries; opens it again when it is time, so that nobody has to ask for an entry first. */
  async heal(): Promise<boolean> {
    await this.#repair().catch(() => undefined)
    return this.isWorking
  }

  /** A writer that failed takes nothing more: what is durable is known again after opening. */
  async #repair(): Promise<void> {
    if (this.#failedMs === null && this.#options.mayWrite?.() === false) this.#failed('store/claimed')
    if (this.#failedMs === null) return
    const passedMs = this.#options.clock.nowMs() - this.#failedMs
    if (passedMs >= 0 && passedMs < reopenAfterMs && this.#reopening === null) throw unavailable()
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = null
    })
    await this.#reopening
  }

  async #reopen(): Promise<void> {
    await this.#log.close().catch(() => undefined)
    try {
      this.#log = await this.#options.open()
      this.#failedMs = null
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error
      this.#failed(error.code)
      throw unavailable()
    }
  }
}

function unavailable(): Error {
  return requestError('server/log', { retryMs: reopenAfterMs })
}
