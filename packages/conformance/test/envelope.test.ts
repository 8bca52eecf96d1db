import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { JsonObject } from '@chartseal/core/json'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { ask } from './client.js'

const load = (name: string): JsonObject =>
  JsonObject.parse(readFileSync(join(vectorFolder('seeds'), `${name}.json`), 'utf8'))
const packages = load('envelope-packages')
const [privateKeys, publicKeys] = [packages.texts('private_keys_pem'), packages.texts('public_keys_pem')]
const names = ['alice', 'bob', 'carol']

describe('interop envelope-encrypt and envelope-decrypt', () => {
  it('opens for every recipient what was sealed for all', async () => {
    const recipients = names.map((id, i) => ({ id, public_key_pem: publicKeys[i] }))
    for (const plaintext of ['', '00ff'.repeat(1000)]) {
      const sealed = await ask({ op: 'envelope-encrypt', plaintext, recipients })
      expect(Object.keys(sealed)).toEqual(['ok', 'package', 'ciphertext'])
      for (const [i, recipient] of names.entries()) {
        const request = { ...sealed, op: 'envelope-decrypt', private_key_pem: privateKeys[i] }
        expect(await ask(request)).toEqual({ ok: true, plaintext })
        expect(await ask({ ...request, recipient })).toEqual({ ok: true, plaintext })
      }
    }
  })

  it('answers the seeds’ vectors as they should be answered', async () => {
    for (const one of load('envelope-reject').objects('cases')) {
      const index = one.count('private_key_index')
      const request = {
        op: 'envelope-decrypt',
        package: one.raw('package'),
        ciphertext: one.text('ciphertext'),
        private_key_pem: privateKeys[index],
        recipient: names[index],
      }
      const { ok } = await ask(request)
      expect(ok).toBe(one.text('should') === 'accept')
    }
  })

  it('refuses by code', async () => {
    expect(await ask({ op: 'envelope-encrypt', plaintext: '', recipients: [] })).toEqual({
      ok: false,
      code: 'envelope/no-recipients',
    })
    const [first] = packages.objects('cases')
    const request = {
      op: 'envelope-decrypt',
      package: first?.raw('package'),
      ciphertext: '00',
      private_key_pem: privateKeys[0],
    }
    expect(await ask(request)).toEqual({ ok: false, code: 'envelope/cid-mismatch' })
  })
})
