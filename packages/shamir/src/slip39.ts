/**
 * SLIP-0039: mnemonics of a secret in groups, for people who write them down. The word list of the standard is an
 * argument, since this package ships none. Limits: docs/spec/slip39.md.
 */
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { decryptSecret, encryptSecret } from './slip39/cipher.js'
import { slip39Error } from './slip39/errors.js'
import { formatMnemonic, type Mnemonic, parseMnemonic } from './slip39/mnemonic.js'
import { combinePoints, splitPoints } from './slip39/sharing.js'
import { requireWords } from './slip39/words.js'

export { type Slip39Errors, slip39Error } from './slip39/errors.js'
export { type Mnemonic, type MnemonicSet, parseMnemonic } from './slip39/mnemonic.js'

export interface MnemonicGroup {
  readonly threshold: number
  /** 1 to 16; a threshold of 1 only with a count of 1. */
  readonly count: number
}

export interface MnemonicOptions {
  /** The 1,024 words of SLIP-0039 in their order. */
  readonly words: readonly string[]
  /** Printable ASCII. A wrong one gives a wrong secret and no error. */
  readonly passphrase?: string
  readonly engine?: Engine
}

export interface SplitMnemonicsOptions extends MnemonicOptions {
  readonly groupThreshold: number
  readonly groups: readonly MnemonicGroup[]
  /** 10,000 · 2^exponent iterations of PBKDF2; 0 to 15. */
  readonly exponent?: number
  readonly random?: Random
}

export interface CombineMnemonicsOptions extends MnemonicOptions {
  /** Above it nothing is derived, as a mnemonic could ask for hours. */
  readonly maxExponent?: number
}

/**
 * The mnemonics of each group, in the order of `groups`; the secret has 16 to 32 bytes, an even number.
 * @throws RangeError for other sizes, thresholds, passphrases or another word list
 */
export function splitMnemonics(
  secret: Uint8Array,
  options: SplitMnemonicsOptions,
): readonly (readonly string[])[] {
  const { words, groupThreshold, groups, passphrase = '', exponent = 1 } = options
  const { random = systemRandom, engine = defaultEngine() } = options
  requireWords(words)
  requirePassphrase(passphrase)
  requireSizes(secret, options)
  if (!isWithin(exponent, 0, 15)) throw new RangeError('exponent must be from 0 to 15')
  const [high = 0, low = 0] = random.bytes(2)
  const id = ((high & 0x7f) << 8) | low
  const set = { id, extendable: true, exponent, groupThreshold, groupCount: groups.length }
  const sealed = encryptSecret(secret, passphrase, set)
  const outer = splitPoints(sealed, groupThreshold, groups.length, random, engine)
  return outer.map(({ x: group, y }) => {
    const { threshold = 1, count = 1 } = groups[group] ?? {}
    return splitPoints(y, threshold, count, random, engine).map(({ x: member, y: value }) =>
      formatMnemonic({ ...set, group, member, threshold, value }, words),
    )
  })
}

/**
 * The secret: exactly as many groups as needed, and of each exactly as many mnemonics as it needs. Compare a key id
 * with a known one, since a wrong passphrase goes unnoticed. The caller wipes the result.
 * @throws ChartsealError `slip39/…`
 * @throws RangeError for another word list or a passphrase that is not printable ASCII
 */
export function combineMnemonics(mnemonics: readonly string[], options: CombineMnemonicsOptions): Uint8Array {
  const { words, passphrase = '', maxExponent = 5, engine = defaultEngine() } = options
  requireWords(words)
  requirePassphrase(passphrase)
  const shares = mnemonics.map((text, index) => parseMnemonic(text, words, index))
  const [first] = shares
  if (first === undefined) throw slip39Error('slip39/wrong-groups', { have: 0, need: 1 })
  refuseStrangers(shares, first)
  const { exponent, groupThreshold: need } = first
  if (exponent > maxExponent) throw slip39Error('slip39/too-slow', { exponent, most: maxExponent })
  const groups = new Set(shares.map(({ group }) => group))
  if (groups.size !== need) throw slip39Error('slip39/wrong-groups', { have: groups.size, need })
  const points = [...groups].map(group => ({
    x: group,
    y: groupValue(
      shares.filter(share => share.group === group),
      engine,
    ),
  }))
  return decryptSecret(combinePoints(points, engine), passphrase, first)
}

function refuseStrangers(shares: readonly Mnemonic[], first: Mnemonic): void {
  const common = ({ id, extendable, exponent, groupThreshold, groupCount, value }: Mnemonic): string =>
    [id, extendable, exponent, groupThreshold, groupCount, value.length].join()
  for (const [index, share] of shares.entries()) {
    const peer = shares.find(({ group }) => group === share.group)
    if (common(share) !== common(first) || peer?.threshold !== share.threshold)
      throw slip39Error('slip39/mixed-sets', { index })
  }
}

function groupValue(shares: readonly Mnemonic[], engine: Engine): Uint8Array {
  const { group = 0, threshold: need = 1 } = shares[0] ?? {}
  const twice = shares.find(({ member }, i) => shares.findIndex(other => other.member === member) !== i)
  if (twice !== undefined) throw slip39Error('slip39/duplicate-index', { group, member: twice.member })
  if (shares.length !== need) throw slip39Error('slip39/wrong-members', { group, have: shares.length, need })
  return combinePoints(
    shares.map(({ member, value }) => ({ x: member, y: value })),
    engine,
  )
}

function requireSizes(secret: Uint8Array, { groupThreshold, groups }: SplitMnemonicsOptions): void {
  if (!isWithin(secret.length, 16, 32) || secret.length % 2 !== 0)
    throw new RangeError('secret must have an even number of bytes from 16 to 32')
  if (!isWithin(groups.length, 1, 16) || !isWithin(groupThreshold, 1, groups.length))
    throw new RangeError('groups must be 1 to 16, and groupThreshold from 1 to their number')
  for (const { threshold, count } of groups) {
    const alone = threshold === 1 && count > 1
    if (!isWithin(count, 1, 16) || !isWithin(threshold, 1, count) || alone)
      throw new RangeError('a group must have 1 to 16 members; a threshold of 1 needs a count of 1')
  }
}

function requirePassphrase(passphrase: string): void {
  if (!/^[\x20-\x7e]*$/.test(passphrase)) throw new RangeError('passphrase must be printable ASCII')
}

const isWithin = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most
