import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { keyWordList } from '../dist/key-word-list.js'
import { keyWords } from '../dist/key-words.js'

describe('a key in words', () => {
  it('names each byte by a word of its own, of letters alone', () => {
    expect(keyWordList).toHaveLength(256)
    expect(new Set(keyWordList).size).toBe(256)
    expect([...keyWordList].sort()).toEqual(keyWordList)
    for (const word of keyWordList) expect(word).toMatch(/^[a-z]{3,12}$/)
  })

  it('says the first eight bytes of the hash of the key', () => {
    const key = 'clinic.example/log+12345678+AAAA'
    const hash = createHash('sha256').update(`chartseal/key-words/v2\0${key}`).digest()
    expect(keyWords(key)).toBe([...hash.subarray(0, 8)].map(byte => keyWordList[byte]).join(' '))
    expect(keyWords(`${key}A`)).not.toBe(keyWords(key))
  })
})
