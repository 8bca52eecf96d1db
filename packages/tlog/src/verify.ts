import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import type { Checkpoint } from './checkpoint.js'
import type { LeafRules } from './leaf-rules.js'
import { rootAt } from './reader/proofs.js'
import type { TileSource } from './reader/source.js'
import { plainText } from './text.js'
import { bundlePath, tileWidth } from './tiles.js'
import { growth, verifyTree } from './verify/examine.js'
import { type Trust, type VerifiedCheckpoint, verifyCheckpoint } from './verify-checkpoint.js'
import { type Finding, verifyError } from './verify-errors.js'

/** Without a policy nobody but the log vouches for its checkpoint. */
export interface VerifyLogOptions extends Trust {
  /** Every leaf and tile, and not only the edge of the tree; the default. */
  readonly deep?: boolean
  /** A checkpoint that was kept, as text: without one, a rolled back log is as good as any. */
  readonly against?: string | undefined
  /** What leaves must be; `opaqueLeaves` where nothing is known of them, and only the tree says where they belong. */
  readonly rules: LeafRules
  readonly engine?: Engine
  /** Called with the number of leaves that were read. */
  readonly onProgress?: ((leaves: number) => void) | undefined
}

export interface LogReport {
  /** What a key of the log signed; `null` when there is no such checkpoint. */
  readonly checkpoint: VerifiedCheckpoint | null
  /** What is wrong, and where. A log with none is whole, as far as docs/spec/audit-verify.md says. */
  readonly findings: readonly Finding[]
  /** What a healthy log may show, too. */
  readonly notes: readonly Finding[]
}

/**
 * Verifies a log without a key of its entries and without trust in its files.
 * @throws ChartsealError `verify/unreadable` when the source fails: then nothing is known
 */
export async function verifyLog(source: TileSource, options: VerifyLogOptions): Promise<LogReport> {
  const { log, deep = true, rules, engine = defaultEngine() } = options
  const current = await signedHead(source, options)
  const kept = keptHead(options.against, { log })
  const findings = [...current.findings, ...kept.findings]
  const { checkpoint } = current
  // Where nothing current can be believed, the files must at least hold what was kept.
  const head = checkpoint ?? kept.checkpoint
  if (head === null) return { checkpoint, findings, notes: [] }
  const earlier = checkpoint === null ? null : kept.checkpoint
  if (earlier !== null && earlier.origin !== head.origin) {
    findings.push(verifyError('verify/other-log', { origin: head.origin, kept: earlier.origin }))
    return { checkpoint, findings, notes: [] }
  }
  const notes: Finding[] = []
  const found = deep
    ? await verifyTree(source, head, {
        rules,
        engine,
        kept: earlier,
        onNote: note => notes.push(note),
        onProgress: options.onProgress,
      })
    : await verifyEdge(source, head, earlier, engine)
  return {
    checkpoint,
    findings: [...findings, ...found],
    notes: [...notes, ...(await notesOn(source, head.size))],
  }
}

interface KeptHead {
  readonly checkpoint: Checkpoint | null
  readonly findings: readonly Finding[]
}

function keptHead(note: string | undefined, trust: Trust): KeptHead {
  if (note === undefined) return { checkpoint: null, findings: [] }
  const { checkpoint, findings } = openHead(encodeUtf8(plainText(note)), trust)
  return {
    checkpoint,
    findings: findings.map(({ message }) => verifyError('verify/bad-kept', { reason: message })),
  }
}

async function verifyEdge(
  source: TileSource,
  head: Checkpoint,
  kept: Checkpoint | null,
  engine: Engine,
): Promise<readonly Finding[]> {
  const grown = kept === null ? [] : await growth(source, head, kept, engine, null)
  try {
    await rootAt(source, head.size, head, { engine })
    return grown
  } catch (error) {
    if (!isFinding(error) || error.code === 'verify/unreadable') throw error
    return [error, ...grown]
  }
}

function isFinding(error: unknown): error is Finding {
  return error instanceof ChartsealError && verifyError.codes.some(code => code === error.code)
}

/** A log that is being written is ahead of its checkpoint for a moment; one that was rolled back, for ever. */
async function notesOn(source: TileSource, size: number): Promise<readonly Finding[]> {
  const path = bundlePath(Math.floor(size / tileWidth), tileWidth)
  return (await source.read(path)) === null ? [] : [verifyError('verify/beyond-checkpoint', { path, size })]
}

/** A checkpoint that a key of the log signed; else `null`, and what is wrong. */
interface SignedHead {
  readonly checkpoint: VerifiedCheckpoint | null
  readonly findings: readonly Finding[]
}

const nothing = (finding: Finding): SignedHead => ({ checkpoint: null, findings: [finding] })

/** The checkpoint of the source. @throws ChartsealError `verify/unreadable` */
async function signedHead(source: TileSource, trust: Trust): Promise<SignedHead> {
  const bytes = await source.read('checkpoint')
  return bytes === null ? nothing(verifyError('verify/no-checkpoint', {})) : openHead(bytes, trust)
}

/** A checkpoint that too few witnesses cosigned is given, too, beside its finding. */
function openHead(bytes: Uint8Array, { log, policy }: Trust): SignedHead {
  let believed: VerifiedCheckpoint | null = null
  try {
    const note = decodeUtf8(bytes)
    believed = verifyCheckpoint(note, { log })
    if (policy !== undefined) believed = verifyCheckpoint(note, { log, policy })
    return { checkpoint: believed, findings: [] }
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return { checkpoint: believed, findings: [refusal(error, believed !== null)] }
  }
}

function refusal({ code, message: reason }: ChartsealError, isSigned: boolean): Finding {
  if (isSigned) return verifyError('verify/policy-unmet', { reason })
  const isUnsigned = ['note/unsigned', 'note/bad-signature', 'checkpoint/other-origin'].includes(code)
  return verifyError(isUnsigned ? 'verify/checkpoint-unsigned' : 'verify/checkpoint-malformed', { reason })
}
