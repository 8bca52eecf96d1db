import { importRing } from '@chartseal/kdf-keyring'
import { combineShares } from '@chartseal/shamir'
import { type Command, Option } from 'commander'
import { describeCommand, parseCount } from '../../io/command.js'
import { readBytes } from '../../io/files.js'
import { type HardeningOptions, withHardening } from '../../io/hardening.js'
import { type Io, writeLine } from '../../io/io.js'
import { type PassphraseOptions, withPassphrase } from '../../io/ring.js'
import { readShareFile } from '../../io/share-envelopes.js'
import { finishImport, type ImportedSelf, withImportedSelf } from '../ring/export.js'
import { kitPassphrase } from './create.js'

interface RestoreOptions extends PassphraseOptions, HardeningOptions, ImportedSelf {
  readonly export: string
  readonly device?: number
}

export function restoreCommand(io: Io): Command {
  const command = describeCommand(
    'restore',
    'Make a folder on a new device from the export and enough shares',
    'chartseal recovery restore --role doctor --name "Dr. Okafor" --export kit/ring.export okafor-rosa share-1.txt share-3.txt',
  )
  return withImportedSelf(withHardening(withPassphrase(command)))
    .requiredOption('--export <file>', 'the sealed ring of the kit')
    .addOption(
      new Option(
        '--device <number>',
        'the number of this device; needed when the kit is used again',
      ).argParser(parseCount(0, 31)),
    )
    .argument('<folder>', 'the folder; it is made')
    .argument('<shares...>', 'files with one share each')
    .action(async (folder: string, files: readonly string[], options: RestoreOptions) => {
      const shares = await Promise.all(files.map(file => readShareFile(io, file)))
      const recovered = combineShares(shares)
      try {
        for (const { index } of recovered.damaged)
          await writeLine(io.stderr, `Share ${index} is damaged and was left out`)
        const { device } = options
        const sealed = await readBytes(io, options.export)
        const ring = await importRing(
          sealed,
          kitPassphrase(recovered.secret),
          device === undefined ? {} : { device },
        )
        await finishImport(io, folder, options, ring)
      } finally {
        recovered.secret.fill(0)
      }
    })
}
