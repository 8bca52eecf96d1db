import { getEnvelope, parsePackage, putEnvelope } from '@chartseal/ipfs-envelope/v1'
import type { Command } from 'commander'
import { openBlobFolder } from '../../../io/blob-folder.js'
import { finish, type OutputOptions, refuseBytesOnTerminal, withOutput } from '../../../io/command.js'
import {
  finishPackage,
  type IdentityOptions,
  type RecipientOption,
  readIdentity,
  readRecipients,
  withIdentity,
  withRecipients,
} from '../../../io/envelope/v1.js'
import { readBytes, readText } from '../../../io/files.js'
import type { Io } from '../../../io/io.js'
import { describeV1 } from './describe.js'

interface PutOptions extends OutputOptions {
  readonly store: string
  readonly to: readonly RecipientOption[]
}

/** `chartseal envelope put --v1`. */
export function putCommand(io: Io): Command {
  const command = describeV1(
    'put',
    'Encrypt a file once, store it, and wrap its key for each recipient',
    'chartseal envelope put --v1 --store blocks --to alice=alice.pub.pem --to bob=bob.pub.pem scan.dcm -o scan.json',
  )
  return withRecipients(withOutput(command), '--to', 'a recipient and a public key in PEM')
    .requiredOption('--store <folder>', 'the block store; it is made when it is missing')
    .argument('[file]', 'what to store; - is stdin', '-')
    .action(async (file: string, options: PutOptions) => {
      const recipients = await readRecipients(io, options.to)
      const plaintext = await readBytes(io, file)
      const store = await openBlobFolder(io, options.store, { create: true })
      const envelope = await putEnvelope(store, plaintext, recipients, { random: io.random })
      await finishPackage(io, options, envelope)
    })
}

interface GetOptions extends OutputOptions, IdentityOptions {
  readonly store: string
}

/** `chartseal envelope get --v1`. */
export function getCommand(io: Io): Command {
  const command = describeV1(
    'get',
    'Read a record from the store, check it against its CID, and decrypt it',
    'chartseal envelope get --v1 --store blocks --private-key bob.pem --recipient bob scan.json -o scan.dcm',
  )
  return withIdentity(withOutput(command))
    .requiredOption('--store <folder>', 'the block store')
    .argument('[package]', 'the package; - is stdin', '-')
    .action(async (file: string, options: GetOptions) => {
      const envelope = parsePackage(await readText(io, file))
      const identity = await readIdentity(io, options)
      const store = await openBlobFolder(io, options.store, { create: false })
      const plaintext = await getEnvelope(store, envelope, identity)
      refuseBytesOnTerminal(io, options, plaintext)
      await finish(io, options, { text: plaintext, answer: { cid: envelope.cid, plaintext }, secret: true })
    })
}
