import { describe, expect, it } from 'vitest'
import { ask } from './client.js'

// The first cases of the seeds' vectors.
const secret = 'dr-garcia-patient-12345-secret-2026'
const salt = '00112233445566778899aabbccddeeff'
const derived = '29cf2e4dddb94a2d12a5458c90ad745b5d8b95f79dae42648be7f0a625d0a706'
const ofMarch = '19a994fd8984297e8f0beafed11bf32d4cd86a43f706ad392bb87cd7f752186f'

describe('interop, keys', () => {
  it('derive-key takes any secret and any count from 1', async () => {
    const request = { op: 'derive-key', shared_secret: secret, salt }
    expect(await ask({ ...request, iterations: 100_000 })).toEqual({ ok: true, key: derived })
    expect(await ask({ ...request, iterations: '100000' })).toEqual({ ok: true, key: derived })
    expect(await ask({ ...request, shared_secret: '', iterations: 1 })).toMatchObject({ ok: true })
    const refused = { ok: false, code: 'keyring/weak-parameters' }
    expect(await ask({ ...request, iterations: 0 })).toEqual(refused)
    expect(await ask({ ...request, iterations: 2 ** 31 })).toEqual(refused)
  })

  it('keyring gives the key and the salt of a month', async () => {
    const request = { op: 'keyring', shared_secret: secret, month: '2026-03' }
    expect(await ask(request)).toEqual({ ok: true, key: ofMarch, salt: 'd338bb341d350af178d71402c287ec15' })
    expect(await ask({ ...request, month: 'March' })).toEqual({ ok: false, code: 'keyring/bad-month' })
    const empty = { ...request, shared_secret: '' }
    expect(await ask(empty)).toEqual({ ok: false, code: 'keyring/weak-parameters' })
  })
})
