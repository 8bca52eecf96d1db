import { openAuditFolder, readAuditKeys } from '@chartseal/clinic/fs/audit'
import { encodeHex } from '@chartseal/core/encoding'
import { quoted } from '@chartseal/core/text'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { type Io, writeLine } from '../../io/io.js'
import {
  type FolderOptions,
  placeOf,
  requirePublished,
  type WriterOptions,
  withKeys,
  withWriter,
  writerExtras,
} from './options.js'

export function keyCommand(io: Io): Command {
  const command = describeCommand(
    'key',
    "Write a patient's own copy of the key that opens the entries about them. Forgetting does not reach it",
    'chartseal audit key audit PAT-1 --out rosa.key',
  )
  return withKeys(command)
    .argument('<folder>')
    .argument('<patient>')
    .action(async (folder: string, patient: string, options: FolderOptions) => {
      const reader = await readAuditKeys(placeOf(io, folder, options))
      using key = await reader.keyOf(patient)
      const hex = encodeHex(key.reveal())
      await finish(io, options, { text: `${hex}\n`, answer: { key: hex }, secret: true })
    })
}

interface ShredOptions extends WriterOptions {
  readonly actor: string
}

export function shredCommand(io: Io): Command {
  const command = describeCommand(
    'shred',
    'Forget a patient: destroy the key of all entries about them, here and in older backups of the keys. Every proof still holds',
    'chartseal audit shred --actor "Dr. Okafor" audit PAT-1',
  )
  return withWriter(command)
    .requiredOption('--actor <name>', 'who decided it; the log says so, and not whom it was about')
    .argument('<folder>')
    .argument('<patient>')
    .action((folder: string, patient: string, options: ShredOptions) => shred(io, folder, patient, options))
}

async function shred(io: Io, folder: string, patient: string, options: ShredOptions): Promise<void> {
  const opened = await openAuditFolder(placeOf(io, folder, options), await writerExtras(io, options))
  let near: readonly string[]
  try {
    near = await opened.keys.near(patient)
    // Told before the end, too: when this id has no key, one of these may be meant.
    if (near.length > 0) await writeLine(io.stderr, nearText(near))
    await opened.shred(patient, options.actor)
  } finally {
    await opened.close()
  }
  const text = 'The key is destroyed. Older backups of the keys open nothing any more: make a new one now.\n'
  await finish(io, options, { text, answer: { patient, shredded: true, near } })
  requirePublished(opened.writer)
}

function nearText(near: readonly string[]): string {
  return `Other ids of this log look like it and have keys of their own: ${near.map(quoted).join(', ')}`
}
