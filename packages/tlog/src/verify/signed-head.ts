/** Which head of a log may be believed, by its signatures. */
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { TileSource } from '../reader/source.js'
import { type Trust, type VerifiedCheckpoint, verifyCheckpoint } from '../verify-checkpoint.js'
import { type Finding, verifyError } from '../verify-errors.js'

/** A checkpoint that a key of the log signed; else `null`, and what is wrong. */
export interface SignedHead {
  readonly checkpoint: VerifiedCheckpoint | null
  readonly findings: readonly Finding[]
}

const nothing = (finding: Finding): SignedHead => ({ checkpoint: null, findings: [finding] })

/** The checkpoint of the source. @throws ChartsealError `verify/unreadable` */
export async function signedHead(source: TileSource, trust: Trust): Promise<SignedHead> {
  const bytes = await source.read('checkpoint')
  return bytes === null ? nothing(verifyError('verify/no-checkpoint', {})) : openHead(bytes, trust)
}

/** A checkpoint that too few witnesses cosigned is given, too, beside its finding. */
export function openHead(bytes: Uint8Array, { log, policy }: Trust): SignedHead {
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
