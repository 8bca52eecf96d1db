import { openReceipt, receipt } from '@chartseal/audit'
import { SigningKey } from '@chartseal/core/ed25519'
import { encodeBase64, encodeUtf8 } from '@chartseal/core/encoding'
import {
  buildLog,
  bundleAt,
  changed,
  codeOf,
  fixedClock,
  flipBit,
  type LogFiles,
  propertyRuns,
  type TestLog,
} from '@chartseal/testkit'
import {
  cosigner,
  ed25519Signer,
  formatCheckpoint,
  mapSource,
  type NoteSigner,
  parseCosignatureKey,
  parseVerifierKey,
  policyOf,
  signNote,
} from '@chartseal/tlog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entryLeaf, logOf } from './log-leaves.js'

const origin = 'clinic.example/audit'
const signerOf = (byte: number): NoteSigner =>
  ed25519Signer(origin, new SigningKey(new Uint8Array(32).fill(byte)))
const logKey = signerOf(1)
const witness = cosigner('witness.example', new SigningKey(new Uint8Array(32).fill(9)), fixedClock(0))
const options = { log: [parseVerifierKey(logKey.verifierKey)] }

function signed(log: TestLog, signer = logKey): LogFiles {
  const note = signNote(formatCheckpoint({ origin, extensions: [], ...log.head }), [signer])
  return changed(log.files, copy => copy.set('checkpoint', encodeUtf8(note)))
}

describe('a receipt', () => {
  it('proves its leaf without the log, at every place of every size', async () => {
    const law = fc.asyncProperty(fc.integer({ min: 1, max: 800 }), fc.nat(), async (n, at) => {
      const log = logOf(n)
      const index = at % n
      const text = await receipt(mapSource(signed(log)), index, options)
      const opened = openReceipt(text, options)
      expect(opened.index).toBe(index)
      expect(Buffer.from(opened.leaf)).toEqual(Buffer.from(log.leaves[index] ?? []))
      expect(opened.checkpoint).toMatchObject({ origin, size: n })
    })
    await fc.assert(law, propertyRuns(20))
  })

  it('is a tlog-proof: lines that anyone can read', async () => {
    const log = logOf(3)
    const text = await receipt(mapSource(signed(log)), 1, options)
    const lines = text.split('\n')
    expect(lines.slice(0, 3)).toEqual([
      'c2sp.org/tlog-proof@v1',
      `extra ${encodeBase64(log.leaves[1] ?? new Uint8Array())}`,
      'index 1',
    ])
    expect(lines.slice(5, 9)).toEqual(['', origin, '3', encodeBase64(log.head.root)])
  })

  it('with any character changed is refused, and never opens to another leaf', async () => {
    const log = logOf(300)
    const text = await receipt(mapSource(signed(log)), 17, options)
    const law = fc.asyncProperty(
      fc.nat(),
      fc.constantFrom('A', 'B', '0', '1', '9', '\n', ' ', '/'),
      async (at, by) => {
        const index = at % text.length
        const changedText = `${text.slice(0, index)}${by}${text.slice(index + 1)}`
        fc.pre(changedText !== text)
        expect(await codeOf(() => openReceipt(changedText, options))).toMatch(
          /^(verify|tlog|note|checkpoint|encoding)\//,
        )
      },
    )
    await fc.assert(law, propertyRuns(100))
  })
})

it('opens a receipt that went through an editor or a mail program', async () => {
  const text = await receipt(mapSource(signed(logOf(20))), 3, options)
  for (const spoilt of [text.replaceAll('\n', '\r\n'), `\ufeff${text}`, text.slice(0, -1)]) {
    expect(openReceipt(spoilt, options).index).toBe(3)
  }
})

describe('no receipt', () => {
  it('note/unsigned, checkpoint/quorum: of a log that is not believed, made or opened', async () => {
    const log = logOf(20)
    const strict = {
      ...options,
      policy: policyOf([], [{ name: 'w', verifier: parseCosignatureKey(witness.verifierKey) }], 1, {
        allowWeak: true,
      }),
    }
    const other = { log: [parseVerifierKey(signerOf(2).verifierKey)] }
    const text = await receipt(mapSource(signed(log)), 3, options)
    expect(await codeOf(() => receipt(mapSource(signed(log)), 3, strict))).toBe('checkpoint/quorum')
    expect(await codeOf(() => openReceipt(text, strict))).toBe('checkpoint/quorum')
    expect(await codeOf(() => receipt(mapSource(signed(log)), 3, other))).toBe('note/unsigned')
    expect(await codeOf(() => openReceipt(text, other))).toBe('note/unsigned')
    expect(await codeOf(() => receipt(mapSource(log.files), 3, options))).toBe('verify/no-checkpoint')
  })

  it('for a leaf that was changed, or that is not there', async () => {
    const files = signed(logOf(20))
    flipBit(files, bundleAt(0, 20), 500)
    expect(await codeOf(() => receipt(mapSource(files), 0, options))).toBe('verify/bundle-damaged')
    await expect(receipt(mapSource(signed(logOf(20))), 20, options)).rejects.toThrow(RangeError)
  })

  it('audit/bad-receipt: without its leaf, with another one, or with one that belongs elsewhere', async () => {
    const log = logOf(20)
    const text = await receipt(mapSource(signed(log)), 3, options)
    const bare = text.replace(/extra .*\n/, '')
    const other = text.replace(/extra .*\n/, `extra ${encodeBase64(log.leaves[4] ?? new Uint8Array())}\n`)
    expect(await codeOf(() => openReceipt(bare, options))).toBe('audit/bad-receipt')
    expect(await codeOf(() => openReceipt(other, options))).toBe('tlog/not-included')
    // Signed like that by the log itself.
    const misplaced = buildLog([entryLeaf(1), entryLeaf(0)])
    const lie = await receipt(mapSource(signed(misplaced)), 0, options)
    expect(await codeOf(() => openReceipt(lie, options))).toBe('audit/bad-receipt')
  })
})
