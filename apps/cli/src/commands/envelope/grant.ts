import { type GrantList, grantAccess } from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { type OutputOptions, withOutput } from '../../io/command.js'
import { type IdentityOptions, useIdentity, withIdentity } from '../../io/envelope/identity.js'
import { readList, reportList, requireOut } from '../../io/envelope/lists.js'
import { type OwnerOptions, useOwner, withOwner } from '../../io/envelope/owner.js'
import { filePorts } from '../../io/envelope/ports.js'
import { readPeople, withPeople } from '../../io/envelope/recipients.js'
import { UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { describeRecords } from './describe.js'

interface GrantCommandOptions extends OutputOptions, IdentityOptions, OwnerOptions {
  readonly to?: readonly string[]
}

/** `chartseal envelope grant`. */
export function grantCommand(io: Io): Command {
  const command = describeRecords(
    'grant',
    'Grant a record to more people: the next list, for the same encrypted record',
    'chartseal envelope grant --owner-key rosa.owner --identity rosa.id --to lindqvist.rec scan.grants -o scan-2.grants',
  )
  return withIdentity(withOwner(withPeople(withOutput(command), '--to', 'who may open it from now on')))
    .argument('<list>', 'the newest grant list')
    .action(async (file: string, options: GrantCommandOptions) => {
      requireOut(options)
      const people = await readPeople(io, options.to)
      if (people.length === 0) throw new UsageError('give --to RECIPIENT')
      const list = await granted(io, await readList(io, file), people, options)
      await reportList(io, options, list)
    })
}

function granted(
  io: Io,
  from: GrantList,
  people: Awaited<ReturnType<typeof readPeople>>,
  options: GrantCommandOptions,
): Promise<GrantList> {
  return useOwner(io, options, owner =>
    useIdentity(io, options, async ({ identity }) => {
      const ports = await filePorts(io, from, options)
      const list = await grantAccess(ports, owner, identity, from.packageId, people)
      // Nobody new: the list that there is already, which has to be where it was asked for.
      if (list.seq === from.seq) throw new UsageError('everybody who is named can open it already')
      return list
    }),
  )
}
