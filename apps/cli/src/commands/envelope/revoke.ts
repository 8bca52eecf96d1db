import {
  achievements,
  type GrantList,
  limits,
  reEncrypt,
  shred,
  stopServing,
  type TakenBack,
  takeBackAccess,
} from '@chartseal/ipfs-envelope'
import { type Command, Option } from 'commander'
import { helpNote, type OutputOptions, withOutput } from '../../io/command.js'
import { type IdentityOptions, useIdentity, withIdentity } from '../../io/envelope/identity.js'
import { removeList } from '../../io/envelope/list-files.js'
import { readList, reportList } from '../../io/envelope/lists.js'
import { serveAgain, storeServing } from '../../io/envelope/marks.js'
import { type OwnerOptions, useOwner, withOwner } from '../../io/envelope/owner.js'
import { filePorts, requireFileOut } from '../../io/envelope/ports.js'
import { readPeople, withOwn, withPeople } from '../../io/envelope/recipients.js'
import { UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { describeRecords } from './describe.js'

interface RevokeOptions extends OutputOptions, IdentityOptions, OwnerOptions {
  readonly step: 'stop' | 'regrant' | 'rekey' | 'shred'
  readonly store?: string
  readonly without?: readonly string[]
  readonly keep?: readonly string[]
  readonly history?: boolean
  readonly padded?: boolean
  readonly undo?: boolean
}

const ladder = helpNote(
  'Steps, from the least to the most:',
  '  stop     the store hands the record out to nobody; --undo ends that',
  '  regrant  the next list leaves --without out; the encrypted record stays',
  '  rekey    encrypted again for you and --keep; the old one is deleted',
  '  shred    the next list is for nobody; all versions and lists are deleted',
  '',
  'Nothing is taken from anybody before the next list is in its file. A command that was killed is run again with ' +
    '--force and the same arguments: it goes on where it stopped. Each step says what it does not achieve; no step ' +
    'takes back what somebody has read, or a key or copy that they kept.',
)

/** `chartseal envelope revoke`. */
export function revokeCommand(io: Io): Command {
  const command = describeRecords(
    'revoke',
    'Take a record back, by one of four steps',
    'chartseal envelope revoke --step regrant --owner-key rosa.owner --without okafor.rec scan.grants -o scan-2.grants',
    'chartseal envelope revoke --step rekey --store blocks --owner-key rosa.owner --identity rosa.id --keep lindqvist.rec scan.grants -o scan-2.grants',
  )
  const withSteps = withPeople(
    withPeople(withOutput(command), '--without', 'of regrant: who is left out'),
    '--keep',
    'of rekey: who may go on reading, beside you',
  )
  return withIdentity(withOwner(withSteps))
    .addOption(
      new Option('--step <step>', 'how far to go')
        .choices(['stop', 'regrant', 'rekey', 'shred'])
        .makeOptionMandatory(),
    )
    .option('--store <folder>', 'the block store, of all steps but regrant')
    .option('--history', 'of rekey: whoever stays may read earlier versions, too')
    .option('--padded', 'of rekey: round the size up (Padmé)')
    .option('--undo', 'of stop: hand out again')
    .addHelpText('after', ladder)
    .argument('<list>', 'the newest grant list')
    .action(async (file: string, options: RevokeOptions) => {
      const from = await readList(io, file)
      if (options.undo === true) return undo(io, from, options)
      const taken = await take(io, file, from, options)
      await report(io, options, taken)
    })
}

async function undo(io: Io, from: GrantList, { step, store }: RevokeOptions): Promise<void> {
  if (step !== 'stop' || store === undefined)
    throw new UsageError('only --step stop --store FOLDER can be undone')
  await serveAgain(io, store, from)
}

async function take(io: Io, file: string, from: GrantList, options: RevokeOptions): Promise<TakenBack> {
  const { step, store } = options
  if (step === 'regrant') return regrant(io, from, options)
  if (store === undefined) throw new UsageError(`--step ${step} needs --store FOLDER`)
  if (step === 'stop') return stopServing(storeServing(io, store), from)
  return step === 'rekey' ? rekey(io, file, from, options) : shredAll(io, file, from, options)
}

async function regrant(io: Io, from: GrantList, options: RevokeOptions): Promise<TakenBack> {
  const people = await readPeople(io, options.without)
  if (people.length === 0) throw new UsageError('--step regrant needs --without RECIPIENT')
  const taken = await useOwner(io, options, async owner =>
    takeBackAccess(await filePorts(io, from, options), owner, from.packageId, people),
  )
  if (taken.list.seq === from.seq) throw new UsageError('nobody of those is among the recipients')
  return taken
}

async function rekey(io: Io, file: string, from: GrantList, options: RevokeOptions): Promise<TakenBack> {
  await requireFileOut(io, file, options)
  const others = await readPeople(io, options.keep)
  return useOwner(io, options, owner =>
    useIdentity(io, options, async opener => {
      const { history = false, padded = false } = options
      const request = { from, keep: withOwn(opener, others), history, padded }
      return reEncrypt(await filePorts(io, from, options), owner, opener.identity, request)
    }),
  )
}

/** The list that was given holds wrapped keys: it goes last, as it is needed to go on after a kill. */
async function shredAll(io: Io, file: string, from: GrantList, options: RevokeOptions): Promise<TakenBack> {
  await requireFileOut(io, file, options)
  const taken = await useOwner(io, options, async owner =>
    shred(await filePorts(io, from, options), owner, from),
  )
  await removeList(io, file)
  return taken
}

async function report(io: Io, options: RevokeOptions, { list, statement, entry }: TakenBack): Promise<void> {
  const done = statement.achieves.map(code => ({ code, text: achievements[code] }))
  const not = statement.doesNotAchieve.map(code => ({ code, text: limits[code] }))
  const lines = [
    ...done.map(({ text }) => `  done      ${text}`),
    ...not.map(({ text }) => `  not done  ${text}`),
  ]
  const { action, detail } = entry
  const digests = detail.digests.map(({ name, sha256 }) => ({ name, sha256 }))
  const fields = {
    statement: { step: statement.step, achieves: done, does_not_achieve: not },
    audit_entry: { action, resource: detail.resource, text: detail.text, digests },
  }
  const { out: asked, json = false } = options
  const out = options.step === 'stop' || asked === undefined ? {} : { out: asked }
  await reportList(io, { json, ...out }, list, { lines, fields })
}
