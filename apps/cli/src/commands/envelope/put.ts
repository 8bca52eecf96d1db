import { basename } from 'node:path'
import { AeadKey } from '@chartseal/core/keys'
import {
  firstGrants,
  type GrantList,
  type KnownRecipient,
  type Owner,
  type RecordHeader,
  sealPayload,
} from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { type OutputOptions, withOutput } from '../../io/command.js'
import { openSource, type Source, through } from '../../io/envelope/content.js'
import { type IdentityOptions, useIdentity, withIdentity } from '../../io/envelope/identity.js'
import { publishList, reportList, requireOut } from '../../io/envelope/lists.js'
import { type OwnerOptions, useOwner, withOwner } from '../../io/envelope/owner.js'
import { readPeople, withPeople } from '../../io/envelope/recipients.js'
import { openRecordStore } from '../../io/envelope/store.js'
import { type TermOptions, termsOf, withTerms } from '../../io/envelope/terms.js'
import { UsageError } from '../../io/errors.js'
import { type Io, writeLine } from '../../io/io.js'
import { describeRecords } from './describe.js'

export interface HeaderOptions {
  readonly name?: string
  readonly type?: string
  readonly label?: readonly string[]
  readonly padded?: boolean
}

interface PutOptions extends OutputOptions, IdentityOptions, OwnerOptions, TermOptions, HeaderOptions {
  readonly store: string
  readonly to?: readonly string[]
}

/** `chartseal envelope put`. */
export function putCommand(io: Io): Command {
  const command = describeRecords(
    'put',
    'Encrypt a file once into a block store, and grant it to people: a signed grant list',
    'chartseal envelope put --store blocks --owner-key rosa.owner --identity rosa.id --to csrec1… --to okafor.rec scan.dcm -o scan.grants',
  )
  const people = withPeople(withOutput(command), '--to', 'who may open it')
  return withHeader(withTerms(withIdentity(withOwner(people))))
    .requiredOption('--store <folder>', 'the block store; it is made when it is missing')
    .argument('[file]', 'the record, of any size; - is stdin, up to 64 MiB', '-')
    .addHelpText('after', ownEntry)
    .action(async (file: string, options: PutOptions) => {
      requireOut(options)
      const recipients = await recipientsOf(io, options)
      const source = await openSource(io, file)
      const list = await useOwner(io, options, owner => seal(io, owner, file, source, recipients, options))
      await publishList(io, options, list)
      await reportList(io, options, list, { fields: { size_bytes: source.sizeBytes } })
    })
}

const ownEntry = [
  '',
  'With --identity or --identity-command you are among the recipients: without an entry of your own you can neither',
  'read the record again nor grant it to more people.',
].join('\n')

export function withHeader(command: Command): Command {
  return command
    .option('--name <text>', 'a name, encrypted with the record (default: that of the file)')
    .option('--type <media type>', 'what it is, encrypted with it', 'application/octet-stream')
    .option(
      '--label <system|code>',
      'a security label (HL7 DS4P), encrypted with it; once for each',
      (label: string, before: readonly string[] = []) => [...before, label],
    )
    .option('--padded', 'round the size up by at most 12 %, so that it tells less (Padmé)')
}

export function headerOf(io: Io, file: string, sizeBytes: number, options: HeaderOptions): RecordHeader {
  const { name = file === '-' ? '' : basename(file), type = '', label = [] } = options
  return { name, mediaType: type, sizeBytes, createdMs: io.clock.nowMs(), labels: [...label] }
}

async function recipientsOf(io: Io, options: PutOptions): Promise<readonly KnownRecipient[]> {
  const named = await readPeople(io, options.to)
  if (options.identity === undefined && options.identityCommand === undefined) {
    if (named.length === 0) throw new UsageError('give --to RECIPIENT, or --identity FILE for yourself')
    await writeLine(io.stderr, 'You are not among the recipients unless one of them is you: see --identity.')
    return named
  }
  return useIdentity(io, options, async ({ recipient }) => {
    if (recipient === null) throw new UsageError('name an RSA key with --to and its public half')
    const others = named.filter(({ keyHash }) => keyHash.join() !== recipient.keyHash.join())
    return [recipient, ...others]
  })
}

const packageIdBytes = 16

/** The encrypted record is on the disk before the list that names it is given out. */
async function seal(
  io: Io,
  owner: Owner,
  file: string,
  source: Source,
  recipients: readonly KnownRecipient[],
  options: PutOptions,
): Promise<GrantList> {
  const { random } = io
  const id = { packageId: random.bytes(packageIdBytes), version: 1 }
  const header = headerOf(io, file, source.sizeBytes, options)
  using contentKey = AeadKey.generate(random)
  const sealing = sealPayload(contentKey, id, header, { padded: options.padded ?? false }, random)
  const store = await openRecordStore(io, options.store, { create: true })
  const cid = await store.put(through(source.read(), sealing))
  const terms = termsOf(options)
  const settings = terms === null ? { random } : { random, terms }
  return await firstGrants(owner, { ...id, cid, contentKey }, recipients, settings)
}
