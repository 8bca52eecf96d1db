import { deviceOf, ringNow } from '@chartseal/clinic'
import { createFolder } from '@chartseal/clinic/fs'
import { exportRing, formatEpoch, importRing, type Ring, type Role } from '@chartseal/kdf-keyring'
import { type Command, Option } from 'commander'
import { describeCommand, finish, parseCount } from '../../io/command.js'
import { readBytes } from '../../io/files.js'
import { type HardeningOptions, hardening, withHardening } from '../../io/hardening.js'
import type { Io } from '../../io/io.js'
import {
  type ClockOptions,
  inFolder,
  newFolderOptions,
  type PassphraseOptions,
  withClock,
  withPassphrase,
} from '../../io/ring.js'
import { readNewSecret, readSecret, type SecretSource } from '../../io/secrets.js'

interface ExportPassphrase {
  readonly exportPassphraseFile?: string
}

function withExportPassphrase(command: Command): Command {
  return command.option(
    '--export-passphrase-file <file>',
    'the passphrase of the export, one line; else CHARTSEAL_EXPORT_PASSPHRASE or a prompt',
  )
}

function exportPassphrase({ exportPassphraseFile }: ExportPassphrase): SecretSource {
  return {
    file: exportPassphraseFile,
    option: '--export-passphrase-file',
    variable: 'CHARTSEAL_EXPORT_PASSPHRASE',
    question: 'Passphrase of the export',
  }
}

interface ExportOptions extends ClockOptions, HardeningOptions, ExportPassphrase {
  readonly out: string
}

export function exportCommand(io: Io): Command {
  const command = describeCommand(
    'export',
    'Seal the ring under a passphrase, for one new device',
    'chartseal ring export okafor-rosa --out okafor-rosa.export',
  )
  return withExportPassphrase(withHardening(withClock(command)))
    .argument('<folder>')
    .action(async (folder: string, options: ExportOptions) => {
      const passphrase = await readNewSecret(io, exportPassphrase(options))
      const parameters = hardening(io, options)
      const sealed = await inFolder(io, folder, options, async before => {
        const { role } = before.self
        const { ring, sealed } = await exportRing(ringNow(before, io, options.confirmClock), passphrase, {
          parameters,
          role,
          argon2id: io.argon2id,
        })
        return { result: sealed, device: { ...before, ring } }
      })
      await finish(io, options, { text: sealed, answer: { export: sealed }, secret: true })
    })
}

interface ImportOptions extends PassphraseOptions, HardeningOptions, ExportPassphrase, ImportedSelf {
  readonly device?: number
}

export function importCommand(io: Io): Command {
  const command = describeCommand(
    'import',
    'Make a folder on a new device from an export',
    'chartseal ring import --role doctor --name "Dr. Okafor" --peer Rosa okafor-rosa.export okafor-rosa',
  )
  return withImportedSelf(withExportPassphrase(withHardening(withPassphrase(command))))
    .addOption(
      new Option(
        '--device <number>',
        'the number of this device; needed when another one used this export',
      ).argParser(parseCount(0, 31)),
    )
    .argument('<export>', 'the file; - is stdin')
    .argument('<folder>', 'the folder; it is made')
    .action(async (file: string, folder: string, options: ImportOptions) => {
      const sealed = await readBytes(io, file)
      const passphrase = await readSecret(io, exportPassphrase(options))
      const { device, role } = options
      const known = device === undefined ? {} : { device }
      const ring = await importRing(sealed, passphrase, { role, argon2id: io.argon2id, ...known })
      await finishImport(io, folder, options, ring)
    })
}

/** What an export does not hold, because only its own devices show it. */
export interface ImportedSelf {
  readonly role: Role
  readonly name: string
  readonly peer: string
}

export function withImportedSelf(command: Command): Command {
  return command
    .addOption(
      new Option('--role <role>', 'who you are').choices(['doctor', 'patient']).makeOptionMandatory(),
    )
    .requiredOption('--name <name>', 'your name')
    .option('--peer <name>', 'the name of the other side, for your own screens', 'the other side')
}

/** Makes the folder of a new device around a ring, and reports it. */
export async function finishImport(
  io: Io,
  folder: string,
  options: PassphraseOptions & HardeningOptions & ImportedSelf,
  ring: Ring,
): Promise<void> {
  const { role, name, peer } = options
  const device = deviceOf(ring, role, { self: name, peer }, io.random)
  const place = { ...(await newFolderOptions(io, folder, options)), parameters: hardening(io, options) }
  const answer = { device: ring.device, active: formatEpoch(ring.epoch) }
  await createFolder(place, device)
  const warning =
    `If another device used this export already, both seal under number ${ring.device} and messages get lost: ` +
    `delete ${folder} and import again with --device ${ring.nextDevice}.`
  await finish(io, options, {
    text: `${folder} is device ${ring.device} of this side\n${warning}\n`,
    answer,
  })
}
