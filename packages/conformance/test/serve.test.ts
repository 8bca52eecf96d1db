import { readFileSync } from 'node:fs'
import { answerLine, type Operations, operations } from '@chartseal/conformance/interop'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { fixedClock } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { ask, askLines } from './client.js'

const key = '11'.repeat(32)

describe('interop', () => {
  it('encrypts and decrypts', async () => {
    const { wire } = await ask({ op: 'encrypt', key, plaintext: '', patient_id: 'P' })
    const opened = { ok: true, plaintext: '', patient_id: 'P' }
    expect(await ask({ op: 'decrypt', key, wire })).toEqual(opened)
    expect(await ask({ op: 'decrypt', key, wire, lenient: true })).toEqual(opened)
  })

  it.each([
    ['json/invalid', 'no JSON'],
    ['json/invalid', '\n'],
    ['json/invalid', '[1]'],
    ['json/invalid', '{"op": 7}'],
    ['encoding/invalid', Uint8Array.of(0x22, 0xff, 0x22)],
    ['interop/unknown-op', '{"op": "frobnicate"}'],
    ['interop/unknown-op', '{"op": "constructor"}'],
    ['json/invalid', '{"op": "encrypt", "key": "XX"}'],
    ['key/wrong-length', '{"op": "encrypt", "key": "00"}'],
    ['wire/not-bracketed', `{"op": "decrypt", "key": "${key}", "wire": "x"}`],
  ])('answers %s for %j', async (code, line) => {
    expect(await askLines(line)).toEqual([{ ok: false, code }])
  })

  it('answers in order, gives an id back, and needs no line feed at the end', async () => {
    const answers = await askLines('{"op":"x","id":1}\r\n{"op":"y","id":"two"}\n\n{"op":"z","id":[]}')
    expect(answers.map(answer => answer['id'] ?? answer['code'])).toEqual([
      1,
      'two',
      'json/invalid',
      'interop/unknown-op',
    ])
  })

  it('takes U+2028 inside a line and lines of megabytes', async () => {
    const plaintext = 'a\u2028b'.repeat(1_000_000)
    const { wire } = await ask({ op: 'encrypt', key, plaintext, patient_id: 'P' })
    const opened = await ask({ op: 'decrypt', key, wire })
    expect(opened['plaintext'] === plaintext).toBe(true)
  })

  it('has every operation of docs/spec/interop.md', () => {
    const page = readFileSync(new URL('../../../docs/spec/interop.md', import.meta.url), 'utf8')
    const documented = [...page.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, op]) => op)
    expect(Object.keys(operations).sort()).toEqual(documented.sort())
  })

  it('answers nothing to no line', async () => {
    expect(await askLines('')).toEqual([])
  })

  it('answers what is no refusal of ours, which would be a fault of ours, with a code too', async () => {
    const broken: Operations = {
      broken() {
        throw new Error('internal')
      },
    }
    const line = encodeUtf8('{"op": "broken", "id": 1}')
    const answer = await answerLine(line, broken, { clock: fixedClock(0), random: systemRandom })
    expect(answer).toEqual({ ok: false, code: 'interop/internal', id: 1 })
  })
})
