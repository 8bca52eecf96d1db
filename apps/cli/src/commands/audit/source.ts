/** A log to be read and verified: a folder or a URL, with the key that is trusted. */

import { auditFolderPaths, describeAuditFolder, isAuditFolder } from '@chartseal/clinic/fs'
import {
  httpSource,
  type NoteVerifier,
  type Policy,
  parsePolicy,
  parseVerifierKey,
  type TileSource,
  type Trust,
} from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import type { Command } from 'commander'
import { type OutputOptions, withOutput } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { pathOf, readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'

export interface SourceOptions extends OutputOptions {
  readonly key?: string
  readonly policy?: string
  readonly allowWeak?: boolean
}

export interface TrustedLog {
  readonly source: TileSource
  readonly trust: Trust
}

export function withSource(command: Command): Command {
  return withOutput(command)
    .option('--key <verifier key>', 'the key of the log that you trust; a log of your own folder has one')
    .option('--policy <file>', 'a C2SP policy: which witnesses must have cosigned')
    .option('--allow-weak', 'take a policy under which two histories could be accepted')
}

/** @throws UsageError when nothing says which key is trusted */
export async function openSource(io: Io, place: string, options: SourceOptions): Promise<TrustedLog> {
  const isUrl = /^https?:\/\//.test(place)
  const own = !isUrl && (await isAuditFolder({ folder: pathOf(io, place) }))
  const verifierKey =
    options.key ?? (own ? (await describeAuditFolder({ folder: pathOf(io, place) })).verifierKey : undefined)
  if (verifierKey === undefined) throw new UsageError('give --key VERIFIER-KEY: who signs this log?')
  const source = isUrl
    ? httpSource(place, fetch)
    : folderSource(own ? auditFolderPaths({ folder: pathOf(io, place) }).log : pathOf(io, place))
  return { source, trust: await trustOf(io, parseVerifierKey(verifierKey), options) }
}

/** The log and the policy that a file names. @throws ChartsealError `tlog/bad-policy`, `tlog/weak-policy` */
export async function trustOf(io: Io, log: NoteVerifier, options: SourceOptions): Promise<Trust> {
  const policy = options.policy === undefined ? undefined : await readPolicy(io, options.policy, options)
  return policy === undefined ? { log } : { log, policy }
}

export async function readPolicy(
  io: Io,
  file: string,
  { allowWeak = false }: SourceOptions,
): Promise<Policy> {
  return parsePolicy(await readText(io, file), { allowWeak })
}
