import { formatRecipient, rsaOaepRecipient } from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, withOutput } from '../../io/command.js'
import { type IdentityOptions, useIdentity, withIdentity } from '../../io/envelope/identity.js'
import { kidOf, type OwnerOptions, useOwner, withOwner } from '../../io/envelope/owner.js'
import { UsageError } from '../../io/errors.js'
import { inFile, readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'

interface RecipientOptions extends OutputOptions, IdentityOptions {
  readonly publicKey?: string
}

/** `chartseal envelope recipient`. */
export function recipientCommand(io: Io): Command {
  const command = describeCommand(
    'recipient',
    'Print who an identity is, for those who share with it',
    'chartseal envelope recipient --identity rosa.id',
    'chartseal envelope recipient --public-key alice.pub.pem',
    "chartseal envelope recipient --identity-command './my-card.sh'",
  )
  return withIdentity(withOutput(command))
    .option('--public-key <file>', 'an RSA public key in PEM, in place of an identity')
    .action(async (options: RecipientOptions) => {
      const recipient = await recipientText(io, options)
      await finish(io, options, { text: `${recipient}\n`, answer: { recipient } })
    })
}

async function recipientText(io: Io, options: RecipientOptions): Promise<string> {
  const { publicKey } = options
  if (publicKey !== undefined) {
    const pem = await readText(io, publicKey)
    return formatRecipient(await inFile(publicKey, () => rsaOaepRecipient(pem)))
  }
  return useIdentity(io, options, async ({ recipient }) => {
    if (recipient === null)
      throw new UsageError('of an RSA key in PEM give the public half: --public-key FILE')
    return formatRecipient(recipient)
  })
}

/** `chartseal envelope owner`. */
export function ownerCommand(io: Io): Command {
  const command = describeCommand(
    'owner',
    'Print what others know an owner of records by, and give to get as --owner',
    'chartseal envelope owner --owner-key rosa.owner',
    'chartseal envelope owner --ring okafor-rosa',
  )
  return withOwner(withOutput(command)).action(async (options: OutputOptions & OwnerOptions) => {
    const kid = await useOwner(io, options, async owner => kidOf(owner))
    await finish(io, options, { text: `${kid}\n`, answer: { owner: kid } })
  })
}
