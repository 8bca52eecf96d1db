import type { ScanResult } from '@chartseal/audit'
import { recordFields } from '@chartseal/audit'
import { readEntries } from '@chartseal/clinic/fs/audit'
import { decodeUtf8 } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { type FolderOptions, placeOf, withKeys } from './options.js'

interface ListOptions extends FolderOptions {
  readonly patient?: string
}

export function listCommand(io: Io): Command {
  const command = describeCommand(
    'list',
    'List what the log says; entries of a patient who was forgotten are listed as sealed',
    'chartseal audit list audit',
    'chartseal audit list audit --patient PAT-1',
  )
  return withKeys(command)
    .option('--patient <id>', 'of one patient only')
    .argument('<folder>')
    .action(async (folder: string, options: ListOptions) => {
      const entries: ScanResult[] = []
      for await (const entry of readEntries(placeOf(io, folder, options), options.patient))
        entries.push(entry)
      const text = entries.map(entry => `${lineOf(entry)}\n`).join('')
      await finish(io, options, { text, answer: { entries: entries.map(answerOf) }, secret: true })
    })
}

const time = (ms: number): string => new Date(ms).toISOString()

function lineOf(entry: ScanResult): string {
  if (entry.kind === 'sealed') return `${entry.seq}  ${time(entry.at)}  sealed: no key opens it`
  if (entry.kind === 'imported')
    return `${entry.seq}  ${time(entry.at)}  imported, as it is: ${entry.line.length} bytes`
  if (entry.kind === 'bad') return `${entry.seq}  unreadable: ${entry.error.code}`
  const { at, actor, action, patient, outcome, detail } = entry.record
  const about = [actor, action, patient ?? 'the system', detail.resource, detail.text].filter(
    part => part !== undefined,
  )
  return `${entry.seq}  ${time(at)}  ${about.map(quoted).join('  ')}${outcome === 'success' ? '' : `  ${outcome}`}`
}

function answerOf(entry: ScanResult): Answer {
  const { kind, seq } = entry
  if (kind === 'bad') return { kind, seq, code: entry.error.code }
  if (kind === 'sealed') return { kind, seq, recorded_at: time(entry.at) }
  if (kind === 'imported') return { kind, seq, recorded_at: time(entry.at), line: textOf(entry.line) }
  return { kind, seq, recorded_at: time(entry.at), ...recordFields(entry.record) }
}

function textOf(line: Uint8Array): string | Uint8Array {
  try {
    return decodeUtf8(line)
  } catch {
    return line
  }
}
