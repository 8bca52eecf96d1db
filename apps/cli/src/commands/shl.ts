import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'
import { createCommand } from './shl/create.js'
import { debugCommand } from './shl/debug.js'
import { endCommand } from './shl/end.js'
import { logCommand } from './shl/log.js'
import { openCommand } from './shl/open.js'
import { serveCommand } from './shl/serve.js'

/** `chartseal shl …`: SMART Health Links, which any phone with a viewer opens. */
export function shlCommand(io: Io): Command {
  return describeGroup(
    'shl',
    'Hand out a SMART Health Link, serve it, see who opened it; open the link of somebody else',
    createCommand(io),
    serveCommand(io),
    logCommand(io),
    endCommand(io),
    openCommand(io),
    debugCommand(io),
  )
}
