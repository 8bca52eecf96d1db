/** The `age` of the machine, as people call it: from a file into a file. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'

export interface AgeProgram {
  /** @throws Error when it fails */
  seal(from: string, to: string): Promise<void>
  open(from: string, to: string): Promise<void>
}

/** With a key pair of its own, in `folder`; `null` where there is no age. */
export async function ageProgram(folder: string): Promise<AgeProgram | null> {
  if (spawnSync('age', ['--version']).status !== 0) return null
  const identity = await generateX25519Identity()
  const keyFile = join(folder, 'identity.txt')
  writeFileSync(keyFile, `${identity}\n`, { mode: 0o600 })
  const recipient = await identityToRecipient(identity)
  return {
    seal: (from, to) => run('--encrypt', '--recipient', recipient, '--output', to, from),
    open: (from, to) => run('--decrypt', '--identity', keyFile, '--output', to, from),
  }
}

async function run(...args: readonly string[]): Promise<void> {
  const child = spawn('age', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [status] = await once(child, 'exit')
  if (status !== 0) throw new Error(`age ended with ${status}`)
}
