import { formatRecipient, hpkeRecipient } from '@chartseal/ipfs-envelope'

/** A record key as cards name it: `csrec1…`. */
export const formatRecordKey = (publicKey: Uint8Array): string =>
  formatRecipient(hpkeRecipient('x25519', publicKey))
