import { readPayload } from '@chartseal/ipfs-envelope'
import { ageStatement, exportAgeStream, importAgeStream } from '@chartseal/ipfs-envelope/age'
import type { Command } from 'commander'
import {
  describeCommand,
  finish,
  helpNote,
  type OutputOptions,
  parseCount,
  withOutput,
} from '../../io/command.js'
import { fileStream, pour, type Source, streamOf, watched } from '../../io/envelope/content.js'
import { withIdentity } from '../../io/envelope/identity.js'
import { withTrust } from '../../io/envelope/known.js'
import { reportList, requireOut } from '../../io/envelope/lists.js'
import { requireServed } from '../../io/envelope/marks.js'
import { type OpeningOptions, type Unlocked, useRecord } from '../../io/envelope/opening.js'
import { openRecordStore } from '../../io/envelope/store.js'
import { UsageError } from '../../io/errors.js'
import { readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { stageFile } from '../../io/output.js'
import { type SealOptions, shareSource, withSealing } from './put.js'

interface ExportOptions extends OutputOptions, OpeningOptions {
  readonly store: string
  readonly to?: readonly string[]
}

const lacks = helpNote(
  'A file of age lacks what a record has:',
  ...ageStatement.lacks.map(({ text }) => `  ${text}`),
)

/** `chartseal envelope age-export`. */
export function ageExportCommand(io: Io): Command {
  const command = describeCommand(
    'age-export',
    'Write a record as a file of the age tool, for somebody who has nothing else',
    'chartseal envelope age-export --store blocks --identity rosa.id --known seen --to age1… scan.grants -o scan.dcm.age',
  )
  return withTrust(withIdentity(withOutput(command)))
    .requiredOption('--store <folder>', 'the block store')
    .option(
      '--to <recipient>',
      'age1… or age1pq1…, or a file with one a line; once for each',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('--capability <file>', 'a text csread1… in place of a list and an identity')
    .option(
      '--record-version <number>',
      'an earlier version, where the list gives it',
      parseCount(1, 2 ** 32 - 1),
    )
    .argument('[list]', 'the grant list; - is stdin')
    .addHelpText('after', lacks)
    .action(async (file: string | undefined, options: ExportOptions) => {
      const recipients = await ageRecipients(io, options.to)
      await useRecord(io, file, options, record => exportRecord(io, record, recipients, options))
    })
}

async function ageRecipients(io: Io, values: readonly string[] = []): Promise<readonly string[]> {
  const found: string[] = []
  for (const value of values) found.push(...(/^age1/.test(value) ? [value] : await linesIn(io, value)))
  if (found.length === 0) throw new UsageError('give --to age1…')
  return found
}

async function linesIn(io: Io, file: string): Promise<readonly string[]> {
  const lines = (await readText(io, file)).split(/\r?\n/).map(line => line.trim())
  return lines.filter(line => line !== '' && !line.startsWith('#'))
}

async function exportRecord(
  io: Io,
  record: Unlocked,
  recipients: readonly string[],
  options: ExportOptions,
): Promise<void> {
  const { id, cid, contentKey } = record
  const { out, force = false } = options
  if (out === undefined || out === '-')
    throw new UsageError('a file of age is written to a file: give --out FILE')
  await requireServed(io, options.store, { packageId: id.packageId, payloadCid: cid })
  const store = await openRecordStore(io, options.store, { create: false })
  const { header, content } = await readPayload(store, contentKey, id, cid)
  const sealed = await exportAgeStream(
    streamOf(watched(io, 'Sealing', header.sizeBytes, content)),
    recipients,
  )
  const staged = await stageFile(io, out, { force }, into => pour(sealed, into))
  try {
    await record.remember()
    await staged.publish()
  } catch (error) {
    await staged.discard()
    throw error
  }
  const text = [
    `${out}: ${header.sizeBytes} bytes`,
    ...ageStatement.lacks.map(one => `  lacks  ${one.text}`),
    '',
  ].join('\n')
  const answer = { out, size_bytes: header.sizeBytes, lacks: ageStatement.lacks.map(one => ({ ...one })) }
  await finish(io, { json: options.json ?? false }, { text, answer })
}

interface ImportOptions extends SealOptions {
  readonly ageIdentity: string
}

/** `chartseal envelope age-import`. */
export function ageImportCommand(io: Io): Command {
  const command = describeCommand(
    'age-import',
    'Make a record of a file of the age tool',
    'chartseal envelope age-import --age-identity key.txt --store blocks --owner-key rosa.owner --identity rosa.id scan.dcm.age -o scan.grants',
  )
  return withSealing(command)
    .requiredOption('--age-identity <file>', 'a file of age-keygen')
    .argument('<file>', 'the file of age')
    .action(async (file: string, options: ImportOptions) => {
      requireOut(options)
      const source = await ageSource(io, file, await linesIn(io, options.ageIdentity))
      const list = await shareSource(io, source, options)
      await reportList(io, options, list, { fields: { size_bytes: source.sizeBytes } })
    })
}

/** Read twice: the size comes first in a record, and nothing is stored of a file that does not open to its end. */
async function ageSource(io: Io, file: string, identities: readonly string[]): Promise<Source> {
  const open = async (): Promise<ReadableStream<Uint8Array>> =>
    importAgeStream(streamOf(fileStream(io, file)), identities)
  let sizeBytes = 0
  for await (const piece of await open()) sizeBytes += piece.length
  return {
    sizeBytes,
    async *read() {
      yield* watched(io, 'Sealing', sizeBytes, await open())
    },
  }
}
