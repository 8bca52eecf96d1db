/** What the commands on logs have in common: which log, whose key is trusted, and who cosigns. */
import {
  type AuditFolderOptions,
  auditFolderPaths,
  describeAuditFolder,
  isAuditFolder,
  type WriterExtras,
} from '@chartseal/clinic/fs/audit'
import { decodeUtf8 } from '@chartseal/core/encoding'
import {
  cosignBy,
  type FetchLike,
  httpSource,
  httpWitness,
  type NoteVerifier,
  type Policy,
  parsePolicy,
  parseVerifierKey,
  type TileSource,
  type Trust,
} from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import { type Command, Option } from 'commander'
import { type OutputOptions, withOutput } from '../../io/command.js'
import { messageOf, systemCode, UsageError } from '../../io/errors.js'
import { inFile, pathOf, readText } from '../../io/files.js'
import { type Io, writeLine } from '../../io/io.js'

export interface FolderOptions extends OutputOptions {
  readonly keys?: string
}

/** The log in this folder, for clinic. */
export function placeOf(
  io: Io,
  folder: string,
  { keys }: { readonly keys?: string } = {},
): AuditFolderOptions {
  const { clock, random } = io
  return {
    folder: pathOf(io, folder),
    keys: keys === undefined ? undefined : pathOf(io, keys),
    clock,
    random,
  }
}

/** For commands that need the keys of a log. */
export function withKeys(command: Command): Command {
  return withOutput(command).option(
    '--keys <folder>',
    "where the log's own keys are, out of every backup (default: the folder's name and .keys)",
  )
}

/** What the platform calls `fetch failed` for every reason there is. */
export const namedFetch: FetchLike = (url, options) =>
  fetch(url, options).catch((error: unknown) => {
    const cause = error instanceof Error ? error.cause : undefined
    throw new Error(`no answer from ${new URL(url).host} (${systemCode(cause) ?? messageOf(error)})`)
  })

interface PolicyOptions {
  readonly policy?: string
  readonly allowWeak?: boolean
}

function withPolicy(command: Command, description: string): Command {
  return command
    .option('--policy <file>', description)
    .option('--allow-weak', 'accept a policy that two conflicting histories could both satisfy')
}

export interface WriterOptions extends FolderOptions, PolicyOptions {
  readonly dropPolicy?: boolean
}

/** For commands that write to a log. */
export function withWriter(command: Command): Command {
  const described = 'a C2SP policy: its witnesses must cosign, from now on; the log remembers it'
  return withPolicy(withKeys(command), described).addOption(
    new Option(
      '--drop-policy',
      'publish without witnesses from now on: whoever has a policy will refuse it',
    ).conflicts('policy'),
  )
}

/** Who cosigns what is written, without an option those whom the log remembers; and a word on a clock that is behind. */
export async function writerExtras(
  io: Io,
  { policy: file, allowWeak = false, dropPolicy = false }: WriterOptions,
): Promise<WriterExtras> {
  const onClockBack = (behindMs: number): void => void tellClockBack(io, behindMs)
  if (file === undefined) return { dropPolicy, onClockBack }
  const policy = await readText(io, file)
  const parsed = await inFile(file, () => parsePolicy(policy, { allowWeak }))
  return {
    policy,
    cosign: cosignBy(parsed, ({ url }) => (url === undefined ? null : httpWitness(url, namedFetch))),
    onClockBack,
  }
}

async function tellClockBack(io: Io, behindMs: number): Promise<void> {
  const seconds = Math.ceil(behindMs / 1000)
  await writeLine(
    io.stderr,
    `The clock is ${seconds} seconds behind the last entry. The log says so, and keeps the time of that entry.`,
  ).catch(() => undefined)
}

/** @throws what kept the last checkpoint from being published: every entry is durable all the same */
export function requirePublished({ witnessError }: { readonly witnessError: unknown }): void {
  if (witnessError !== null) throw witnessError
}

export interface SourceOptions extends OutputOptions, PolicyOptions {
  readonly key?: string
}

export interface TrustedLog {
  readonly source: TileSource
  readonly trust: Trust
  /** The key was read from the folder itself: whoever replaced the folder replaced it, too. */
  readonly isOwnKey: boolean
}

/** For commands that read a log as an outsider does. */
export function withSource(command: Command): Command {
  return withPolicy(
    withOutput(command).option(
      '--key <verifier key>',
      'the key of the log that you trust; a log of your own folder has one',
    ),
    'a C2SP policy: which witnesses must have cosigned',
  )
}

/** @throws UsageError when nothing says which key is trusted */
export async function openSource(io: Io, place: string, options: SourceOptions): Promise<TrustedLog> {
  const folder = pathOf(io, place)
  const own = !isUrl(place) && (await isAuditFolder({ folder }))
  const { key } = options
  const verifierKey = key ?? (own ? (await describeAuditFolder({ folder })).verifierKey : undefined)
  if (verifierKey === undefined) throw new UsageError('give --key VERIFIER-KEY: who signs this log?')
  const source = isUrl(place)
    ? httpSource(place, namedFetch)
    : folderSource(own ? auditFolderPaths({ folder }).log : folder)
  const trust = await trustOf(io, parseVerifierKey(verifierKey), options)
  return { source, trust, isOwnKey: key === undefined }
}

/** The checkpoint that stands in a file, or at the URL of a log. */
export async function checkpointAt(io: Io, place: string): Promise<string> {
  if (!isUrl(place)) return readText(io, place)
  const bytes = await httpSource(place, namedFetch).read('checkpoint')
  if (bytes === null) throw new UsageError(`${place} must be the URL of a log: no checkpoint is there`)
  return inFile(place, () => decodeUtf8(bytes))
}

const isUrl = (place: string): boolean => /^https?:\/\//.test(place)

/** The log and the policy that a file names. @throws ChartsealError `tlog/bad-policy`, `tlog/weak-policy` */
export async function trustOf(io: Io, log: NoteVerifier, options: SourceOptions): Promise<Trust> {
  const policy = options.policy === undefined ? undefined : await readPolicy(io, options.policy, options)
  return policy === undefined ? { log } : { log, policy }
}

async function readPolicy(io: Io, file: string, { allowWeak = false }: SourceOptions): Promise<Policy> {
  const text = await readText(io, file)
  return inFile(file, () => parsePolicy(text, { allowWeak }))
}
