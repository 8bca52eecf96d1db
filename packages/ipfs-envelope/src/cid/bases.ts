import { equal } from '@chartseal/core/bytes'
import { base16 } from 'multiformats/bases/base16'
import { base32 } from 'multiformats/bases/base32'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { base64, base64url } from 'multiformats/bases/base64'
import { CID } from 'multiformats/cid'
import { maxCidLength } from './parse.js'

const bases = base32.decoder
  .or(base58btc.decoder)
  .or(base36.decoder)
  .or(base16.decoder)
  .or(base64.decoder)
  .or(base64url.decoder)

/** A CID as another program writes it, in whichever base it likes; `null` for what is none. */
export function cidInAnyBase(text: string): CID | null {
  if (text.length > maxCidLength) return null
  try {
    return CID.parse(text, text.startsWith('Qm') ? undefined : bases)
  } catch {
    return null
  }
}

/** Whether both name one block: versions 0 and 1 of a CID do, and so do all spellings. */
export function sameBlock(a: CID, b: CID): boolean {
  return a.code === b.code && equal(a.multihash.bytes, b.multihash.bytes)
}
