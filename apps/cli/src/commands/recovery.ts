import { join } from 'node:path'
import { kitFileNames, kitFiles, makeKit, openKit, ringNow } from '@chartseal/clinic'
import { wipeShares } from '@chartseal/shamir'
import { type Command, Option } from 'commander'
import { describeCommand, describeGroup, finish, parseCount } from '../io/command.js'
import { readBytes } from '../io/files.js'
import { type HardeningOptions, withHardening } from '../io/hardening.js'
import type { Io } from '../io/io.js'
import { type ClockOptions, inFolder, type PassphraseOptions, withClock, withPassphrase } from '../io/ring.js'
import { readAllShares } from '../io/share-envelopes.js'
import { refuseExisting, type StagedFiles, stageFiles } from '../io/staged-files.js'
import { finishImport, type ImportedSelf, withImportedSelf } from './ring/export.js'
import { type KnownSetOptions, readRoot, withKnownSet } from './shares/options.js'
import { nameLeftOut, recovered, sharesOf } from './shares/recovered.js'

/** `chartseal recovery create|restore`: a ring that comes back when a device is lost. */
export function recoveryCommand(io: Io): Command {
  return describeGroup(
    'recovery',
    'Let custodians together bring a ring back after a device is lost',
    createCommand(io),
    restoreCommand(io),
  )
}

interface CreateOptions extends ClockOptions {
  readonly threshold: number
  readonly shares: number
  readonly label: string
  readonly kit: string
}

function createCommand(io: Io): Command {
  const command = describeCommand(
    'create',
    'Seal the ring under a key that is kept nowhere, and split that key among custodians',
    'chartseal recovery create okafor-rosa --threshold 2 --shares 3 --kit kit',
  )
  return withClock(command)
    .addOption(countOption('--threshold <count>', 'how many custodians are needed'))
    .addOption(countOption('--shares <count>', 'how many custodians there are'))
    .requiredOption('--kit <folder>', 'where ring.export, the shares and share-set.cbor are written')
    .option('--label <text>', 'shown on each share, not secret', 'ring recovery')
    .argument('<folder>', 'the folder of the ring')
    .action(async (folder: string, options: CreateOptions) => {
      const files = await createKit(io, folder, options)
      const advice =
        'Keep ring.export and share-set.cbor; give each custodian one share, and keep none of them.'
      const text = [...files, advice, ''].join('\n')
      await finish(io, { json: options.json ?? false }, { text, answer: { files } })
    })
}

const countOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(parseCount(2, 255)).makeOptionMandatory()

/**
 * The kit is durable beside its place before the ring sets a device number aside, and moved there afterwards: a failure
 * at any step leaves no kit whose device number another kit may get.
 */
async function createKit(io: Io, folder: string, options: CreateOptions): Promise<readonly string[]> {
  const { kit: place, force = false, threshold, shares: numShares, label } = options
  const names = kitFileNames(numShares).map(name => join(place, name))
  if (!force) await refuseExisting(io, ...names)
  const made: { staged?: StagedFiles } = {}
  try {
    await inFolder(io, folder, options, async before => {
      const { role } = before.self
      const split = { threshold, numShares, label, role }
      const { kit, ring } = await makeKit(ringNow(before, io, options.confirmClock), split, io)
      const files = kitFiles(kit).map(({ name, ...file }) => ({ file: join(place, name), ...file }))
      wipeShares(kit.shares)
      made.staged = await stageFiles(io, place, files, { force })
      return { result: null, device: { ...before, ring } }
    })
  } catch (error) {
    await made.staged?.discard()
    throw error
  }
  await made.staged?.publish()
  return names
}

interface RestoreOptions extends PassphraseOptions, HardeningOptions, ImportedSelf, KnownSetOptions {
  readonly export: string
  readonly device?: number
}

function restoreCommand(io: Io): Command {
  const command = describeCommand(
    'restore',
    'Make a folder on a new device from the export and enough shares',
    'chartseal recovery restore --role doctor --name "Dr. Okafor" --export kit/ring.export okafor-rosa share-1.txt share-3.txt',
  )
  return withKnownSet(withImportedSelf(withHardening(withPassphrase(command))))
    .requiredOption('--export <file>', 'the sealed ring of the kit')
    .addOption(
      new Option(
        '--device <number>',
        'the number of this device; needed when the kit is used again',
      ).argParser(parseCount(0, 31)),
    )
    .argument('<folder>', 'the folder; it is made')
    .argument('<shares...>', 'files of shares')
    .action(async (folder: string, files: readonly string[], options: RestoreOptions) => {
      const root = await readRoot(io, options)
      const sealed = await readBytes(io, options.export)
      const read = await readAllShares(io, files)
      const { device } = options
      const known = {
        ...(root === null ? {} : { root }),
        ...(device === undefined ? {} : { device }),
      }
      try {
        const { ring, recovery } = await recovered(io, read, shares =>
          openKit(sealed, shares, { ...known, role: options.role, argon2id: io.argon2id }),
        )
        await nameLeftOut(io, read, recovery)
        await finishImport(io, folder, options, ring)
      } finally {
        wipeShares(sharesOf(read))
      }
    })
}
