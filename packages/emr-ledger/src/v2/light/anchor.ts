/** What a light client knows for certain, and begins from: docs/spec/ledger-v2.md, "Anchor". */
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { genesisBlock } from '../draft.js'
import { lightError } from '../errors-light.js'
import { hashBytes, readStrictly } from '../fields.js'
import { decodeGenesis, type Genesis, ledgerIdOf } from '../genesis.js'
import { decodeRoster, encodeRoster, type Roster } from '../roster.js'

export interface Anchor {
  /** SHA-256 of the genesis, 32 bytes. */
  readonly ledger: Uint8Array
  readonly genesisBytes: Uint8Array
  readonly genesis: Genesis
  /** The newest final block that was proven: its height, its id and the roster after it. */
  readonly height: bigint
  readonly id: Uint8Array
  readonly roster: Roster
}

/**
 * Where a client begins who has the genesis from a trusted place: a pairing, a paper, an installer.
 * @throws ChartsealError `ledger/genesis`, `ledger/roster`
 */
export function anchorOf(genesisBytes: Uint8Array): Anchor {
  const genesis = decodeGenesis(genesisBytes)
  const { id } = genesisBlock(genesis).header
  return {
    ledger: ledgerIdOf(genesisBytes),
    genesisBytes: Uint8Array.from(genesisBytes),
    genesis,
    height: 0n,
    id,
    roster: genesis.roster,
  }
}

export function encodeAnchor({ genesisBytes, height, id, roster }: Anchor): Uint8Array {
  return encodeCbor({ v: 2, genesis: genesisBytes, height, id, roster: encodeRoster(roster) })
}

/** @throws ChartsealError `ledger/anchor`, `ledger/genesis`, `ledger/roster` */
export function decodeAnchor(bytes: Uint8Array): Anchor {
  const map = readStrictly(
    () => anchorFields(bytes),
    reason => lightError('ledger/anchor', { reason }),
  )
  const first = anchorOf(map.genesis)
  return { ...first, height: map.height, id: map.id, roster: decodeRoster(map.roster) }
}

function anchorFields(bytes: Uint8Array) {
  const map = new CborFields(decodeCbor(bytes), ['v', 'genesis', 'height', 'id', 'roster'])
  map.count('v', 2, 2)
  return {
    genesis: map.bytes('genesis'),
    height: map.integer('height'),
    id: map.bytes('id', hashBytes),
    roster: map.bytes('roster'),
  }
}
