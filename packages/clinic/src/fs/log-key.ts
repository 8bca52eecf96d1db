/** The key of a log in a file: 64 hexadecimal digits, for its owner alone. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeHex, decodeUtf8, encodeHex } from '@chartseal/core/encoding'
import { attempt } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'
import {
  type Cosign,
  cosignBy as cosignByPolicy,
  ed25519Signer,
  httpWitness,
  parsePolicy,
} from '@chartseal/tlog'

/**
 * Makes a key in a new file; the verifier key of the log. The folder of the file is made where it is missing.
 * @throws ChartsealError `files/failed` (with `EEXIST` when there is one), `note/malformed` for an invalid origin
 */
export async function createLogKey(path: string, origin: string, random: Random): Promise<string> {
  using key = SigningKey.generate(random)
  const { verifierKey } = ed25519Signer(origin, key)
  const folder = dirname(path)
  await attempt('make', () => mkdir(folder, { recursive: true, mode: 0o700 }), folder)
  await writeNew(path, `${encodeHex(key.reveal())}\n`, 0o600)
  return verifierKey
}

export async function readLogKey(path: string): Promise<SigningKey> {
  const text = decodeUtf8(await attempt('read', () => readFile(path), path))
  const bytes = decodeHex(text.trimEnd())
  try {
    return new SigningKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

export async function writeNew(path: string, text: string, mode: number): Promise<void> {
  await attempt('create', () => writeFile(path, text, { flag: 'wx', mode, flush: true }), path)
}

/** The witnesses that a log remembers are asked over HTTP. */
export function cosignByHttp(policy: string): Cosign {
  // Whether it is strong enough was decided when it was given.
  return cosignByPolicy(parsePolicy(policy, { allowWeak: true }), ({ url }) =>
    url === undefined ? null : httpWitness(url, fetch),
  )
}
