import { ChartsealError } from '@chartseal/core/errors'
import { parseCid, rawCodec } from '../cid/parse.js'
import { type EnvelopePackage, parsePackage } from './package.js'

/** What a package shows without a key. */
export interface Inspection {
  /** Why it is refused; `null` when it is accepted. */
  readonly refusal: { readonly code: string; readonly reason: string } | null
  /** What it says, all of it unauthenticated; `null` when it is refused. */
  readonly package: InspectedPackage | null
}

export interface InspectedPackage {
  readonly cid: string
  readonly cidVersion: number
  /** One raw block, or a UnixFS node. */
  readonly root: 'raw' | 'dag-pb'
  /** Readable by everyone: who has access. */
  readonly recipients: readonly { readonly id: string; readonly wrappedBytes: number }[]
}

/** Explains any text without a key; never throws for data. */
export function inspectPackage(text: string): Inspection {
  try {
    return { refusal: null, package: describe(parsePackage(text)) }
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return { refusal: { code: error.code, reason: error.message }, package: null }
  }
}

function describe({ cid, encKeys }: EnvelopePackage): InspectedPackage {
  const { version, code } = parseCid(cid)
  return {
    cid,
    cidVersion: version,
    root: code === rawCodec ? 'raw' : 'dag-pb',
    recipients: encKeys.map(({ recipientId, wrapped }) => ({
      id: recipientId,
      wrappedBytes: wrapped.length,
    })),
  }
}
