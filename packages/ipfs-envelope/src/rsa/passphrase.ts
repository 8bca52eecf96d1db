/** Passphrases of private keys: one spelling when writing, and who typed another one when reading. */

import { requireText } from '@chartseal/core/arguments'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { envelopeError } from '../errors.js'

/** OpenSSL reads a passphrase into a buffer of this size, and so Node.js opens no key under a longer one. */
const maxPassphraseBytes = 1_024

/**
 * The spelling that a key is written under: OpaqueString (RFC 8265 4.2), each space U+0020 and the text in NFC.
 * @throws ChartsealError `envelope/passphrase-too-long`, `encoding/invalid` for a lone surrogate
 * @throws TypeError unless it is a string, RangeError for an empty one
 */
export function passphraseToWrite(passphrase: string): string {
  requireText('passphrase', passphrase)
  if (passphrase === '') throw new RangeError('passphrase must not be empty')
  const normal = normalized(passphrase)
  if (!fits(normal)) throw tooLong()
  return normal
}

/**
 * The spellings to try: as it was typed, for keys that other tools wrote, then as keys are written here.
 * @throws ChartsealError `envelope/passphrase-too-long` when each is too long, `encoding/invalid`
 */
export function passphrasesToTry(passphrase: string): readonly string[] {
  requireText('passphrase', passphrase)
  const spellings = [...new Set([passphrase, normalized(passphrase)])].filter(fits)
  if (spellings.length === 0) throw tooLong()
  return spellings
}

function normalized(passphrase: string): string {
  return passphrase.replace(/\p{Zs}/gu, ' ').normalize('NFC')
}

function fits(passphrase: string): boolean {
  const bytes = encodeUtf8(passphrase)
  bytes.fill(0)
  return bytes.length <= maxPassphraseBytes
}

function tooLong(): Error {
  return envelopeError('envelope/passphrase-too-long', { maxBytes: maxPassphraseBytes })
}
