import { shellWord } from '@chartseal/clinic'
import { type ConferenceBook, createConference, encodeBook, wipeBook } from '@chartseal/clinic/conference'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { parseInstant } from '@chartseal/core/instant'
import { toJsonText } from '@chartseal/core/json'
import type { ConferenceSuite } from '@chartseal/elgamal-session'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type CommonOptions, describeCommand } from '../../io/command.js'
import { readOwnerKey } from '../../io/envelope/owner.js'
import { UsageError } from '../../io/errors.js'
import { type Io, writeLine } from '../../io/io.js'
import { writeBytes } from '../../io/output.js'
import { ClinicClient, conferencePath } from './clinic-client.js'
import {
  newSeal,
  passphraseSource,
  type SealingOptions,
  withFilePassphrase,
  withSealing,
} from './file-passphrase.js'
import { parseServer } from './places.js'

const usualLifeMs = 24 * 3_600_000

interface CreateOptions extends CommonOptions, SealingOptions {
  readonly passphraseFile?: string
  readonly out: string
  readonly force?: boolean
  readonly title: string
  readonly suite: ConferenceSuite
  readonly until?: number
  readonly server?: URL
  readonly device?: string
}

export function createCommand(io: Io): Command {
  const command = describeCommand(
    'create',
    'Make a conference: a file with keys of its own, sealed under a passphrase',
    'chartseal conference create --out round --title "Morning round" --until 2026-12-01T12:00:00Z',
  )
  return withSealing(withFilePassphrase(command, '--passphrase-file', 'the file'))
    .requiredOption('-o, --out <file>', 'the conference file; it is made')
    .option('--force', 'let --out replace a file that exists')
    .option('--title <text>', 'what those who are invited see', 'Conference')
    .addOption(
      new Option('--suite <name>', 'the group of its handshakes')
        .choices(['25519', 'ffdhe3072'])
        .default('25519'),
    )
    .option(
      '--server <url>',
      'where it will be held: begun there now, so that nobody else can be',
      parseServer,
    )
    .option('--device <file>', 'with --server: the key of conference device')
    .option('--until <instant>', 'nobody is invited or enrolled after this; default: in a day', instantOf)
    .action((options: CreateOptions) => runCreate(io, options))
}

async function runCreate(io: Io, options: CreateOptions): Promise<void> {
  const { out, title, suite, force = false, json = false } = options
  const nowMs = io.clock.nowMs()
  const untilMs = options.until ?? nowMs + usualLifeMs
  if (out === '-') throw new UsageError('--out must name a file: a journal is kept beside it')
  if (untilMs <= nowMs) throw new UsageError('--until must be in the future')
  const book = createConference({ title, suite, untilMs }, io.random)
  const bytes = encodeBook(book)
  try {
    // It is asked for before anything is begun anywhere.
    const source = passphraseSource(io, '--passphrase-file', options.passphraseFile, out)
    using seal = await newSeal(io, options, source)
    await begin(io, options, book)
    await writeBytes(io, out, seal === null ? bytes : seal.seal(bytes), { force, secret: true })
  } finally {
    bytes.fill(0)
    wipeBook(book)
  }
  const sealed = options.unsealed !== true
  const answer = { id: encodeBase64Url(book.id), file: out, title, suite, until_ms: untilMs, sealed }
  const next = `chartseal conference invite --conference ${shellWord(out)} --ring FOLDER --patient ID`
  const kept = sealed ? 'sealed under its passphrase' : 'unencrypted: keep it safe'
  const text = `${out} is ready, ${kept}. It is good until ${new Date(untilMs).toISOString()}\nNext, for each patient: ${next}`
  await writeLine(io.stdout, json ? toJsonText(answer) : text)
}

/** The first who names an id owns it, and who is invited learns it. */
async function begin(
  io: Io,
  { server, device }: CreateOptions,
  { id, untilMs }: ConferenceBook,
): Promise<void> {
  if ((server === undefined) !== (device === undefined))
    throw new UsageError('--server and --device are given together')
  if (server === undefined || device === undefined) return
  using key = await readOwnerKey(io, device)
  await new ClinicClient(server, key, io).put(conferencePath(id), { v: 1, until_ms: untilMs })
}

function instantOf(text: string): number {
  try {
    return parseInstant(text)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw new InvalidArgumentError('It must be an instant such as 2026-12-01T12:00:00Z.')
  }
}
