/** What a light client needs of the seals: docs/spec/ledger-v2.md, "Finality". */
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { sealError } from '../errors-seal.js'
import { hashBytes, readStrictly } from '../fields.js'
import type { Genesis } from '../genesis.js'
import type { ReadHeader } from '../header.js'
import { PoaJudge } from './poa.js'
import { checkPoaEvidence } from './poa-evidence.js'
import { firstPoaMemory, sealersOnto } from './poa-memory.js'
import { type SealerSet, setIn, setValue } from './poa-sealers.js'
import { TlogTrust } from './tlog.js'

/** What a light client knows for sure: a value, the newer the better. */
export interface FinalityTrust {
  /** Of the newest final block that it has seen. */
  readonly height: bigint
  /** Its id, 32 bytes. */
  readonly id: Uint8Array
  /** Under `poa`, whose votes count onto that block; otherwise `null`. */
  readonly sealers: SealerSet | null
}

/** A ledger, to whom nothing else is said about it. */
export interface KnownLedger {
  readonly genesis: Genesis
  /** `genesisBlock(genesis).header` */
  readonly block0: ReadHeader
}

export interface CheckedFinality {
  readonly header: ReadHeader
  /** For the next time. */
  readonly trust: FinalityTrust
  /** Seconds: by when a quorum of witnesses had seen it (`tlog`); otherwise `null`. */
  readonly seenBy: bigint | null
}

/** What whoever has the genesis begins with. @throws ChartsealError `ledger/no-sealers` */
export function firstTrust({ genesis, block0 }: KnownLedger): FinalityTrust {
  const { seal, roster } = genesis
  const sealers = seal.kind === 'poa' ? sealersOnto(firstPoaMemory(roster)) : null
  return { height: 0n, id: block0.id, sealers }
}

/**
 * That a block is final. It may be below one that was seen before: whoever asks compares heights.
 * @param evidence as `SealKeeper.finality` and `trail` give it
 * @throws ChartsealError `ledger/finality`, `ledger/seal-votes`
 */
export function checkFinality(
  { genesis, block0 }: KnownLedger,
  trust: FinalityTrust,
  evidence: Uint8Array,
): CheckedFinality {
  const { seal } = genesis
  if (seal.kind === 'tlog') {
    const { header, seenBy } = new TlogTrust(seal, block0.ledger).check(evidence)
    return { header, trust: { height: header.height, id: header.id, sealers: null }, seenBy }
  }
  if (seal.kind === 'pow' || trust.sealers === null)
    throw sealError('ledger/finality', { reason: 'under this seal nothing is final' })
  const judge = new PoaJudge(genesis, seal, block0)
  const trusted = { sealers: trust.sealers, known: [block0.id, trust.id] }
  const { header, sealers } = checkPoaEvidence(judge, trusted, evidence)
  return { header, trust: { height: header.height, id: header.id, sealers }, seenBy: null }
}

/**
 * The same by a trail, the oldest first: evidence of blocks that are not above what is known is passed over.
 * @throws as `checkFinality` for the last one
 */
export function followFinality(
  ledger: KnownLedger,
  trust: FinalityTrust,
  evidences: readonly Uint8Array[],
): CheckedFinality {
  let known = trust
  for (const evidence of evidences.slice(0, -1)) known = stepped(ledger, known, evidence)
  return checkFinality(ledger, known, evidences.at(-1) ?? new Uint8Array())
}

/** What is not above is not even judged: the sealers of then may not be those that are known. */
function stepped(ledger: KnownLedger, trust: FinalityTrust, evidence: Uint8Array): FinalityTrust {
  try {
    const next = checkFinality(ledger, trust, evidence).trust
    return next.height > trust.height ? next : trust
  } catch (error) {
    if (error instanceof ChartsealError) return trust
    throw error
  }
}

/** Deterministic CBOR, for a light client to keep. */
export function encodeTrust({ height, id, sealers }: FinalityTrust): Uint8Array {
  return encodeCbor(sealers === null ? { height, id } : { height, id, sealers: setValue(sealers.sealers) })
}

/** @throws ChartsealError `ledger/finality` */
export function decodeTrust(bytes: Uint8Array, kind: Genesis['seal']['kind']): FinalityTrust {
  return readStrictly(
    () => {
      const fields = CborFields.decode(bytes, ['height', 'id', ...(kind === 'poa' ? ['sealers'] : [])])
      const sealers = kind === 'poa' ? setIn(fields, 'sealers') : null
      return { height: fields.integer('height'), id: fields.bytes('id', hashBytes), sealers }
    },
    reason => sealError('ledger/finality', { reason }),
  )
}
