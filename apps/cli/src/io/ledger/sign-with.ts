/** A signature that another program makes: of an HSM, a card, a key server. */
import { spawn } from 'node:child_process'
import { keyIdOf, type MemberKey, type RecordSigner } from '@chartseal/emr-ledger'
import { cliError } from '../errors.js'
import type { Io } from '../io.js'
import { signatureIn } from './signature.js'

const maxOutputBytes = 4_096

export interface SignWithOptions {
  /** As the shell takes it. */
  readonly command: string
  readonly key: MemberKey
  /** The command takes SHA-256 of the bytes in place of them. */
  readonly digest: boolean
}

/** Each signature is one run of the command: what is signed on its stdin, 64 bytes or DER on its stdout. */
export function commandSigner(io: Io, { command, key, digest: takesDigest }: SignWithOptions): RecordSigner {
  const { algorithm, publicKey } = key
  return {
    algorithm,
    publicKey,
    kid: keyIdOf(algorithm, publicKey),
    sign: async (bytes, digest) => signatureIn(await run(io, command, takesDigest ? digest : bytes)),
  }
}

/** With the terminal of this process: it may ask for a PIN. @throws ChartsealError `cli/signer-ended`, `cli/signature-form` */
async function run(io: Io, command: string, input: Uint8Array): Promise<Uint8Array> {
  const child = spawn(command, { shell: true, cwd: io.cwd, env: { ...io.env }, stdio: 'pipe' })
  const { stdin, stdout, stderr } = child
  // Why it does not read is told by how it ends.
  stdin.on('error', () => undefined)
  stdin.end(input)
  stderr.on('data', (chunk: Uint8Array) => io.stderr.write(chunk))
  const chunks: Buffer[] = []
  let size = 0
  stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= maxOutputBytes) chunks.push(chunk)
  })
  const how = await new Promise<string>(resolve => {
    child.on('error', error => resolve(error.message))
    child.on('close', (code, signal) => resolve(code === null ? `signal ${signal}` : `exit code ${code}`))
  })
  if (how !== 'exit code 0') throw cliError('cli/signer-ended', { how })
  if (size > maxOutputBytes) throw cliError('cli/signature-form', { bytes: size })
  return Uint8Array.from(Buffer.concat(chunks))
}
