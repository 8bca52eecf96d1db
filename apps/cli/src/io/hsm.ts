/** RSA keys of a PKCS #11 token, by way of OpenSC's pkcs11-tool. The private key never leaves the token. */
import { spawn } from 'node:child_process'
import { ChartsealError } from '@chartseal/core/errors'
import { cliError, systemCode, UsageError } from './errors.js'
import type { Io } from './io.js'

const maxOutputBytes = 65_536

/** Where a key is. */
export interface TokenKey {
  /** The library of the token. */
  readonly module: string
  /** The label of the token. */
  readonly token: string
  /** The id of the key, in hexadecimal digits: by a label pkcs11-tool may take another key to decrypt. */
  readonly key: string
  /** The program; `pkcs11-tool` when left out. */
  readonly tool?: string
}

/** The public key as SPKI in DER. @throws ChartsealError `cli/token-refused` */
export function readTokenKey(io: Io, place: TokenKey): Promise<Uint8Array> {
  return runTool(io, place, ['--read-object', '--type', 'pubkey', '--id', place.key], null)
}

/** What says that the ciphertext is none for this key, rather than that the token cannot. */
const notForKey = /^CKR_(ENCRYPTED_)?DATA_(INVALID|LEN_RANGE)$/

/**
 * The bare RSA operation on a block as long as the modulus: few tokens know OAEP with SHA-256 and a label.
 * @returns `null` for what is no ciphertext of this key
 * @throws ChartsealError `cli/token-refused`
 */
export async function decryptInToken(
  io: Io,
  place: TokenKey,
  pin: string,
  ciphertext: Uint8Array,
): Promise<Uint8Array | null> {
  const args = ['--login', '--decrypt', '--mechanism', 'RSA-X-509', '--id', place.key]
  try {
    const block = await runTool(io, place, args, { pin, input: ciphertext })
    return block.length === ciphertext.length ? block : null
  } catch (error) {
    if (error instanceof ChartsealError && notForKey.test(`${error.context['reason']}`)) return null
    throw error
  }
}

interface Secret {
  readonly pin: string
  readonly input: Uint8Array
}

/** A PIN in arguments could be read by every process: the tool takes it from a variable. */
const pinVariable = 'CHARTSEAL_TOKEN_PIN'

async function runTool(
  io: Io,
  { module, token, tool = 'pkcs11-tool' }: TokenKey,
  args: readonly string[],
  secret: Secret | null,
): Promise<Uint8Array> {
  const login = secret === null ? [] : ['--pin', `env:${pinVariable}`]
  const env = { ...io.env, ...(secret === null ? {} : { [pinVariable]: secret.pin }) }
  const child = spawn(tool, ['--module', module, '--token-label', token, ...args, ...login], {
    cwd: io.cwd,
    env,
    stdio: 'pipe',
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(secret?.input)
  const [output, complaints] = [collected(child.stdout), collected(child.stderr)]
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', error => reject(toolProblem(tool, error)))
    child.on('close', resolve)
  })
  if (exitCode === 0) return output()
  throw cliError('cli/token-refused', { reason: complaintIn(complaints()) })
}

function collected(stream: NodeJS.ReadableStream): () => Uint8Array {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= maxOutputBytes) chunks.push(chunk)
  })
  return () => Uint8Array.from(Buffer.concat(chunks))
}

/** Such as `CKR_PIN_INCORRECT`; what the tool prints has nothing secret. */
function complaintIn(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8')
  const code = /CKR_[A-Z_]+/.exec(text)?.[0]
  return code ?? /^error: (.{1,200})$/m.exec(text)?.[1] ?? 'the tool did not say why'
}

function toolProblem(tool: string, error: Error): Error {
  if (systemCode(error) !== 'ENOENT') return error
  return new UsageError(`there is no ${tool} on the PATH: install OpenSC, or name it with --tool`)
}
