import { encodeUtf8 } from '@chartseal/core/encoding'
import { inclusionProof } from '@chartseal/core/merkle'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import {
  bundlePath,
  decodeBundle,
  decodeTile,
  encodeBundle,
  encodeTile,
  formatCheckpoint,
  formatNote,
  formatProof,
  openNote,
  parseCheckpoint,
  parseCosignatureKey,
  parseNote,
  parseProof,
  parseVerifierKey,
  signNote,
  tilePath,
  verifyCheckpoint,
  verifyProof,
} from '@chartseal/tlog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkpointOf, checkpointText, leaves, logKey, nowMs, witnessKey } from './note-helpers.js'

const log = parseVerifierKey(logKey.verifierKey)

describe('signed notes', () => {
  it('agree with the example of C2SP signed-note', () => {
    const key = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
    const signature =
      'Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM='
    const note = `This is an example message.\n\n\u2014 example.com/foo ${signature}\n`
    expect(openNote(note, [parseVerifierKey(key)]).text).toBe('This is an example message.\n')
  })

  it('are one text for one meaning, and open with the key that signed', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 30 }).filter(text => !/[\p{Cc}]/u.test(text))
    const law = fc.property(fc.array(line, { maxLength: 5 }), fc.boolean(), (lines, both) => {
      const text = `${lines.join('\n')}\n`
      const note = signNote(text, both ? [logKey, witnessKey(1)] : [logKey])
      const parsed = parseNote(note)
      expect(formatNote(parsed.text, parsed.signatures)).toBe(note)
      expect(openNote(note, [log])).toMatchObject({ text, verified: [{ name: log.name }] })
    })
    fc.assert(law, propertyRuns(100, 40))
  })

  it('do not open when one character is another', async () => {
    const note = checkpointOf(leaves(5))
    for (let at = 0; at < note.length; at++) {
      for (const other of ['A', '1', '\n']) {
        if (note[at] === other) continue
        const changed = `${note.slice(0, at)}${other}${note.slice(at + 1)}`
        expect(await codeOf(() => verifyCheckpoint(changed, { log }))).toMatch(/^(note|checkpoint)\//)
      }
    }
  })

  it('keep signatures of unknown kinds and read past them', () => {
    const { text, signatures } = parseNote(checkpointOf(leaves(3)))
    const postQuantum = { name: 'w', keyId: Uint8Array.of(1, 2, 3, 4), signature: new Uint8Array(2428) }
    const note = formatNote(text, [...signatures, ...new Array(20).fill(postQuantum)])
    expect(openNote(note, [log]).signatures).toHaveLength(21)
  })
})

describe('cosignatures', () => {
  it('carry the time, and are not signatures of the note', () => {
    const key = witnessKey(1)
    const verifier = parseCosignatureKey(key.verifierKey)
    const { signatures } = openNote(checkpointOf(leaves(4), key), [verifier])
    expect(verifier.timestampOf(signatures[1]?.signature ?? new Uint8Array())).toBe(BigInt(nowMs / 1000))
  })

  it('agree with the message that C2SP tlog-cosignature shows', () => {
    const text = encodeUtf8(checkpointText(leaves(4)))
    const bytes = witnessKey(1).sign(text)
    const verifier = parseCosignatureKey(witnessKey(1).verifierKey)
    expect(verifier.verify(text, bytes)).toBe(true)
    expect(verifier.verify(text, Uint8Array.of(0x80, ...bytes.subarray(1)))).toBe(false)
    expect(verifier.verify(text, bytes.subarray(0, 70))).toBe(false)
  })
})

describe('checkpoints', () => {
  it('are one text for one meaning', () => {
    const size = fc.oneof(fc.nat(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER))
    const extensions = fc.array(fc.stringMatching(/^[ -~]{1,20}$/), { maxLength: 3 })
    const root = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const law = fc.property(size, root, extensions, (leafCount, hash, lines) => {
      const checkpoint = { origin: 'a.example/log', size: leafCount, root: hash, extensions: lines }
      expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint)
    })
    fc.assert(law, propertyRuns(100, 40))
  })
})

describe('tiles', () => {
  it.each([
    [0, 'tile/3/000'],
    [999, 'tile/3/999'],
    [1000, 'tile/3/x001/000'],
    [1234067, 'tile/3/x001/x234/067'],
  ])('the tile %i stands at %s', (index, path) => {
    expect(tilePath(3, index, 256)).toBe(path)
    expect(tilePath(3, index, 17)).toBe(`${path}.p/17`)
    expect(bundlePath(index, 1)).toBe(`${path.replace('/3/', '/entries/')}.p/1`)
  })

  it('bundles and tiles come back', () => {
    const entries = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 256 })
    fc.assert(
      fc.property(entries, list => {
        expect(decodeBundle(encodeBundle(list))).toEqual(list)
      }),
      propertyRuns(50, 20),
    )
    expect(decodeTile(encodeTile(leaves(256)))).toEqual(leaves(256))
    expect(encodeBundle([new Uint8Array(65_535)]).subarray(0, 2)).toEqual(Uint8Array.of(255, 255))
  })
})

describe('proofs', () => {
  it('are one text for one meaning, and prove what they say and nothing else', async () => {
    const law = fc.asyncProperty(
      fc.integer({ min: 1, max: 70 }),
      fc.nat(),
      fc.boolean(),
      async (size, at, bare) => {
        const hashes = leaves(size)
        const index = at % size
        const leaf = encodeUtf8(`entry ${index}`)
        const proof = { index, hashes: inclusionProof(hashes, index), checkpoint: checkpointOf(hashes) }
        const text = formatProof(bare ? proof : { ...proof, extra: leaf })
        const parsed = parseProof(text)
        expect(formatProof(parsed)).toBe(text)
        expect(verifyProof(parsed, leaf, { log }).size).toBe(size)
        const wrong = encodeUtf8(`entry ${index + 1}`)
        expect(await codeOf(() => verifyProof(parsed, wrong, { log }))).toBe('tlog/not-included')
        const moved = { ...parsed, index: index + 1 }
        expect(await codeOf(() => verifyProof(moved, leaf, { log }))).toBe('tlog/not-included')
      },
    )
    await fc.assert(law, propertyRuns(40, 15))
  })
})
