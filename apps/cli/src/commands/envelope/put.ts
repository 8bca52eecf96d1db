import { basename } from 'node:path'
import {
  type GrantList,
  type KnownRecipient,
  type Owner,
  publishVersion,
  type RecordHeader,
  shareRecord,
} from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { helpNote, type OutputOptions, withOutput } from '../../io/command.js'
import { openSource, type Source } from '../../io/envelope/content.js'
import { type IdentityOptions, useIdentity, withIdentity } from '../../io/envelope/identity.js'
import { readList, reportList, requireOut } from '../../io/envelope/lists.js'
import { type OwnerOptions, useOwner, withOwner } from '../../io/envelope/owner.js'
import { filePorts, newPorts } from '../../io/envelope/ports.js'
import { readPeople, withOwn, withPeople } from '../../io/envelope/recipients.js'
import { type TermOptions, termsOf, withTerms } from '../../io/envelope/terms.js'
import { UsageError } from '../../io/errors.js'
import { type Io, writeLine } from '../../io/io.js'
import { describeRecords } from './describe.js'

export interface SealOptions extends OutputOptions, IdentityOptions, OwnerOptions, TermOptions {
  readonly store: string
  readonly to?: readonly string[]
  readonly name?: string
  readonly type: string
  readonly label?: readonly string[]
  readonly padded?: boolean
}

interface PutOptions extends SealOptions {
  readonly next?: string
  readonly history?: boolean
}

/** `chartseal envelope put`. */
export function putCommand(io: Io): Command {
  const command = describeRecords(
    'put',
    'Encrypt a file once into a block store, and grant it to people: a signed grant list',
    'chartseal envelope put --store blocks --owner-key rosa.owner --identity rosa.id --to okafor.rec scan.dcm -o scan.grants',
    'chartseal envelope put --store blocks --owner-key rosa.owner --identity rosa.id --to okafor.rec --next scan.grants --history scan.dcm -o scan-2.grants',
  )
  return withSealing(command)
    .option('--next <list>', 'a new version of this record: for exactly those who are named now')
    .option('--history', 'with --next: whoever may open it may open the versions before it')
    .argument('[file]', 'the record, of any size; - is stdin, up to 64 MiB', '-')
    .addHelpText('after', ownEntry)
    .action(async (file: string, options: PutOptions) => {
      requireOut(options)
      const source = await openSource(io, file)
      const { next } = options
      const name = options.name ?? (file === '-' ? '' : basename(file))
      const list =
        next === undefined
          ? await shareSource(io, source, { ...options, name })
          : await addVersion(io, source, await readList(io, next), { ...options, name })
      await reportList(io, options, list, { fields: { size_bytes: source.sizeBytes } })
    })
}

const ownEntry = helpNote(
  'With --identity or --identity-command you are among the recipients: without an entry of your own you can ' +
    'neither read the record again nor grant it to more people.',
)

/** What every command that seals a record takes. */
export function withSealing(command: Command): Command {
  const people = withPeople(withOutput(command), '--to', 'who may open it')
  return withTerms(withIdentity(withOwner(people)))
    .requiredOption('--store <folder>', 'the block store; it is made when it is missing')
    .option('--name <text>', 'a name, encrypted with the record (default: that of the file)')
    .option('--type <media type>', 'what it is, encrypted with it', 'application/octet-stream')
    .option(
      '--label <system|code>',
      'a security label (HL7 DS4P), encrypted with it; once for each',
      (label: string, before: readonly string[] = []) => [...before, label],
    )
    .option('--padded', 'round the size up by at most 12 %, so that it tells less (Padmé)')
}

/** Seals it as a new record. The encrypted record is on the disk before the list that names it is in its place. */
export async function shareSource(io: Io, source: Source, options: SealOptions): Promise<GrantList> {
  const recipients = await recipientsOf(io, options)
  const terms = termsOf(options)
  const request = { ...sealing(io, source, options), recipients }
  return useOwner(io, options, async owner => {
    const ports = await newPorts(io, options)
    return shareRecord(ports, owner, terms === null ? request : { ...request, terms })
  })
}

function sealing(io: Io, source: Source, options: SealOptions) {
  const { name = '', type: mediaType, label = [], padded = false } = options
  const { sizeBytes } = source
  const header: RecordHeader = {
    ...{ name, mediaType, sizeBytes },
    createdMs: io.clock.nowMs(),
    labels: [...label],
  }
  return { header, content: source.read(), padded }
}

async function recipientsOf(io: Io, options: SealOptions): Promise<readonly KnownRecipient[]> {
  const named = await readPeople(io, options.to)
  if (options.identity !== undefined || options.identityCommand !== undefined)
    return useIdentity(io, options, async opener => withOwn(opener, named))
  if (named.length === 0) throw new UsageError('give --to RECIPIENT, or --identity FILE for yourself')
  await writeLine(io.stderr, 'You are among the recipients only if one of them is you: see --identity.')
  return named
}

async function addVersion(io: Io, source: Source, from: GrantList, options: PutOptions): Promise<GrantList> {
  if (termsOf(options) !== null) throw new UsageError('a new version keeps the terms of the record')
  const named = await readPeople(io, options.to)
  const publish = (owner: Owner): Promise<GrantList> =>
    useIdentity(io, options, async opener => {
      const request = { ...sealing(io, source, options), recipients: withOwn(opener, named) }
      const ports = await filePorts(io, from, options)
      return publishVersion(ports, owner, opener.identity, from, {
        ...request,
        history: options.history ?? false,
      })
    })
  return useOwner(io, options, publish)
}
