/** Bytes sealed for one X25519 key, as text: `enc` and `ct` of HPKE in base64, a line of its own behind a label in a file. */
import { concat } from '@chartseal/core/bytes'
import { decodeBase64, encodeBase64, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { hpkeOpen, hpkeSeal, x25519Kem } from '@chartseal/core/hpke'
import type { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { plainText } from '@chartseal/tlog'

/** @throws ChartsealError `key/small-order`, `key/invalid` */
export function sealFor(label: string, key: Uint8Array, bytes: Uint8Array, random: Random): string {
  const { enc, ct } = hpkeSeal(x25519Kem, key, encodeUtf8(label), bytes, random)
  return encodeBase64(concat(enc, ct))
}

/** `null` for what is sealed for somebody else, or changed. The caller wipes the bytes. @throws ChartsealError `key/wiped` */
export function openSealed(label: string, secret: SecretBytes, sealed: string): Uint8Array | null {
  const { encBytes } = x25519Kem
  try {
    const bytes = decodeBase64(sealed)
    return hpkeOpen(x25519Kem, secret, bytes.slice(0, encBytes), encodeUtf8(label), bytes.slice(encBytes))
  } catch (error) {
    if (error instanceof ChartsealError && error.code !== 'key/wiped') return null
    throw error
  }
}

/** The same in a file. */
export function sealFile(label: string, key: Uint8Array, bytes: Uint8Array, random: Random): string {
  return `${label}\n${sealFor(label, key, bytes, random)}\n`
}

/** `null` also for a file of another kind. */
export function openFile(label: string, secret: SecretBytes, text: string): Uint8Array | null {
  const [first, sealed = '', ...others] = plainText(text).split('\n')
  return first !== label || others.join('') !== '' ? null : openSealed(label, secret, sealed)
}
