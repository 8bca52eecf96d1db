import { recordFields } from '@chartseal/audit'
import { toAuditEvent } from '@chartseal/audit/fhir'
import { readEntries } from '@chartseal/clinic/fs/audit'
import { toJsonText } from '@chartseal/core/json'
import { type Command, Option } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { type FolderOptions, placeOf, withKeys } from './options.js'

interface ExportOptions extends FolderOptions {
  readonly patient?: string
  readonly fhir?: 'R4' | 'R5'
  readonly identify?: boolean
}

export function exportCommand(io: Io): Command {
  const command = describeCommand(
    'export',
    'Write what can be read as JSON lines: FHIR AuditEvent, or the fields that append takes. Without --identify only when, what, outcome and purposes',
    'chartseal audit export audit --fhir R4 --out events.ndjson',
    'chartseal audit export audit --patient PAT-1 --identify --out rosa.ndjson',
  )
  return withKeys(command)
    .addOption(new Option('--fhir <version>', 'as AuditEvent resources').choices(['R4', 'R5']))
    .option('--identify', 'write everything: who acted, whose record it was, what was touched, and words')
    .option('--patient <id>', 'of one patient only')
    .argument('<folder>')
    .action(async (folder: string, options: ExportOptions) => {
      const lines: string[] = []
      for await (const entry of readEntries(placeOf(io, folder, options), options.patient)) {
        if (entry.kind === 'entry') lines.push(lineOf(entry.record, options))
      }
      await finish(io, options, {
        text: lines.map(line => `${line}\n`).join(''),
        answer: { lines },
        secret: true,
      })
    })
}

/** What may leave without being asked for. */
const anonymous = new Set(['at', 'action', 'outcome', 'purpose_of_use'])

function lineOf(
  record: Parameters<typeof toAuditEvent>[0],
  { fhir, identify = false }: ExportOptions,
): string {
  if (fhir !== undefined) return JSON.stringify(toAuditEvent(record, { version: fhir, identify }))
  const fields = Object.entries(recordFields(record))
  const kept = fields.filter(([name]) => identify || anonymous.has(name))
  return toJsonText(Object.fromEntries(kept))
}
