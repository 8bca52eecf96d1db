import { createHash } from 'node:crypto'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { type Answer, JsonObject } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import { httpSource, type TileSource } from '@chartseal/tlog'
import { type Command, InvalidArgumentError } from 'commander'
import { describeCommand, describeGroup, finish, type OutputOptions, withOutput } from '../io/command.js'
import { AlreadyTold, cliError, UsageError } from '../io/errors.js'
import { readBounded } from '../io/files.js'
import type { Io } from '../io/io.js'
import { namedFetch } from './audit/options.js'

const maxManifestBytes = 1_048_576
const maxPageBytes = 16 * 1_048_576
const maxFiles = 1_000

/** `chartseal console verify`: is the page that a clinic serves the one of a release? */
export function consoleCommand(io: Io): Command {
  return describeGroup('console', 'Compare the page that a clinic serves with a release', verifyCommand(io))
}

interface VerifyOptions extends OutputOptions {
  readonly manifest?: string
  readonly sha256?: string
}

function verifyCommand(io: Io): Command {
  const command = describeCommand(
    'verify',
    'Fetch every file of the page and compare its hash with the manifest of a release',
    'chartseal console verify https://clinic.example --manifest manifest.json',
  )
  return withOutput(command)
    .argument('<url>', 'the address of the clinic')
    .option('--manifest <file>', 'the manifest of the release; else that of the clinic itself')
    .option('--sha256 <hex>', 'the hash that the manifest must have, as the release names it', parseSha256)
    .action(async (url: string, options: VerifyOptions) => {
      const source = sourceOf(url)
      const manifest = await manifestOf(io, source, options)
      const differences = await compare(source, manifest.files)
      const isRelease = options.manifest !== undefined || options.sha256 !== undefined
      await finish(io, options, report(manifest, differences, isRelease))
      if (differences.length > 0) throw new AlreadyTold()
    })
}

function parseSha256(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('It must be 64 hexadecimal digits.')
  return text
}

function sourceOf(url: string): TileSource {
  if (!/^https?:\/\//.test(url)) throw new UsageError('the address must begin with https:// or http://')
  return httpSource(url, namedFetch, { limitBytes: maxPageBytes })
}

interface Manifest {
  readonly sha256: string
  readonly version: string
  /** SHA-256 in hexadecimal, by path; the page itself is `/`. */
  readonly files: ReadonlyMap<string, string>
}

async function manifestOf(io: Io, source: TileSource, options: VerifyOptions): Promise<Manifest> {
  const bytes =
    options.manifest === undefined
      ? await source.read('manifest.json')
      : await readBounded(io, options.manifest, maxManifestBytes)
  if (bytes === null || bytes.length > maxManifestBytes) throw cliError('cli/no-manifest', {})
  const manifest = parseManifest(bytes)
  if (options.sha256 !== undefined && options.sha256 !== manifest.sha256)
    throw cliError('cli/other-manifest', { expected: options.sha256, actual: manifest.sha256 })
  return manifest
}

function parseManifest(bytes: Uint8Array): Manifest {
  const json = JsonObject.parse(decodeUtf8(bytes))
  json.refuseOthers(['v', 'version', 'files'])
  const files = json.object('files')
  const paths = files.keys.filter(isPath)
  if (json.count('v') !== 1 || paths.length !== files.keys.length || paths.length > maxFiles)
    throw cliError('cli/no-manifest', {})
  return {
    sha256: sha256(bytes),
    version: json.text('version'),
    files: new Map(paths.map(path => [path, Buffer.from(files.hex(path)).toString('hex')])),
  }
}

/** A path of this site in one spelling, which leads nowhere else. */
const isPath = (path: string): boolean => /^\/(?:[\w-][\w.-]*(?:\/[\w-][\w.-]*)*)?$/.test(path)

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

interface Difference {
  readonly path: string
  readonly problem: 'missing' | 'changed' | 'unreadable'
}

async function compare(source: TileSource, files: Manifest['files']): Promise<readonly Difference[]> {
  const found: Difference[] = []
  for (const [path, expected] of files) {
    const problem = await problemOf(source, path, expected)
    if (problem !== null) found.push({ path, problem })
  }
  return found
}

async function problemOf(
  source: TileSource,
  path: string,
  expected: string,
): Promise<Difference['problem'] | null> {
  try {
    const bytes = await source.read(path.slice(1))
    if (bytes === null) return 'missing'
    return sha256(bytes) === expected ? null : 'changed'
  } catch (error) {
    if (error instanceof ChartsealError) return 'unreadable'
    throw error
  }
}

function report(
  { sha256: hash, version, files }: Manifest,
  differences: readonly Difference[],
  isRelease: boolean,
): { readonly text: string; readonly answer: Answer } {
  const verdict =
    differences.length === 0
      ? `All ${files.size} files of the page are as the manifest says (version ${quoted(version)}).`
      : `${differences.length} of ${files.size} files differ from the manifest (version ${quoted(version)}):`
  const lines = differences.map(({ path, problem }) => `  ${problem.padEnd(10)} ${path}`)
  const note = isRelease
    ? []
    : ['This is the manifest of the clinic itself: compare its hash with the one that the release names.']
  return {
    text: [verdict, ...lines, `SHA-256 of the manifest: ${hash}`, ...note, ''].join('\n'),
    answer: {
      same: differences.length === 0,
      files: files.size,
      version,
      manifest_sha256: hash,
      of_release: isRelease,
      differences: differences.map(({ path, problem }) => ({ path, problem })),
    },
  }
}
