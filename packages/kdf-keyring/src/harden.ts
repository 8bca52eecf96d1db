import { encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { platform } from '#platform'
import { keyringError } from './errors.js'
import type { PassphraseParameters } from './phc.js'
import type { Argon2id } from './platform.js'

const keyBytes = 32

/** In WebAssembly, through hash-wasm, which is loaded when it is needed. */
export const wasmArgon2id: Argon2id = async (password, { salt, memoryKiB, passes, lanes }) => {
  const { argon2id } = await import('hash-wasm')
  return argon2id({
    password,
    salt,
    iterations: passes,
    parallelism: lanes,
    memorySize: memoryKiB,
    hashLength: keyBytes,
    outputType: 'binary',
  })
}

/** The platform's own, else the one in WebAssembly. */
export const systemArgon2id: Argon2id = platform.argon2id ?? wasmArgon2id

/**
 * The key of a passphrase: NFKC, UTF-8, then the function that the parameters name. The caller wipes it.
 * @throws ChartsealError `keyring/weak-parameters` for an empty passphrase, `keyring/no-argon2`,
 * `encoding/invalid` for a lone surrogate
 */
export async function hardenPassphrase(
  passphrase: string,
  parameters: PassphraseParameters,
  argon2id: Argon2id = systemArgon2id,
): Promise<AeadKey> {
  const secret = encodeUtf8(passphrase.normalize('NFKC'))
  if (secret.length === 0) {
    throw keyringError('keyring/weak-parameters', { parameter: 'secret', reason: 'it is empty' })
  }
  const bytes = await derived(secret, parameters, argon2id)
  try {
    return new AeadKey(bytes)
  } finally {
    bytes.fill(0)
    secret.fill(0)
  }
}

async function derived(
  secret: Uint8Array,
  parameters: PassphraseParameters,
  argon2id: Argon2id,
): Promise<Uint8Array> {
  if (parameters.algorithm === 'pbkdf2-sha256') {
    return platform.pbkdf2(secret, parameters.salt, parameters.iterations, AeadKey.sizeBytes)
  }
  try {
    return await argon2id(secret, parameters)
  } catch {
    throw keyringError('keyring/no-argon2', {})
  }
}
