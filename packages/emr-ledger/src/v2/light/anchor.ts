/** What a light client knows for certain, and begins from: docs/spec/ledger-v2.md, "Anchor". */
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { genesisBlock } from '../draft.js'
import { lightError } from '../errors-light.js'
import { readStrictly } from '../fields.js'
import { decodeGenesis, type Genesis } from '../genesis.js'
import type { ReadHeader } from '../header.js'
import { decodeRoster, encodeRoster, type Roster } from '../roster.js'
import { decodeTrust, encodeTrust, type FinalityTrust, firstTrust } from '../seals/finality.js'

export interface Anchor {
  /** SHA-256 of the genesis, 32 bytes. */
  readonly ledger: Uint8Array
  readonly genesisBytes: Uint8Array
  readonly genesis: Genesis
  readonly block0: ReadHeader
  /** The newest final block that was proven: its height, its id, and the roster after it. */
  readonly height: bigint
  readonly id: Uint8Array
  readonly roster: Roster
  /** By whom the next one is judged. */
  readonly trust: FinalityTrust
}

/**
 * Where a client begins who has the genesis from a trusted place: a pairing, a paper, an installer.
 * @throws ChartsealError `ledger/genesis`, `ledger/no-sealers`, as `decodeGenesis`
 */
export function anchorOf(genesisBytes: Uint8Array): Anchor {
  const genesis = decodeGenesis(genesisBytes)
  const { header: block0 } = genesisBlock(genesis)
  return {
    ledger: block0.ledger,
    genesisBytes: Uint8Array.from(genesisBytes),
    genesis,
    block0,
    height: 0n,
    id: block0.id,
    roster: genesis.roster,
    trust: firstTrust({ genesis, block0 }),
  }
}

export function encodeAnchor({ genesisBytes, roster, trust }: Anchor): Uint8Array {
  return encodeCbor({
    v: 2,
    genesis: genesisBytes,
    roster: encodeRoster(roster),
    trust: encodeTrust(trust),
  })
}

/** @throws ChartsealError `ledger/anchor`, `ledger/genesis`, `ledger/roster`, `ledger/finality` */
export function decodeAnchor(bytes: Uint8Array): Anchor {
  const fields = readStrictly(
    () => anchorFields(bytes),
    reason => lightError('ledger/anchor', { reason }),
  )
  const first = anchorOf(fields.genesis)
  const trust = decodeTrust(fields.trust, first.genesis.seal.kind)
  return { ...first, height: trust.height, id: trust.id, roster: decodeRoster(fields.roster), trust }
}

interface AnchorFields {
  readonly genesis: Uint8Array
  readonly roster: Uint8Array
  readonly trust: Uint8Array
}

function anchorFields(bytes: Uint8Array): AnchorFields {
  const map = new CborFields(decodeCbor(bytes), ['v', 'genesis', 'roster', 'trust'])
  map.count('v', 2, 2)
  return {
    genesis: map.bytes('genesis'),
    roster: map.bytes('roster'),
    trust: map.bytes('trust'),
  }
}
