import { decodeHex } from '@chartseal/core/encoding'
import type { Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { agree, NotApplicable, type VectorFormat } from '@chartseal/core/vectors'
import { combineMnemonics } from '../slip39.js'

/** What SLIP-0039 says of its vectors. */
const passphrase = 'TREZOR'

/**
 * The vectors of SLIP-0039: rows of description, mnemonics, secret (empty where they must be refused) and an
 * extended private key, which is not checked. Without a word list every case is not applicable.
 */
export function slip39Format(words: readonly string[] | null): VectorFormat {
  return document => {
    const rows = Array.isArray(document) && document.length > 0 ? document.map(rowOf) : [null]
    if (!rows.every(row => row !== null)) return null
    return rows.map(({ name, mnemonics, secret }) => ({
      name,
      run: engine => check(mnemonics, secret, words, engine),
    }))
  }
}

interface Row {
  readonly name: string
  readonly mnemonics: readonly string[]
  /** Hexadecimal. */
  readonly secret: string
}

function rowOf(row: unknown): Row | null {
  if (!Array.isArray(row) || row.length < 3 || row.length > 4) return null
  const [name, mnemonics, secret, key = '']: readonly unknown[] = row
  const texts = typeof name === 'string' && typeof secret === 'string' && typeof key === 'string'
  return texts && isTexts(mnemonics) ? { name, mnemonics, secret } : null
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(one => typeof one === 'string')
}

function check(
  mnemonics: readonly string[],
  secret: string,
  words: readonly string[] | null,
  engine: Engine,
): void {
  if (words === null) throw new NotApplicable('no word list at hand')
  const answer = secretOrCode(mnemonics, words, engine)
  if (secret !== '') agree('the secret', answer, decodeHex(secret))
  else agree('the verdict', typeof answer === 'string' ? 'refused' : 'accepted', 'refused')
}

function secretOrCode(
  mnemonics: readonly string[],
  words: readonly string[],
  engine: Engine,
): Uint8Array | string {
  try {
    return combineMnemonics(mnemonics, { words, passphrase, engine })
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
}
