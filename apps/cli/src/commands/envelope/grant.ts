import {
  type GrantList,
  grantAccess,
  grantsWith,
  isGranted,
  type KnownRecipient,
  ownerOf,
  parseGrantCapability,
  requireSamePayload,
} from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { type OutputOptions, withOutput } from '../../io/command.js'
import { type IdentityOptions, useIdentity, withIdentity } from '../../io/envelope/identity.js'
import { readList, reportList, requireOut } from '../../io/envelope/lists.js'
import { type OwnerOptions, useOwner, withOwner } from '../../io/envelope/owner.js'
import { filePorts } from '../../io/envelope/ports.js'
import { readPeople, withPeople } from '../../io/envelope/recipients.js'
import { UsageError } from '../../io/errors.js'
import { inFile, readLine } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { describeRecords } from './describe.js'

interface GrantCommandOptions extends OutputOptions, IdentityOptions, OwnerOptions {
  readonly to?: readonly string[]
  readonly capability?: string
}

/** `chartseal envelope grant`. */
export function grantCommand(io: Io): Command {
  const command = describeRecords(
    'grant',
    'Grant a record to more people: the next list, for the same encrypted record',
    'chartseal envelope grant --owner-key rosa.owner --identity rosa.id --to lindqvist.rec scan.grants -o scan-2.grants',
  )
  return withIdentity(withOwner(withPeople(withOutput(command), '--to', 'who may open it from now on')))
    .option('--capability <file>', 'a text csgrant1… in place of owner and identity')
    .argument('<list>', 'the newest grant list')
    .action(async (file: string, options: GrantCommandOptions) => {
      requireOut(options)
      const people = await readPeople(io, options.to)
      if (people.length === 0) throw new UsageError('give --to RECIPIENT')
      const list = await granted(io, await readList(io, file), people, options)
      await reportList(io, options, list)
    })
}

async function granted(
  io: Io,
  from: GrantList,
  people: readonly KnownRecipient[],
  options: GrantCommandOptions,
): Promise<GrantList> {
  const list =
    options.capability === undefined
      ? await byOwner(io, from, people, options)
      : await byCapability(io, from, people, options, options.capability)
  if (list.seq === from.seq) throw new UsageError('everybody who is named can open it already')
  return list
}

function byOwner(
  io: Io,
  from: GrantList,
  people: readonly KnownRecipient[],
  options: GrantCommandOptions,
): Promise<GrantList> {
  return useOwner(io, options, owner =>
    useIdentity(io, options, async ({ identity }) =>
      grantAccess(await filePorts(io, from, options), owner, identity, from.packageId, people),
    ),
  )
}

async function byCapability(
  io: Io,
  from: GrantList,
  people: readonly KnownRecipient[],
  options: GrantCommandOptions,
  file: string,
): Promise<GrantList> {
  const text = await readLine(io, file)
  const { signingKey, contentKey, ...names } = await inFile(file, () => parseGrantCapability(text))
  try {
    requireSamePayload(names, from)
    const { lists } = await filePorts(io, from, options)
    const newest = lists.newest()
    const fresh = people.filter(person => !isGranted(newest, person))
    if (fresh.length === 0) return newest
    const next = await grantsWith(ownerOf(signingKey), newest, contentKey, fresh, { random: io.random })
    await lists.publish(next)
    return next
  } finally {
    signingKey.wipe()
    contentKey.wipe()
  }
}
