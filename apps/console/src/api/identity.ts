/** Who this device is for the clinic: an Ed25519 key that signs and cannot be read, not even by this page. */
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { ownBuffer } from '@chartseal/core/bytes'
import type { Locks } from '../store/locks.js'
import type { RowChange, Rows } from '../store/rows.js'

const row = 'identity'

/** Signs for one device. */
export interface Signer {
  /** RFC 7638 thumbprint of the public key: 43 characters. */
  readonly kid: string
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  sign(bytes: Uint8Array): Promise<Uint8Array>
}

/** The identity of this device, made at the first call and durable before it is given out. */
export function deviceIdentity(rows: Rows, locks: Locks): Promise<Signer> {
  // Or two tabs would make one each, and enrol one and sign with the other.
  return locks('chartseal/identity', () => foundOrMade(rows))
}

async function foundOrMade(rows: Rows): Promise<Signer> {
  const found = await rows.get(row)
  if (found !== null && typeof found !== 'string' && 'privateKey' in found) return signerOf(found)
  const made = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  if (!('privateKey' in made)) throw new Error('internal: a signing key is a pair')
  await rows.write([[row, made]])
  return signerOf(made)
}

/** The change that forgets it: the next one is somebody else for the clinic. */
export const identityGone: RowChange = [row, null]

/** For what is asked by nobody in particular. */
export const nobody: Signer = {
  kid: '',
  publicKey: new Uint8Array(),
  sign: async () => {
    throw new Error('internal: nobody signs')
  },
}

async function signerOf({ privateKey, publicKey }: CryptoKeyPair): Promise<Signer> {
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))
  return {
    kid: thumbprintOf(raw),
    publicKey: raw,
    sign: async bytes => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, ownBuffer(bytes))),
  }
}
