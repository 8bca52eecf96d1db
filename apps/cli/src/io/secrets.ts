/** Secrets come from a file, an environment variable or a hidden prompt: never from the command line itself. */
import { decodeHex } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { Cancelled, cliError, UsageError } from './errors.js'
import { readText } from './files.js'
import { type Io, writeLine } from './io.js'

export interface SecretSource {
  /** The value of the option that names a file, where it was given; `-` is stdin. */
  readonly file: string | undefined
  /** The name of that option, for the message that asks for it. */
  readonly option: string
  /** The environment variable that is used without the option. */
  readonly variable: string
  /** What the prompt asks for, on a terminal only. */
  readonly question: string
  /** A key in PEM has many lines; every other secret must be one line that a prompt can take. */
  readonly isPem?: boolean
}

/** @throws UsageError when no source has the secret; Cancelled; ChartsealError `cli/not-one-line`, `cli/utf-16` */
export async function readSecret(io: Io, source: SecretSource): Promise<string> {
  return (await storedSecret(io, source)) ?? (await asked(io, source, source.question))
}

/** From the file or the variable; `null` when neither was given. */
async function storedSecret(io: Io, source: SecretSource): Promise<string | null> {
  const { file, variable, isPem = false } = source
  if (file !== undefined) {
    const text = await readText(io, file)
    return isPem ? text : oneLine(text.replace(/\r?\n$/, ''))
  }
  const value = io.env[variable]
  if (value === undefined || value === '') return null
  return isPem ? value : oneLine(value)
}

function oneLine(text: string): string {
  if (/\p{Cc}/u.test(text)) throw cliError('cli/not-one-line', {})
  return text
}

async function asked(io: Io, { option, variable }: SecretSource, question: string): Promise<string> {
  if (!io.isTerminal.stdin || !io.isTerminal.stderr) {
    throw new UsageError(`${question}: give ${option} FILE or set ${variable}`)
  }
  const answer = await io.askSecret(question)
  if (answer === null) throw new Cancelled()
  if (answer === '') throw new UsageError(`${question}: it must not be empty`)
  return answer
}

const fewCharacters = 12
const mostTries = 3

/**
 * A passphrase under which something new is sealed: a prompt asks twice, since one typing error would lock the owner
 * out for good.
 * @throws as `readSecret` does
 */
export async function readNewSecret(
  io: Io,
  source: SecretSource,
  /** Fewer are easily guessed: 0 where somebody counts the guesses. */
  goodLength: number = fewCharacters,
): Promise<string> {
  const secret = (await storedSecret(io, source)) ?? (await askedTwice(io, source))
  if (secret === '') throw new UsageError(`${source.question}: it must not be empty`)
  const { length } = [...secret]
  if (length < goodLength) {
    await writeLine(
      io.stderr,
      `Warning: a passphrase of ${length} characters is easily guessed; use several words.`,
    )
  }
  return secret
}

async function askedTwice(io: Io, source: SecretSource): Promise<string> {
  for (let tries = 0; tries < mostTries; tries++) {
    const first = await asked(io, source, source.question)
    if ((await asked(io, source, `${source.question}, once more`)) === first) return first
    await writeLine(io.stderr, 'The two differ. Try again.')
  }
  throw new UsageError(`${source.question}: the two answers differed ${mostTries} times`)
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
