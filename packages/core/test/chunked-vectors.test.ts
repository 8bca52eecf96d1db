import { createHash } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import { openBytes, openRange, openStream, sealBytes } from '@chartseal/core/chunked'
import { encodeHex } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import { describe, expect } from 'vitest'
import { memorySource, openByRanges, split, through } from './chunked-helpers.js'
import { codeOf } from './helpers.js'
import { wycheproofSuite } from './wycheproof.js'

interface Case {
  readonly key: AeadKey
  readonly context: Uint8Array
  readonly sealed: Uint8Array
  readonly valid: boolean
  readonly flags: readonly string[]
  /** Of the plaintext, or of the longest prefix that opens; `null` when nothing does. */
  readonly sha512: string | null
  readonly sizeBytes: number
}

const toCase = (test: JsonObject): Case => ({
  key: new AeadKey(test.hex('key')),
  context: test.hex('ctx'),
  sealed: new Uint8Array(inflateSync(test.hex('ct'))),
  valid: test.text('result') === 'valid',
  flags: test.texts('flags'),
  sha512: test.has('msgSha512') ? test.text('msgSha512') : null,
  sizeBytes: test.has('msgLength') ? test.count('msgLength') : 0,
})

const sha512 = (bytes: Uint8Array): string => createHash('sha512').update(bytes).digest('hex')
const refusal = expect.objectContaining({ name: 'ChartsealError' })

/** Every case on one path; a key of another size is none at all. */
function everyCase(path: string, check: (testCase: Case) => void | Promise<void>): void {
  describe(path, () => {
    wycheproofSuite('c2sp_chunked_encryption_aes_256_gcm_test', test => {
      if (test.hex('key').length === AeadKey.sizeBytes) return check(toCase(test))
      expect(test.text('result')).toBe('invalid')
      expect(codeOf(() => toCase(test))).toBe('key/wrong-length')
    })
  })
}

everyCase('one shot', ({ key, context, sealed, valid, sha512: digest }) => {
  const open = (): Uint8Array => openBytes(key, sealed, context)
  if (valid) expect(sha512(open())).toBe(digest)
  else expect(codeOf(open)).toMatch(/^(chunked\/truncated|open\/failed)$/)
})

everyCase('sealed again under its salt', ({ key, context, sealed, valid }) => {
  if (!valid) return
  const again = sealBytes(key, openBytes(key, sealed, context), context, { bytes: () => sealed.slice(0, 24) })
  expect(encodeHex(again)).toBe(encodeHex(sealed))
})

// Chunk by chunk after the header, whole, with borders in odd places, and in many blocks at once.
const splits = [[56, ...Array.from({ length: 300 }, () => 16_400)], [1 << 30], [40, 7, 16_399, 3], [70_001]]

everyCase('stream in odd pieces', async testCase => {
  for (const [index, sizes] of splits.entries()) {
    const stream = openStream(testCase.key, testCase.context)
    const { bytes, code } = await through(stream, split(testCase.sealed, ...sizes))
    expect(code).toMatch(testCase.valid ? 'accepted' : /^(chunked\/truncated|open\/failed)$/)
    expect(bytes.length).toBeLessThanOrEqual(testCase.sizeBytes)
    // Fed chunk by chunk, exactly the longest valid prefix comes out.
    const whole = testCase.valid || index === 0
    if (whole && testCase.sha512 !== null) expect(sha512(bytes)).toBe(testCase.sha512)
  }
})

everyCase('random access', async ({ key, context, sealed, valid, sha512: digest }) => {
  for (const step of sealed.length > 1_000_000 ? [1_000_003] : [16_384, 5000]) {
    const opening = openByRanges(key, sealed, context, step)
    if (valid) expect(sha512(await opening)).toBe(digest)
    else await expect(opening).rejects.toThrow(refusal)
  }
})

everyCase('the length from the last chunk alone', async ({ key, context, sealed, valid, flags }) => {
  const body = Math.max(0, sealed.length - 56)
  const from = Math.floor(body / 16_400) * 16_384
  const opening = openRange(key, memorySource(sealed), context, from)
  if (valid || flags.includes('ValidFinalChunk'))
    expect((await opening).sizeBytes).toBe(from + (body % 16_400) - 16)
  else await expect(opening).rejects.toThrow(refusal)
})
