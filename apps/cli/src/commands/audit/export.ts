import { recordFields } from '@chartseal/audit'
import { toAuditEvent } from '@chartseal/audit/fhir'
import { readEntries } from '@chartseal/clinic/fs'
import { toJsonText } from '@chartseal/core/json'
import { type Command, Option } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { type OwnOptions, placeOf, withOwn } from './options.js'

interface ExportOptions extends OwnOptions {
  readonly patient?: string

  readonly fhir?: 'R4' | 'R5'
  readonly identify?: boolean
}

export function exportCommand(io: Io): Command {
  const command = describeCommand(
    'export',
    'Write what can be read as JSON lines: FHIR AuditEvent, or the fields that append takes',
    'chartseal audit export audit --fhir R4 --out events.ndjson',
    'chartseal audit export audit --patient PAT-1 --identify --out rosa.ndjson',
  )
  return withOwn(command)
    .addOption(new Option('--fhir <version>', 'as AuditEvent resources').choices(['R4', 'R5']))
    .option('--identify', 'write down who acted, and whose record it was')
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

function lineOf(
  record: Parameters<typeof toAuditEvent>[0],
  { fhir, identify = false }: ExportOptions,
): string {
  if (fhir !== undefined) return JSON.stringify(toAuditEvent(record, { version: fhir, identify }))
  const fields = Object.entries(recordFields(record))
  const kept = fields.filter(([name]) => identify || (name !== 'actor' && name !== 'patient'))
  return toJsonText(Object.fromEntries(kept))
}
