/** What commands on an own log have in common. */

import type { AuditFolderOptions } from '@chartseal/clinic/fs'
import type { Command } from 'commander'
import { type OutputOptions, withOutput } from '../../io/command.js'
import { pathOf } from '../../io/files.js'
import type { Io } from '../../io/io.js'

export interface OwnOptions extends OutputOptions {
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

export function withOwn(command: Command): Command {
  return withOutput(command).option(
    '--keys <folder>',
    "where the log's own keys lie, out of every backup (default: the folder's name and .keys)",
  )
}
