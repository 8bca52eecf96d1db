import {
  formatIdentityKey,
  formatRecipient,
  generateIdentityKey,
  recipientOf,
} from '@chartseal/ipfs-envelope'
import { type Command, Option } from 'commander'
import { finish, type OutputOptions, withOutput } from '../../io/command.js'
import { newOwnerKey } from '../../io/envelope/owner.js'
import { UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { checkOutput, writeBytes } from '../../io/output.js'
import { describeRecords } from './describe.js'

interface KeygenOptions extends OutputOptions {
  readonly kem: 'x25519' | 'xwing'
  readonly ownerKey?: string
}

/** `chartseal envelope keygen`: keys go into files that their owner alone can read. */
export function keygenCommand(io: Io): Command {
  const command = describeRecords(
    'keygen',
    'Make an identity, which opens records; and a key that signs for the owner of records',
    'chartseal envelope keygen --out rosa.id --owner-key rosa.owner',
    'chartseal envelope keygen --kem xwing --out okafor.id',
  )
  return withOutput(command)
    .addOption(
      new Option(
        '--kem <name>',
        'xwing stays secret even if a quantum computer breaks X25519; its keys are long',
      )
        .choices(['x25519', 'xwing'])
        .default('x25519'),
    )
    .option('--owner-key <file>', 'make a key for an owner, too, in this file')
    .action(async (options: KeygenOptions) => {
      const { out, ownerKey, force = false } = options
      if (out === undefined || out === '-') throw new UsageError('an identity is secret: give --out FILE')
      if (ownerKey !== undefined) await checkOutput(io, ownerKey, { force })
      const { text, recipient } = newIdentity(io, options)
      const owner = ownerKey === undefined ? null : newOwnerKey(io.random)
      await writeBytes(io, out, text, { force, secret: true })
      if (owner !== null && ownerKey !== undefined)
        await writeBytes(io, ownerKey, owner.text, { force, secret: true })
      const kid = owner?.kid ?? null
      const lines = [`Recipient   ${recipient}`, ...(kid === null ? [] : [`Owner       ${kid}`])]
      const answer = { identity: out, recipient, owner_key: ownerKey ?? null, owner: kid }
      await finish(io, { json: options.json ?? false }, { text: `${lines.join('\n')}\n`, answer })
    })
}

function newIdentity(io: Io, { kem }: KeygenOptions): { readonly text: string; readonly recipient: string } {
  const key = generateIdentityKey(kem, io.random)
  try {
    const recipient = formatRecipient(recipientOf(key))
    return { recipient, text: `# recipient ${recipient}\n${formatIdentityKey(key)}\n` }
  } finally {
    key.secret.wipe()
  }
}
