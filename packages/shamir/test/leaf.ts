import { createHash, createPrivateKey, createPublicKey, hkdfSync } from 'node:crypto'
import type { ShareEnvelope } from '@chartseal/shamir'

/** The leaf of a share as docs/spec/shares-v2.md says, with the cryptography of node:crypto. */
export function leafByTheTable({ setId, threshold, numShares, x, y, salt }: ShareEnvelope): Uint8Array {
  const c = createHash('sha256').update('chartseal/share-y/v2').update(salt).update(y).digest()
  const info = Buffer.concat([Buffer.from('chartseal/share-drill/v2'), setId, Buffer.of(x)])
  const seed = Buffer.from(hkdfSync('sha256', Buffer.concat([salt, y]), Buffer.alloc(0), info, 32))
  // RFC 8410: the fixed head of a PKCS #8 Ed25519 key.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  const drill = key.export({ format: 'der', type: 'spki' }).subarray(-32)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(y.length)
  const head = [Buffer.from('chartseal/share/v2'), setId, Buffer.of(threshold, numShares, x)]
  return Uint8Array.from(Buffer.concat([...head, length, c, drill]))
}
