import { encodeBase64 } from '@chartseal/core/encoding'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { formatCommitments, parseCommitments, parseShare } from '../dist/threshold/messages.js'

const word = encodeBase64(new Uint8Array(32).fill(1))
const malformed = 'log-signer/malformed'

describe('what a server and its signers say to each other', () => {
  it('is commitments in the order of their signers, in one spelling', async () => {
    const text = `1 ${word} ${word}\n3 ${word} ${word}\n`
    expect(formatCommitments(parseCommitments(text))).toBe(text)
    for (const bad of [
      '',
      text.slice(0, -1),
      text.replace('3', '0'),
      text.replace('3', '03'),
      text.split('\n').toReversed().join('\n').slice(1).concat('\n'),
      text.replace(word, word.slice(4)),
      text.replace(`${word}\n`, '\n'),
      text.repeat(200),
    ])
      expect([bad.slice(0, 60), await codeOf(() => parseCommitments(bad))]).toEqual([
        bad.slice(0, 60),
        malformed,
      ])
  })

  it('is a share on one line', async () => {
    expect(parseShare(`2 ${word}\n`).signer).toBe(2)
    for (const bad of [`2 ${word}`, `2 ${word}\n2 ${word}\n`, `2\n`, `x ${word}\n`])
      expect(await codeOf(() => parseShare(bad))).toBe(malformed)
  })
})
