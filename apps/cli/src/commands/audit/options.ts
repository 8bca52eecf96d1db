/** What commands on an own log have in common. */
import type { Command } from 'commander'
import type { PlaceOptions } from '../../audit/place.js'
import { type OutputOptions, withOutput } from '../../io/command.js'

export interface OwnOptions extends OutputOptions, PlaceOptions {}

export function withOwn(command: Command): Command {
  return withOutput(command).option(
    '--keys <folder>',
    "where the log's own keys lie, out of every backup (default: the folder's name and .keys)",
  )
}
