import { createJsEngine, createWasmEngine } from '@chartseal/core/engine'
import { combineMnemonics, type MnemonicGroup, slip39Error, splitMnemonics } from '@chartseal/shamir/slip39'
import { slip39Format, subsetsOf } from '@chartseal/shamir/vectors'
import { codesRaised, propertyRuns, runSharedSuite } from '@chartseal/testkit'
import fc from 'fast-check'
import Oracle from 'slip39'
import helper from 'slip39/src/slip39_helper.js'
import { describe, expect, it } from 'vitest'

const words = helper.WORD_LIST
runSharedSuite(['slip39', 'vectors.json'], slip39Format(words), [createJsEngine(), createWasmEngine()])

const secret = Uint8Array.from({ length: 16 }, (_, i) => i * 3)
const two = { threshold: 2, count: 3 }
const split = (groupThreshold: number, groups: readonly MnemonicGroup[], passphrase = ''): string[][] =>
  splitMnemonics(secret, { words, groupThreshold, groups, passphrase, exponent: 0 }).map(group => [...group])
const combine = (mnemonics: readonly string[], passphrase = ''): Uint8Array =>
  combineMnemonics(mnemonics, { words, passphrase })

describe('laws of mnemonics', () => {
  it('gives the secret from every subset that is just enough', () => {
    const groups = split(2, [two, { threshold: 1, count: 1 }, { threshold: 3, count: 4 }], 'pass phrase')
    const sizes = [2, 1, 3]
    for (const chosen of subsetsOf([0, 1, 2], 2)) {
      const [first = [], second = []] = chosen.map(i => [...subsetsOf(groups[i] ?? [], sizes[i] ?? 0)])
      for (const a of first)
        for (const b of second) expect(combine([...a, ...b], 'pass phrase')).toEqual(secret)
    }
  })

  it('brings back secrets of 16 to 32 bytes, an even number', () => {
    const law = fc.property(fc.integer({ min: 8, max: 16 }), fc.nat(), (half, seed) => {
      const value = Uint8Array.from({ length: half * 2 }, (_, i) => i * seed)
      const [group = []] = splitMnemonics(value, { words, groupThreshold: 1, groups: [two], exponent: 0 })
      expect(combine(group.slice(1))).toEqual(value)
    })
    fc.assert(law, propertyRuns(9, 3))
  })

  it('recovers from 16 of 16 in 16 groups', () => {
    const groups = Array.from({ length: 16 }, () => ({ threshold: 1, count: 1 }))
    expect(combine(split(16, groups).flat())).toEqual(secret)
    expect(combine(split(1, [{ threshold: 16, count: 16 }]).flat())).toEqual(secret)
  })

  it('gives another secret and no error for a wrong passphrase', () => {
    const [group = []] = split(1, [two], 'right')
    expect(combine(group.slice(1), 'wrong')).not.toEqual(secret)
  })

  it('agrees with the package slip39, both ways', () => {
    const [group = []] = split(1, [two], 'TREZOR')
    expect(Uint8Array.from(Oracle.recoverSecret(group.slice(0, 2), 'TREZOR'))).toEqual(secret)
    for (const extendableBackupFlag of [0, 1] as const) {
      const options = {
        passphrase: 'x',
        threshold: 1,
        groups: [[2, 3, 'kit']] as const,
        extendableBackupFlag,
      }
      const theirs = Oracle.fromArray([...secret], options).fromPath('r/0').mnemonics
      expect(combine(theirs.slice(1), 'x')).toEqual(secret)
    }
  })
})

describe('mnemonics that are refused', () => {
  const expectCode = codesRaised(slip39Error)
  const [first = [], second = []] = split(2, [two, two])
  const [one = '', other = ''] = first

  it('refuses mnemonics for their words', async () => {
    const list = one.split(' ')
    for (const bad of [
      '',
      one.slice(0, one.lastIndexOf(' ')),
      one.toUpperCase(),
      `${one} `,
      list.with(5, 'chartseal').join(' '),
      list.with(5, list[5] === 'academic' ? 'acid' : 'academic').join(' '),
    ])
      await expectCode('slip39/invalid-mnemonic', () => combine([bad]))
  })

  it('refuses mnemonics for the set they make', async () => {
    await expectCode('slip39/wrong-groups', () => combine([]))
    await expectCode('slip39/wrong-groups', () => combine(first.slice(1)))
    await expectCode('slip39/wrong-members', () => combine([one, ...second.slice(1)]))
    await expectCode('slip39/wrong-members', () => combine([...first, ...second.slice(1)]))
    await expectCode('slip39/duplicate-index', () => combine([one, one, ...second.slice(1)]))
    const [stranger = ''] = split(2, [two, two])[0] ?? []
    await expectCode('slip39/mixed-sets', () => combine([other, stranger, ...second.slice(1)]))
  })

  it('refuses a wrong digest, which only a forger makes, and an absurd exponent', async () => {
    const random = { bytes: (size: number) => new Uint8Array(size) }
    const make = (value: Uint8Array, exponent = 0): readonly string[] =>
      splitMnemonics(value, { words, groupThreshold: 1, groups: [two], exponent, random })[0] ?? []
    const [a = ''] = make(secret)
    const [, b = ''] = make(secret.map(byte => byte ^ 1))
    await expectCode('slip39/bad-digest', () => combine([a, b]))
    const slow = make(secret, 1)
    await expectCode('slip39/too-slow', () => combineMnemonics(slow.slice(1), { words, maxExponent: 0 }))
  })
})

describe('wrong calls', () => {
  const options = { words, groupThreshold: 1, groups: [two] }
  it.each<[string, () => unknown]>([
    ['15 bytes', () => splitMnemonics(secret.subarray(1), options)],
    ['34 bytes', () => splitMnemonics(new Uint8Array(34), options)],
    ['17 bytes', () => splitMnemonics(new Uint8Array(17), options)],
    ['no group', () => split(1, [])],
    ['17 groups', () => split(1, new Array<MnemonicGroup>(17).fill(two))],
    ['a threshold above the groups', () => split(2, [two])],
    ['1 of 2', () => split(1, [{ threshold: 1, count: 2 }])],
    ['3 of 2', () => split(1, [{ threshold: 3, count: 2 }])],
    ['2 of 17', () => split(1, [{ threshold: 2, count: 17 }])],
    ['a fraction', () => split(1, [{ threshold: 1.5, count: 2 }])],
    ['an exponent of 16', () => splitMnemonics(secret, { ...options, exponent: 16 })],
    ['a passphrase that is not ASCII', () => split(1, [two], 'für')],
    ['another word list', () => splitMnemonics(secret, { ...options, words: words.toReversed() })],
    ['another word list, combining', () => combineMnemonics([], { words: words.slice(1) })],
  ])('throws RangeError for %s', (_, attempt) => {
    expect(attempt).toThrow(RangeError)
  })
})

describe('the runner of the official vectors', () => {
  const [group = []] = split(1, [two], 'TREZOR')
  const right = ['right', group.slice(1), Buffer.from(secret).toString('hex'), 'xprv']
  const run = (row: unknown, list: readonly string[] | null = words): unknown => {
    const [one] = slip39Format(list)([row]) ?? []
    return one?.run(createJsEngine())
  }

  it('recognises the official vectors', () => {
    const others = [null, {}, [], [1], [['a', []]], [['a', 'b', '', '']], [['a', [1], '', '']], [right, 1]]
    for (const other of others) expect(slip39Format(words)(other)).toBeNull()
  })

  it('notices a wrong secret, a refusal that does not come and one that does', () => {
    expect(run(right)).toBeUndefined()
    for (const wrong of [right.with(2, '00'), right.with(2, ''), right.with(1, group)])
      expect(() => run(wrong)).toThrow('differs')
    expect(run(right.with(1, group).with(2, ''))).toBeUndefined()
  })

  it('skips the official vectors without a word list', () => {
    expect(() => run(right, null)).toThrow('no word list')
    expect(() => run(right, [])).toThrow(RangeError)
  })
})
