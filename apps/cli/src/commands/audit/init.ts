import { type PatientIdForm, patientIdForms } from '@chartseal/audit'
import { auditFolderPaths, createAuditFolder } from '@chartseal/clinic/fs/audit'
import { type Command, Option } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { placeOf, type WriterOptions, withWriter, writerExtras } from './options.js'

interface InitOptions extends WriterOptions {
  readonly origin: string
  readonly patientIds: PatientIdForm
}

export function initCommand(io: Io): Command {
  const command = describeCommand(
    'init',
    'Make a log and its keys',
    'chartseal audit init --origin clinic.example/audit --keys /media/keys/audit audit',
  )
  return withWriter(command)
    .requiredOption(
      '--origin <name>',
      'the name of the log: the URL under which it is served, without https://',
    )
    .addOption(
      new Option(
        '--patient-ids <form>',
        'plain: Patient/7, patient/7 and 7 are one patient; exact: each text is one of its own',
      )
        .choices(patientIdForms)
        .default('plain'),
    )
    .argument('<folder>', 'the folder; it is made')
    .action(async (folder: string, options: InitOptions) => {
      const place = placeOf(io, folder, options)
      const { origin, patientIds } = options
      const { verifierKey } = await createAuditFolder(
        { ...place, origin, patientIds },
        await writerExtras(io, options),
      )
      const { keys } = auditFolderPaths({ folder, keys: options.keys })
      const witnesses = 'Its witnesses must know this key, too, before they cosign.'
      const lines = [
        verifierKey,
        'Give this key to whoever verifies.',
        adviceOn(folder, keys, options),
        ...(options.policy === undefined ? [] : [witnesses]),
      ]
      const answer = { origin, verifier_key: verifierKey, keys, patient_ids: patientIds }
      await finish(io, options, { text: lines.map(line => `${line}\n`).join(''), answer })
    })
}

function adviceOn(folder: string, keys: string, { keys: given }: InitOptions): string {
  const beside = `Keep ${keys} out of every backup of ${folder}`
  return given === undefined
    ? `${beside}: it is beside it, so a backup of the folder above holds both. Better: --keys on another disk.`
    : `${beside}.`
}
