import {
  type CreatedLink,
  contentTypeOf,
  createLink,
  formatLink,
  type LinkContent,
} from '@chartseal/ipfs-envelope/shl'
import { type Command, Option } from 'commander'
import {
  describeCommand,
  finish,
  helpNote,
  type OutputOptions,
  parseCount,
  withOutput,
} from '../../io/command.js'
import { cliError, UsageError } from '../../io/errors.js'
import { inFile, readBounded } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { baseUrlOf, writeLink } from '../../io/link-folder.js'
import { checkOutput, writeBytes } from '../../io/output.js'
import { qrForFile, qrForTerminal } from '../../io/qr.js'
import { readNewSecret } from '../../io/secrets.js'
import { passcodeSource } from './options.js'

interface CreateOptions extends OutputOptions {
  readonly store: string
  readonly url?: string
  readonly label?: string
  readonly hours: number
  readonly direct?: boolean
  readonly longTerm?: boolean
  readonly passcode?: boolean
  readonly passcodeFile?: string
  readonly attempts: number
  readonly zip: boolean
  readonly viewer?: string
  readonly qr?: string
}

const hourMs = 3_600_000
const maxFileBytes = 5_000_000
const fhirType = 'application/fhir+json'

const notes = helpNote(
  'Whoever has the link reads the files until it expires; the passcode travels another way than the link. ' +
    'The link, with its key, is printed or goes to --out and is kept nowhere else. The folder has no key.',
)

export function createCommand(io: Io): Command {
  const command = describeCommand(
    'create',
    'Encrypt files and make a link to them; what its server needs goes into a folder',
    'chartseal shl create --store links --url https://clinic.example/shl --direct --qr link.svg -o link.txt bundle.json',
    'chartseal shl create --store links --passcode --hours 72 --label "Allergies" -o link.txt bundle.json card.smart-health-card',
  )
  return withOutput(command)
    .requiredOption('--store <folder>', 'the folder that chartseal shl serve serves; made when it is missing')
    .option(
      '--url <address>',
      'where the server is reached, such as https://clinic.example/shl: for the first link',
    )
    .option('--label <text>', 'what it is, in at most 80 characters; anyone with the link reads it')
    .addOption(
      new Option('--hours <count>', 'how long it works; 0 for no end')
        .argParser(parseCount(0, 87_600))
        .default(24),
    )
    .option('--direct', 'one file without a manifest (flag U), as the profile of CMS wants it')
    .option('--long-term', 'the files may change later (flag L)')
    .option('--passcode', 'ask for a passcode, which whoever opens the link must know (flag P)')
    .option(
      '--passcode-file <file>',
      'read the passcode from a file; or from CHARTSEAL_PASSCODE with --passcode',
    )
    .addOption(
      new Option('--attempts <count>', 'wrong passcodes in the life of the link')
        .argParser(parseCount(1, 100))
        .default(10),
    )
    .option('--no-zip', 'do not compress FHIR, for clients that cannot inflate')
    .option('--viewer <address>', 'put the address of a viewer in front, for phones without one')
    .option(
      '--qr <file>',
      'also draw the link as a QR code: a file that ends in .svg or .png, or - for this terminal',
    )
    .addHelpText('after', notes)
    .argument('<files...>', 'FHIR in JSON, or .smart-health-card files')
    .action((files: readonly string[], options: CreateOptions) => create(io, files, options))
}

async function create(io: Io, files: readonly string[], options: CreateOptions): Promise<void> {
  await checkQr(io, options)
  const baseUrl = await baseUrlOf(io, options.store, options.url)
  const contents: LinkContent[] = []
  for (const file of files) contents.push(await readContent(io, file))
  const made = await makeLink(io, baseUrl, contents, options)
  const { key } = made.link
  try {
    const text = formatLink(made.link, options.viewer === undefined ? {} : { viewer: options.viewer })
    await writeLink(io, options.store, baseUrl, made.served)
    if (options.qr !== undefined) await drawQr(io, text, options.qr, options)
    await finish(io, options, { text: `${text}\n`, answer: answerOf(made, text), secret: true })
  } finally {
    key.wipe()
  }
}

async function makeLink(
  io: Io,
  baseUrl: string,
  files: readonly LinkContent[],
  options: CreateOptions,
): Promise<CreatedLink> {
  const { label, hours, direct = false, longTerm = false, attempts, zip } = options
  const nowMs = io.clock.nowMs()
  const guarded = options.passcode === true || options.passcodeFile !== undefined
  if (guarded && direct) throw new UsageError('a direct link (--direct) cannot have a passcode')
  return createLink({
    ...{ baseUrl, files, nowMs, direct, longTerm, zip, random: io.random, maxWrongPasscodes: attempts },
    ...(label === undefined ? {} : { label }),
    ...(hours === 0 ? {} : { expMs: nowMs + hours * hourMs }),
    ...(guarded ? { passcode: await readNewSecret(io, passcodeSource(options.passcodeFile), 0) } : {}),
  })
}

async function readContent(io: Io, file: string): Promise<LinkContent> {
  const content = await readBounded(io, file, maxFileBytes)
  const contentType = contentTypeOf(content)
  if (contentType === 'application/octet-stream') {
    const format = 'neither FHIR nor a health card'
    return inFile(file, () => {
      throw cliError('cli/not-json', { format, hint: 'A PDF goes into a FHIR DocumentReference.' })
    })
  }
  return { contentType, content, ...(contentType === fhirType ? { fhirVersion: '4.0.1' } : {}) }
}

/** What drawing would refuse is refused before any work. */
async function checkQr(io: Io, { qr, json = false, force = false }: CreateOptions): Promise<void> {
  if (qr === '-' && json) throw new UsageError('--qr - draws on the terminal: --json has no room for it')
  if (qr === undefined || qr === '-') return
  await checkOutput(io, qr, { force })
  qrForFile('', qr)
}

/** For its owner alone: whoever sees it has the link. */
async function drawQr(io: Io, text: string, file: string, { force = false }: OutputOptions): Promise<void> {
  const drawn = file === '-' ? qrForTerminal(text) : qrForFile(text, file)
  await writeBytes(io, file, drawn, { force, secret: true })
}

function answerOf({ link, served }: CreatedLink, text: string) {
  return {
    link: text,
    id: served.id,
    url: link.url,
    flags: link.flags,
    expires_ms: served.expMs,
    files: served.files.map(({ contentType, jwe }) => ({ content_type: contentType, length: jwe.length })),
  }
}
