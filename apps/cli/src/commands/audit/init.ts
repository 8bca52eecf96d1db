import { auditFolderPaths, createAuditFolder } from '@chartseal/clinic/fs'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { type OwnOptions, placeOf, withOwn } from './options.js'

interface InitOptions extends OwnOptions {
  readonly origin: string
}

export function initCommand(io: Io): Command {
  const command = describeCommand(
    'init',
    'Make a log and its keys',
    'chartseal audit init --origin clinic.example/audit audit',
  )
  return withOwn(command)
    .requiredOption(
      '--origin <name>',
      'the name of the log: the URL under which it is served, without https://',
    )
    .argument('<folder>', 'the folder; it is made')
    .action(async (folder: string, options: InitOptions) => {
      const { origin, verifierKey } = await createAuditFolder({
        ...placeOf(io, folder, options),
        origin: options.origin,
      })
      const keys = auditFolderPaths({ folder, keys: options.keys }).keys
      const text = `${verifierKey}\nGive this key to whoever verifies. Keep ${keys} out of every backup of ${folder}.\n`
      await finish(io, options, { text, answer: { origin, verifier_key: verifierKey, keys } })
    })
}
