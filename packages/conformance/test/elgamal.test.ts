import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { JsonObject } from '@chartseal/core/json'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { ask } from './client.js'

/** The cases of a file of the seed, as plain JSON. */
function cases(name: string): readonly Record<string, unknown>[] {
  return JSON.parse(readFileSync(join(vectorFolder('seeds'), `${name}.json`), 'utf8')).cases
}

describe('interop with MedChatSecure', () => {
  it('elgamal-sign gives the seed’s signature for its k, and its own verifies', async () => {
    for (const fields of cases('medchat-elgamal-sign')) {
      const { signature } = fields
      expect(await ask({ op: 'elgamal-sign', ...fields })).toEqual({ ok: true, signature })
      const fresh = await ask({ op: 'elgamal-sign', ...fields, k: undefined })
      const verdict = await ask({ op: 'elgamal-verify', ...fields, signature: fresh['signature'] })
      expect(verdict).toEqual({ ok: true, verdict: true })
    }
  })

  it('elgamal-verify answers as the seed did', async () => {
    const [tiny] = cases('medchat-elgamal-sign')
    if (tiny === undefined) throw new Error('the file has no case')
    for (const check of new JsonObject(tiny).objects('checks')) {
      const fields = Object.fromEntries(check.keys.map(key => [key, check.raw(key)]))
      const answer = await ask({ op: 'elgamal-verify', ...tiny, ...fields })
      expect(answer).toEqual({ ok: true, verdict: check.boolean('verdict') })
    }
    const three = { op: 'elgamal-verify', ...tiny, signature: ['1', '2', '3'] }
    expect(await ask(three)).toEqual({ ok: true, verdict: false })
  })

  it.each(['medchat-session-keys', 'medchat-group-keys'])('%s', async name => {
    for (const fields of cases(name)) {
      const op = name === 'medchat-session-keys' ? 'session-key' : 'group-key'
      const { computed_sk, skv, group_key } = fields
      const expected = op === 'session-key' ? { computed_sk, skv } : { group_key }
      expect(await ask({ op, ...fields, group_key: undefined })).toEqual({ ok: true, ...expected })
    }
  })

  it('frames opens what the seed sealed, and what it sealed itself', async () => {
    for (const fields of cases('medchat-frames').filter(each => !('name' in each))) {
      const { session_key, group_key, message, encrypted_group_key, encrypted_message } = fields
      const opened = { ok: true, group_key, message }
      const given = { op: 'frames', session_key, encrypted_group_key, encrypted_message }
      expect(await ask(given)).toEqual(opened)
      const sealed = await ask({ op: 'frames', session_key, group_key, message })
      expect(await ask({ op: 'frames', session_key, ...sealed })).toEqual(opened)
    }
  })

  it('one payload alone, and what is refused', async () => {
    const key = '11'.repeat(32)
    const { encrypted_message } = await ask({ op: 'frames', group_key: key, message: '' })
    const opened = await ask({ op: 'frames', group_key: key, encrypted_message })
    expect(opened).toEqual({ ok: true, group_key: key, message: '' })
    const { encrypted_group_key } = await ask({ op: 'frames', group_key: key, session_key: key })
    expect(await ask({ op: 'frames', session_key: key, encrypted_group_key })).toEqual({
      ok: true,
      group_key: key,
    })
    const wrong = { op: 'frames', session_key: '22'.repeat(32), encrypted_group_key }
    expect(await ask(wrong)).toEqual({ ok: false, code: 'open/failed' })
    const zero = { op: 'elgamal-sign', p: '0', g: '2', private_key: '1', message: '' }
    expect(await ask(zero)).toEqual({ ok: false, code: 'interop/invalid-request' })
  })
})
