import { encodeImportNotice, importNotice } from '@chartseal/audit'
import { openAuditFolder } from '@chartseal/clinic/fs/audit'
import { encodeUtf8 } from '@chartseal/core/encoding'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { cliError } from '../../io/errors.js'
import { inFile, readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { formatOf } from '../../io/lines.js'
import { placeOf, requirePublished, type WriterOptions, withWriter, writerExtras } from './options.js'

const idBytes = 16
const sealedLines = 'chartseal/audit/v1'

interface ImportOptions extends WriterOptions {
  readonly format: string
}

export function importCommand(io: Io): Command {
  const command = describeCommand(
    'import',
    'Take over the lines of an older log as they are. Nothing before the import is proven by it',
    'chartseal audit import audit old-audit.txt',
  )
  return withWriter(command)
    .option('--format <name>', 'what the lines are', sealedLines)
    .argument('<folder>')
    .argument('<file>', 'the lines, sealed as they are; - is stdin')
    .action(async (folder: string, file: string, options: ImportOptions) => {
      const lines = (await readText(io, file)).split('\n').filter(line => line !== '')
      if (options.format === sealedLines) await inFile(file, () => refuseReadable(lines))
      const bytes = lines.map(encodeUtf8)
      const notice = encodeImportNotice(importNotice(options.format, bytes))
      const place = await openAuditFolder(placeOf(io, folder, options), await writerExtras(io, options))
      // Asked for at once, they stand together: nothing else is appended between the notice and its lines.
      const all = [notice, ...bytes].map(line => place.writer.append({ id: io.random.bytes(idBytes), line }))
      const [first] = await Promise.all(all).finally(() => place.close())
      requirePublished(place.writer)
      const from = first?.index ?? 0
      const told = { from, lines: lines.length, size: place.writer.size }
      await finish(io, options, {
        text: `${lines.length} lines are in the log, from entry ${from + 1} on\n`,
        answer: told,
      })
    })
}

/** Nothing seals a line that is imported. */
function refuseReadable(lines: readonly string[]): void {
  const format = formatOf(lines[0] ?? '')
  if (format !== null) throw cliError('cli/not-sealed', { format })
}
