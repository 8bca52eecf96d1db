/** By which key the nodes that gossip know each other: one of its own, which signs nothing else. No backup has it. */
import { readLogKey } from '@chartseal/clinic/fs/log'
import { concat } from '@chartseal/core/bytes'
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import type { Random } from '@chartseal/core/ports'
import { base58btc } from 'multiformats/bases/base58'
import type { DataPaths } from '../data-folder.js'
import { createOnce, type LedgerKey } from '../ledger/keys.js'

/** Identity multihash of the key as libp2p writes it: protobuf of type 1 (Ed25519) and 32 bytes. */
const prefix = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)

/** The peer id of a public key of 32 bytes: base58, 52 characters. */
export function peerIdOf(publicKey: Uint8Array): string {
  return base58btc.encode(concat(prefix, publicKey)).slice(1)
}

/** The key, made at the first time, which the caller wipes. @throws ChartsealError `files/failed` */
export async function gossipKeyIn({ gossipKey }: DataPaths, random: Random): Promise<LedgerKey> {
  await createOnce(gossipKey, 'gossip', random)
  return readLogKey(gossipKey)
}

/** The peer id of the key of this folder. @throws ChartsealError `files/failed` */
export async function peerIdIn(paths: DataPaths, random: Random): Promise<string> {
  using key = await gossipKeyIn(paths, random)
  return peerIdOf(verifyingKeyOf(key))
}
