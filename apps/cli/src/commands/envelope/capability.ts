import {
  formatGrantCapability,
  formatReadCapability,
  formatVerifyCapability,
  type VerifyCapability,
} from '@chartseal/ipfs-envelope'
import { type Command, Option } from 'commander'
import {
  describeCommand,
  finish,
  helpNote,
  type OutputOptions,
  parseCount,
  withOutput,
} from '../../io/command.js'
import { withIdentity } from '../../io/envelope/identity.js'
import { withTrust } from '../../io/envelope/known.js'
import { readList } from '../../io/envelope/lists.js'
import { type OpeningOptions, type Unlocked, useRecord } from '../../io/envelope/opening.js'
import { readOwnerKey } from '../../io/envelope/owner.js'
import { UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'

interface CapabilityOptions extends OutputOptions, OpeningOptions {
  readonly kind: 'verify' | 'read' | 'grant'
  readonly ownerKey?: string
}

const warning = helpNote(
  'verify is not secret. read opens this version of the record for whoever has the text, for ever. grant signs ' +
    "in the owner's name as well, for every record of that owner key. Nothing takes a capability back.",
)

/** `chartseal envelope capability`: a text that whoever has it can use. */
export function capabilityCommand(io: Io): Command {
  const command = describeCommand(
    'capability',
    'Write a text by which whoever has it can check, read or grant a record',
    'chartseal envelope capability --kind verify scan.grants -o scan.verify',
    'chartseal envelope capability --kind read --identity rosa.id --known seen scan.grants -o scan.read',
  )
  return withTrust(withIdentity(withOutput(command)))
    .addOption(
      new Option('--kind <kind>', 'what it lets somebody do')
        .choices(['verify', 'read', 'grant'])
        .makeOptionMandatory(),
    )
    .option('--owner-key <file>', 'for grant: the key of the owner, which goes into it')
    .option('--record-version <number>', 'an earlier version, for read', parseCount(1, 2 ** 32 - 1))
    .argument('<list>', 'the grant list')
    .addHelpText('after', warning)
    .action(async (file: string, options: CapabilityOptions) => {
      const { kind, out } = options
      if (kind !== 'verify' && (out === undefined || out === '-'))
        throw new UsageError('this capability is secret: give --out FILE')
      const text = await textOf(io, file, options)
      const told = kind === 'verify' ? { capability: text } : { out: out ?? null }
      const result = { text: `${text}\n`, answer: { kind, ...told } }
      if (kind === 'verify') return finish(io, options, result)
      await finish(io, { ...options, json: false }, { ...result, secret: true })
      await finish(io, { json: options.json ?? false }, { text: '', answer: result.answer })
    })
}

async function textOf(io: Io, file: string, options: CapabilityOptions): Promise<string> {
  const list = await readList(io, file)
  const { owner } = list
  if (options.kind === 'verify') return formatVerifyCapability(list)
  return useRecord(io, file, options, async record => {
    const capability = { ...namesOf(owner, record), contentKey: record.contentKey }
    await record.remember()
    if (options.kind === 'read') return formatReadCapability(capability)
    if (options.ownerKey === undefined) throw new UsageError('a capability to grant needs --owner-key FILE')
    using signingKey = await readOwnerKey(io, options.ownerKey)
    return formatGrantCapability({ ...capability, signingKey })
  })
}

function namesOf(owner: Uint8Array, { id, cid: payloadCid }: Unlocked): VerifyCapability {
  return { owner, payloadCid, ...id }
}
