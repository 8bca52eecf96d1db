import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { type FileKeyValue, openKeyValue } from '@chartseal/core/files'
import {
  cosigner,
  type ForkEvidence,
  maxNoteBytes,
  type NoteSigner,
  type OpenWitnessOptions,
  openNote,
  openWitness,
  parseCosignatureKey,
  parseVerifierKey,
  type Witness,
} from '@chartseal/tlog'
import { keepForkEvidence } from '@chartseal/tlog/fs'
import { type Command, Option } from 'commander'
import { describeCommand } from '../../io/command.js'
import { inFile, pathOf, readLine } from '../../io/files.js'
import { type Answered, bodyOf, serve, withListen } from '../../io/http.js'
import { type Io, writeLine } from '../../io/io.js'
import { writeBytes } from '../../io/output.js'
import { checkpointAt } from './options.js'

interface WitnessOptions {
  readonly name: string
  readonly log: readonly string[]
  readonly adopt: readonly string[]
  readonly host: string
  readonly port: number
}

export function witnessCommand(io: Io): Command {
  const command = describeCommand(
    'witness',
    "Cosign the checkpoints of others' logs over HTTP, as long as each log only grows",
    'chartseal audit witness --name witness.example/w1 --log clinic.example/audit+… witness',
    'chartseal audit witness --name witness.example/w1 --log clinic.example/audit+… --adopt https://clinic.example/audit witness',
  )
  return withListen(command, 8081)
    .requiredOption('--name <name>', 'the name of this witness, such as a URL without https://')
    .addOption(
      new Option('--log <verifier key>', 'the key of a log that is known; may be repeated')
        .argParser(collect)
        .default([]),
    )
    .addOption(
      new Option(
        '--adopt <place>',
        'after a backup was put back: a file or the URL of a log with a checkpoint that this witness cosigned; may be repeated',
      )
        .argParser(collect)
        .default([]),
    )
    .argument('<folder>', 'its key, what it saw last of each log, and evidence; it is made')
    .action(async (folder: string, options: WitnessOptions) => {
      // Not of one folder: whoever puts `seen` back from a backup has what was cosigned since on the other side.
      const [seen, cosigned] = [join(folder, 'seen'), join(folder, 'cosigned')]
      for (const one of [seen, cosigned]) await mkdir(pathOf(io, one), { recursive: true, mode: 0o700 })
      const [bytes, isNew] = await ownSeed(io, folder)
      using key = new SigningKey(bytes)
      bytes.fill(0)
      await withValues(io, seen, store =>
        withValues(io, cosigned, beside => run(io, folder, options, { key, isNew, store, beside })),
      )
    })
}

async function withValues(
  io: Io,
  folder: string,
  use: (values: FileKeyValue) => Promise<void>,
): Promise<void> {
  const values = await openKeyValue(pathOf(io, folder), { random: io.random })
  try {
    await use(values)
  } finally {
    await values.close()
  }
}

interface Parts extends Required<Pick<OpenWitnessOptions, 'isNew' | 'store' | 'beside'>> {
  readonly key: SigningKey
}

async function run(
  io: Io,
  folder: string,
  options: WitnessOptions,
  { key, ...memory }: Parts,
): Promise<void> {
  const signer = cosigner(options.name, key, io.clock)
  const witness = await openWitness({
    signer,
    logs: options.log.map(parseVerifierKey),
    ...memory,
    cosigned: await cosignedBy(io, signer, options.adopt),
    onFork: async (evidence: ForkEvidence) => {
      const file = await keepForkEvidence(pathOf(io, folder), evidence, io.random)
      if (file !== null) await writeLine(io.stderr, `A log signed two histories. The evidence: ${file}`)
    },
  }).catch(namingAdopt)
  const ready = (url: string): Promise<void> =>
    writeLine(io.stdout, `${signer.verifierKey}\nListening at ${url}`)
  await serve(io, options, (request, path) => answer(witness, request, path), ready)
}

function namingAdopt(error: unknown): never {
  if (!(error instanceof ChartsealError) || error.code !== 'tlog/witness-rolled-back') throw error
  const { code, message, context } = error
  const hint =
    'Give back what it cosigned since: --adopt with the URL of the log, or a checkpoint that was kept.'
  throw new ChartsealError(code, `${message} ${hint}`, context)
}

/** @throws ChartsealError `note/unsigned` naming the place that has nothing of this witness */
async function cosignedBy(io: Io, signer: NoteSigner, places: readonly string[]): Promise<readonly string[]> {
  const own = [parseCosignatureKey(signer.verifierKey)]
  const read = async (place: string): Promise<string> => {
    const note = await checkpointAt(io, place)
    await inFile(place, () => openNote(note, own))
    return note
  }
  return Promise.all(places.map(read))
}

async function answer(
  witness: Witness,
  request: Parameters<typeof bodyOf>[0],
  path: string,
): Promise<Answered> {
  if (request.method === 'POST' && path === '/add-checkpoint') {
    const body = await bodyOf(request, maxNoteBytes)
    return body === null ? plain(413, 'too large\n') : told(await witness.addCheckpoint(body))
  }
  const hash = /^\/([0-9a-f]{64})\/checkpoint$/.exec(path)?.[1]
  if (request.method === 'GET' && hash !== undefined) return told(await witness.latest(hash))
  return plain(404, 'not found\n')
}

function told({ status, contentType, body }: Awaited<ReturnType<Witness['latest']>>): Answered {
  return { status, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body }
}

function plain(status: number, body: string): Answered {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body }
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

/** The seed of the witness's key, and whether it was made now. */
async function ownSeed(io: Io, folder: string): Promise<readonly [seed: Uint8Array, isNew: boolean]> {
  const file = join(folder, 'witness.key')
  const isThere = await access(pathOf(io, file)).then(
    () => true,
    () => false,
  )
  if (isThere) return [decodeHex(await readLine(io, file)), false]
  const fresh = io.random.bytes(SigningKey.sizeBytes)
  await writeBytes(io, file, `${encodeHex(fresh)}\n`, { secret: true })
  return [fresh, true]
}
