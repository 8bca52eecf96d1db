/** Secrets come from a file, an environment variable or a hidden prompt: never from the command line itself. */
import { decodeHex } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { UsageError } from './errors.js'
import { readLine } from './files.js'
import type { Io } from './io.js'

export interface SecretSource {
  /** The value of the option that names a file, where it was given; `-` is stdin. */
  readonly file: string | undefined
  /** The name of that option, for the message that asks for it. */
  readonly option: string
  /** The environment variable that is used without the option. */
  readonly variable: string
  /** What the prompt asks for, on a terminal only. */
  readonly question: string
}

/** @throws UsageError when no source has the secret */
export async function readSecret(io: Io, source: SecretSource): Promise<string> {
  if (source.file !== undefined) return readLine(io, source.file)
  const value = io.env[source.variable]
  if (value !== undefined && value !== '') return value
  const answer = io.isTerminal.stdin && io.isTerminal.stderr ? await io.askSecret(source.question) : null
  if (answer === null || answer === '') {
    throw new UsageError(`${source.question}: give ${source.option} FILE or set ${source.variable}`)
  }
  return answer
}

/** A 32-byte key as 64 hexadecimal digits. @throws ChartsealError `encoding/invalid`, `key/wrong-length` */
export async function readKey(io: Io, file: string | undefined): Promise<AeadKey> {
  const source = {
    file,
    option: '--key-file',
    variable: 'CHARTSEAL_KEY',
    question: 'Key, 64 hexadecimal digits',
  }
  const bytes = decodeHex(await readSecret(io, source))
  try {
    return new AeadKey(bytes)
  } finally {
    bytes.fill(0)
  }
}
