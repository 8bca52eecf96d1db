/** What a prescription commits to: docs/spec/ledger-v2.md, "Commitments". */
import { concat, equal } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { hmacSha256 } from '@chartseal/core/hkdf'
import { hashBytes } from './fields.js'

/** `subject`: the id of the patient. `body`: the bytes as they are stored. */
export type CommitmentKind = 'subject' | 'body'

export interface Committed {
  /** 32 random bytes, of this record alone; whoever destroys them leaves nothing that leads back. */
  readonly rs: Uint8Array
  readonly kind: CommitmentKind
  readonly bytes: Uint8Array
}

/** HMAC-SHA-256(rs, kind ‖ 0x00 ‖ bytes), 32 bytes. @throws RangeError unless rs has 32 bytes */
export function commit({ rs, kind, bytes }: Committed): Uint8Array {
  if (rs.length !== hashBytes) throw new RangeError(`rs must have ${hashBytes} bytes`)
  return hmacSha256(rs, concat(encodeUtf8(`${kind}\0`), bytes))
}

/** Whether this is the commitment to it. @throws RangeError unless rs has 32 bytes */
export function commitsTo(commitment: Uint8Array, committed: Committed): boolean {
  return equal(commitment, commit(committed))
}
