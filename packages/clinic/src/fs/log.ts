/** The log that a clinic's server keeps of itself, in a folder (Node only). Table: docs/spec/clinic-api.md. */
import { type ClinicRequest, clinicLeafCodec, receipt } from '@chartseal/audit/access'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { toJsonText } from '@chartseal/core/json'
import {
  type CheckpointSigner,
  type CosignOptions,
  type LogEnd,
  type LogWriter,
  openLogWriter,
  parseVerifierKey,
  policyPath,
} from '@chartseal/tlog'
import { type FolderSystem, fileStorage, folderSource } from '@chartseal/tlog/fs'
import type { ThresholdSigner } from '@chartseal/tlog/threshold'
import type { World } from '../world.js'
import { cosignByHttp, openLogKey } from './log-key.js'

export {
  cosignByHttp,
  createLogKey,
  type LogKey,
  nameSuccessors,
  openLogKey,
  readLogKey,
  type SignerPlace,
  serverOfTerms,
  takeGroup,
} from './log-key.js'
export { requireThreshold } from './log-threshold.js'

export interface ClinicLogOptions
  extends Pick<World, 'clock' | 'random'>,
    Pick<CosignOptions, 'policy' | 'dropPolicy'> {
  /** Absolute. What can be served to everybody, but for the folder `.state` in it. */
  readonly folder: string
  /** The file that `createLogKey` or `takeGroup` made. */
  readonly signingKey: string
  /** The URL under which it is served, without its scheme. */
  readonly origin: string
  /** A checkpoint that was kept elsewhere: the log must contain it. */
  readonly known?: string
  /** As of the writer of a log: an end that it must contain. */
  readonly contains?: LogEnd
  /** As of the writer of a log: whether this one may still write. */
  readonly confirm?: (end: LogEnd) => Promise<void>
  /** Told when the clock is behind the last leaf; the log says so to everybody. */
  readonly onClockBack?: (behindMs: number) => void
  readonly system?: FolderSystem
  /** In place of those that the file names. */
  readonly signer?: CheckpointSigner
}

/** A log that this process writes. */
export interface ClinicLog {
  readonly verifierKey: string
  readonly writer: LogWriter<ClinicRequest>
  /** Who sign it together; `null` where the server has its key. */
  readonly signers: ThresholdSigner | null
  /** The policy of its witnesses; `null` for a log without. */
  policy(): Promise<string | null>
  /** A file of the log by its path in C2SP tlog-tiles; `null` when there is none. */
  read(path: string): Promise<Uint8Array | null>
  /** The tlog-proof of a leaf that the published checkpoint covers, checked. @throws RangeError for one that it does not */
  receipt(index: number): Promise<string>
  close(): Promise<void>
}

/**
 * Opens the log for this process alone, and makes it when there is none.
 * @throws ChartsealError `files/failed` where the key is missing, and what opening a log refuses
 */
export async function openClinicLog(options: ClinicLogOptions): Promise<ClinicLog> {
  const { folder, signingKey, origin, system, onClockBack: told, ...rest } = options
  const key = await openLogKey(signingKey, origin)
  try {
    const signer = rest.signer ?? key.signer
    const storage = fileStorage(folder, {
      random: options.random,
      ...(system === undefined ? {} : { system }),
    })
    const writer = await openLogWriter({
      ...rest,
      storage,
      codec: clinicLeafCodec,
      origin,
      signer,
      cosignBy: cosignByHttp,
      onClockBack(behindMs) {
        told?.(behindMs)
        return { id: rest.random.bytes(16), text: toJsonText({ event: 'clock-back', behind_ms: behindMs }) }
      },
    })
    const source = folderSource(folder)
    const trust = { log: parseVerifierKey(signer.verifierKey) }
    return {
      verifierKey: signer.verifierKey,
      writer,
      signers: key.together?.signer ?? null,
      policy: async () => textOrNull(await source.read(policyPath)),
      read: path => source.read(path),
      receipt: index => receipt(source, index, trust),
      close: () => writer.close().finally(() => key.wipe()),
    }
  } catch (error) {
    key.wipe()
    throw error
  }
}

/** Empty where witnesses were given up. */
function textOrNull(bytes: Uint8Array | null): string | null {
  return bytes === null || bytes.length === 0 ? null : decodeUtf8(bytes)
}
