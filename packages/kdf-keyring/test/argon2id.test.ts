import { decodeHex, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { systemArgon2id, wasmArgon2id } from '@chartseal/kdf-keyring'
import { describe, expect, it } from 'vitest'

/** On Node 24.7 and later the two differ: OpenSSL's and hash-wasm's. */
describe.each([
  ['the platform', systemArgon2id],
  ['WebAssembly', wasmArgon2id],
])('Argon2id by %s', (_, argon2id) => {
  it('agrees with the reference program for "password", "somesalt", 64 MiB, t = 2, p = 1', async () => {
    const parameters = { salt: encodeUtf8('somesalt'), memoryKiB: 65_536, passes: 2, lanes: 1 }
    const expected = '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7'
    expect(encodeHex(await argon2id(encodeUtf8('password'), parameters))).toBe(expected)
  })

  it('rejects a salt that is too short, and hardens again afterwards', async () => {
    const parameters = { memoryKiB: 19_456, passes: 2, lanes: 1 }
    await expect(argon2id(encodeUtf8('x'), { ...parameters, salt: new Uint8Array(1) })).rejects.toThrow()
    const salt = decodeHex('00'.repeat(16))
    const key = await argon2id(encodeUtf8('x'), { ...parameters, salt })
    expect(key).toHaveLength(32)
    // A Buffer of Node would give a view of itself.
    expect(key.slice().buffer).not.toBe(key.buffer)
  })
})

it.each([
  ['one lane', 19_456, 2, 1],
  ['four lanes', 19_457, 3, 4],
])('derives one key whichever Argon2id does it: %s', async (_, memoryKiB, passes, lanes) => {
  const secret = encodeUtf8('correct horse, naïve \u{1f48a}')
  const parameters = { salt: Uint8Array.from({ length: 16 }, (__, i) => i), memoryKiB, passes, lanes }
  const [own, wasm] = [await systemArgon2id(secret, parameters), await wasmArgon2id(secret, parameters)]
  expect(encodeHex(own)).toBe(encodeHex(wasm))
})
