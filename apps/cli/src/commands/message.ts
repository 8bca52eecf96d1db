import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'
import { inspectCommand } from './message/inspect.js'
import { openCommand } from './message/open.js'
import { joinCommand, splitCommand } from './message/parts.js'
import { sealCommand } from './message/seal.js'

/** `chartseal message …`: version 2 with a ring; the published format, version 1, with a key and `--v1`. */
export function messageCommand(io: Io): Command {
  return describeGroup(
    'message',
    'Seal, open, inspect, split and join clinical messages',
    sealCommand(io),
    openCommand(io),
    inspectCommand(io),
    splitCommand(io),
    joinCommand(io),
  )
}
