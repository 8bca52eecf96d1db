import type { AuditRecord } from '@chartseal/audit'
import { openAuditFolder, openKeys } from '@chartseal/clinic/fs'
import { encodeHex } from '@chartseal/core/encoding'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { type OwnOptions, placeOf, withOwn } from './options.js'

export function keyCommand(io: Io): Command {
  const command = describeCommand(
    'key',
    "Write a patient's own copy of the key that opens the entries about him. Forgetting does not reach it",
    'chartseal audit key audit PAT-1 --out rosa.key',
  )
  return withOwn(command)
    .argument('<folder>')
    .argument('<patient>')
    .action(async (folder: string, patient: string, options: OwnOptions) => {
      const open = await openKeys(placeOf(io, folder, options))
      try {
        using key = await open.keys.keyOf(patient)
        const hex = encodeHex(key.reveal())
        await finish(io, options, { text: `${hex}\n`, answer: { key: hex }, secret: true })
      } finally {
        await open.close()
      }
    })
}

const idBytes = 16

interface ShredOptions extends OwnOptions {
  readonly actor: string
}

export function shredCommand(io: Io): Command {
  const command = describeCommand(
    'shred',
    'Forget a patient: destroy the key of all entries about him, here and in older backups of the keys. Every proof still holds',
    'chartseal audit shred --actor "Dr. Okafor" audit PAT-1',
  )
  return withOwn(command)
    .requiredOption('--actor <name>', 'who decided it; the log says so, and not whom it was about')
    .argument('<folder>')
    .argument('<patient>')
    .action(async (folder: string, patient: string, options: ShredOptions) => {
      const place = await openAuditFolder(placeOf(io, folder, options))
      try {
        await place.keys.shred(patient)
        await place.writer.append({ id: io.random.bytes(idBytes), record: shredRecord(io, options) })
      } finally {
        await place.close()
      }
      const text =
        'The key is destroyed. Older backups of the keys open nothing any more: make a new one now.\n'
      await finish(io, options, { text, answer: { patient, shredded: true } })
    })
}

function shredRecord(io: Io, { actor }: ShredOptions): AuditRecord {
  const text = 'The key of the entries about one patient was destroyed.'
  const what = {
    action: 'shred',
    patient: null,
    outcome: 'success',
    purposeOfUse: [],
    detail: { text },
  } as const
  return { at: io.clock.nowMs(), actor, source: 'chartseal', ...what }
}
