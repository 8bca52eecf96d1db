import { join } from 'node:path'
import { type OpenedFile, openLink, requireContent } from '@chartseal/ipfs-envelope/shl'
import type { Command } from 'commander'
import {
  describeCommand,
  finish,
  type OutputOptions,
  refuseBytesOnTerminal,
  textOf,
  withOutput,
} from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { inFile } from '../../io/files.js'
import { type Io, writeLine } from '../../io/io.js'
import { refuseExisting, writeAll } from '../../io/staged-files.js'
import { type ClientOptions, passcodeFor, readLinkFileOf, withLink } from './options.js'

interface OpenOptions extends OutputOptions, ClientOptions {
  readonly to?: string
}

export function openCommand(io: Io): Command {
  const command = describeCommand(
    'open',
    'Fetch what a link leads to, and decrypt it',
    'chartseal shl open --recipient "Dr. Lindqvist" link.txt -o bundle.json',
    'chartseal shl open --recipient "Dr. Lindqvist" --to rosa link.txt',
  )
  return withLink(withOutput(command))
    .option('--to <folder>', 'write each file into this folder')
    .action(async (file: string, options: OpenOptions) => {
      if (options.to !== undefined && options.out !== undefined)
        throw new UsageError('give --to or --out, not both')
      const { text, link } = await readLinkFileOf(io, file)
      const passcode = await passcodeFor(io, link, options)
      const { recipient, local = false } = options
      const asked = {
        recipient,
        local,
        ...passcode,
        nowMs: io.clock.nowMs(),
        fetch: (url: string, init: RequestInit) => fetch(url, init),
      }
      const { files } = await openLink(text, asked)
      for (const opened of files) await inFile(file, () => requireContent(opened))
      await (options.to === undefined
        ? print(io, files, options)
        : writeFiles(io, options.to, files, options))
    })
}

async function print(io: Io, files: readonly OpenedFile[], options: OpenOptions): Promise<void> {
  const [first, ...others] = files
  if (options.json !== true && others.length > 0) {
    throw new UsageError(`the link has ${files.length} files: give --to FOLDER, or --json`)
  }
  const content = first?.content ?? new Uint8Array()
  refuseBytesOnTerminal(io, options, content)
  await finish(io, options, {
    text: content,
    answer: { files: files.map(file => answerOf(file)) },
    secret: true,
  })
}

function answerOf({ contentType, content, lastUpdated, status, fhirVersion }: OpenedFile) {
  return {
    content_type: contentType,
    last_updated: lastUpdated,
    status,
    fhir_version: fhirVersion,
    content: textOf(content) ?? content,
  }
}

const endings: Readonly<Record<string, string>> = {
  'application/fhir+json': 'json',
  'application/smart-health-card': 'smart-health-card',
  'application/smart-api-access': 'json',
}

/** Names are ours: what a stranger wrote is no path. */
async function writeFiles(
  io: Io,
  folder: string,
  files: readonly OpenedFile[],
  { json = false, force = false }: OpenOptions,
): Promise<void> {
  const named = files.map(({ contentType, content }, i) => ({
    file: join(folder, `${i + 1}.${endings[contentType] ?? 'bin'}`),
    data: content,
    secret: true,
  }))
  if (!force) await refuseExisting(io, ...named.map(({ file }) => file))
  await writeAll(io, folder, named, { force })
  const names = named.map(({ file }) => file)
  if (json) return finish(io, { json }, { text: '', answer: { files: names } })
  for (const name of names) await writeLine(io.stdout, name)
}
