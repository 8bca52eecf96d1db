import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { ShareEnvelope } from '@chartseal/shamir'

/** The drill key of a share as docs/spec/shares-v2.md says, with the cryptography of node:crypto. */
export function drillKeyByTheTable({ setId, x, y, salt }: ShareEnvelope): KeyObject {
  const info = Buffer.concat([Buffer.from('chartseal/share-drill/v2'), setId, Buffer.of(x)])
  const ikm = Buffer.concat([salt.reveal(), y.reveal()])
  const seed = Buffer.from(hkdfSync('sha256', ikm, Buffer.alloc(0), info, 32))
  // RFC 8410: the fixed head of a PKCS #8 Ed25519 key.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
}

/** The leaf of a share as docs/spec/shares-v2.md says, with the cryptography of node:crypto. */
export function leafByTheTable(share: ShareEnvelope): Uint8Array {
  const { setId, threshold, numShares, x, y, salt } = share
  const hash = createHash('sha256').update('chartseal/share-y/v2').update(salt.reveal())
  const c = hash.update(y.reveal()).digest()
  const key = createPublicKey(drillKeyByTheTable(share))
  const drill = key.export({ format: 'der', type: 'spki' }).subarray(-32)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(y.reveal().length)
  const head = [Buffer.from('chartseal/share/v2'), setId, Buffer.of(threshold, numShares, x)]
  return Uint8Array.from(Buffer.concat([...head, length, c, drill]))
}
