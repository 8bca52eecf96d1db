import type { Engine } from '@chartseal/core/engine'
import type { Clock, Random } from '@chartseal/core/ports'
import type { LeafCodec } from '../leaf-codec.js'
import type { NoteSigner } from '../note.js'
import type { LogStorage } from '../storage.js'
import type { Timer } from '../timer.js'

/** The consistency proof from an older size, 0 included, to that of the checkpoint in question. */
export type ProofFrom = (oldSize: number) => Promise<readonly Uint8Array[]>

/**
 * Gives the checkpoint back with the cosignatures of enough witnesses, or rejects. `oldSize` is what witnesses saw
 * last as far as the log knows; `proof` is from there, and `proofFrom` for those that saw another size.
 */
export type Cosign = (
  note: string,
  oldSize: number,
  proof: readonly Uint8Array[],
  proofFrom: ProofFrom,
) => Promise<string>

/** Signs checkpoints somewhere else, which takes time and may fail: then it is asked again, and nothing is lost. */
export interface CheckpointSigner extends Omit<NoteSigner, 'sign'> {
  /**
   * The signature over the text of a checkpoint, 64 bytes. `oldSize` is what was published last; `proofFrom` proves that
   * the tree grew from any older size.
   */
  signCheckpoint(text: string, oldSize: number, proofFrom: ProofFrom): Promise<Uint8Array>
}

/** A log as it is at one size. */
export interface LogEnd {
  readonly size: number
  readonly root: Uint8Array
}

/** Who must cosign a checkpoint before it is published. Once a log had witnesses, it has them until it is told not to. */
export interface CosignOptions {
  /** Asks the witnesses; without it those of `policy`, or of the policy that the log remembers, by `cosignBy`. */
  readonly cosign?: Cosign
  /** A C2SP policy, to be remembered from now on in place of an earlier one. */
  readonly policy?: string
  /** Asks the witnesses of a policy. */
  readonly cosignBy?: (policy: string) => Cosign
  /** Gives witnesses up: readers that have a policy refuse what is published from now on. */
  readonly dropPolicy?: boolean
}

/**
 * What it gives is appended behind all that waits, unless its id is in the log: an id that follows from `lastAtMs`, the
 * time of the last leaf, stands there once however often the log is opened until the clock has caught up.
 */
export type OnClockBack<Request> = (behindMs: number, lastAtMs: number) => Request | null

export interface LogWriterOptions<Request> extends CosignOptions {
  readonly storage: LogStorage
  readonly codec: LeafCodec<Request>
  /** First line of every checkpoint: the URL prefix of the log without its scheme. */
  readonly origin: string
  /** The key of the log, or who has it; the writer does not wipe it. */
  readonly signer: NoteSigner | CheckpointSigner
  /** Leaves carry its time, or that of the leaf before where it is earlier. */
  readonly clock: Clock
  /** Told when the clock is more than five seconds behind the last leaf: once for each time that it goes back. */
  readonly onClockBack?: OnClockBack<Request>
  readonly random: Random
  readonly timer?: Timer
  readonly engine?: Engine
  /** Checkpoints are at most this far apart while there is something new; by default 1,000. */
  readonly checkpointMs?: number
  /** A checkpoint of this log that was kept elsewhere, by a witness for example: the log must contain it. */
  readonly known?: string
  /** An end of this log that somebody remembers without a signature: the log must contain it, too. */
  readonly contains?: LogEnd
  /**
   * Asked with each batch before its entries are acknowledged, and with each checkpoint before it is signed: whether this
   * writer is still the one that may. What it rejects with ends the writer.
   */
  readonly confirm?: (end: LogEnd) => Promise<void>
  /** More appends than this may not wait at once; by default 65,536. */
  readonly maxWaiting?: number
}
