import { grantAccess, parsePackage, revokeAccess } from '@chartseal/ipfs-envelope/v1'
import type { Command } from 'commander'
import { openBlobFolder } from '../../../io/blob-folder.js'
import { helpNote, type OutputOptions, withOutput } from '../../../io/command.js'
import {
  finishPackage,
  type IdentityOptions,
  type RecipientOption,
  readIdentity,
  readRecipients,
  withIdentity,
  withRecipients,
} from '../../../io/envelope/v1.js'
import { UsageError } from '../../../io/errors.js'
import { readText } from '../../../io/files.js'
import type { Io } from '../../../io/io.js'
import { describeV1 } from './describe.js'

interface GrantOptions extends OutputOptions, IdentityOptions {
  readonly to: readonly RecipientOption[]
}

/** `chartseal envelope grant --v1`. */
export function grantCommand(io: Io): Command {
  const command = describeV1(
    'grant',
    'Give more recipients access: the same blob, a package with more keys',
    'chartseal envelope grant --v1 --private-key alice.pem --to carol=carol.pub.pem scan.json -o scan-2.json',
  )
  return withRecipients(withIdentity(withOutput(command)), '--to', 'a new recipient and a public key in PEM')
    .argument('[package]', 'the package; - is stdin', '-')
    .action(async (file: string, options: GrantOptions) => {
      const envelope = parsePackage(await readText(io, file))
      const recipients = await readRecipients(io, options.to)
      const identity = await readIdentity(io, options)
      await finishPackage(io, options, await grantAccess(envelope, identity, recipients))
    })
}

interface RevokeOptions extends OutputOptions, IdentityOptions {
  readonly store: string
  readonly keep: readonly RecipientOption[]
}

const limits = helpNote(
  'The record is encrypted again under a new key and CID; the old blob is deleted from this store. ' +
    'Nothing takes back what somebody has read, a key that was kept, or copies of the old blob elsewhere.',
)

/** `chartseal envelope revoke --v1`. */
export function revokeCommand(io: Io): Command {
  const command = describeV1(
    'revoke',
    'Take access from everybody but those who are named',
    'chartseal envelope revoke --v1 --store blocks --private-key alice.pem --keep alice=alice.pub.pem scan.json -o scan-2.json',
  )
  return withRecipients(
    withIdentity(withOutput(command)),
    '--keep',
    'who keeps access, and a public key in PEM',
  )
    .requiredOption('--store <folder>', 'the block store')
    .addHelpText('after', limits)
    .argument('[package]', 'the package; - is stdin', '-')
    .action(async (file: string, options: RevokeOptions) => {
      if (options.out === undefined) {
        throw new UsageError('revoke needs --out FILE: the new package is the only way to the record')
      }
      const envelope = parsePackage(await readText(io, file))
      const keep = await readRecipients(io, options.keep)
      const identity = await readIdentity(io, options)
      const store = await openBlobFolder(io, options.store, { create: false })
      const save = (fresh: typeof envelope): Promise<void> => finishPackage(io, options, fresh)
      await revokeAccess({ store, package: envelope, identity, keep, save, random: io.random })
    })
}
