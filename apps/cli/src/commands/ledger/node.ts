import type { Command } from 'commander'
import { describeGroup } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { initNodeCommand } from './node-init.js'
import { runNodeCommand } from './node-run.js'

/** `chartseal ledger node …`: a ledger of one's own, sealed by proof of work. */
export function nodeCommand(io: Io): Command {
  return describeGroup(
    'ledger node',
    'Run a node of a ledger of your own, sealed by proof of work: to teach and to try, as nothing in it is ever final',
    initNodeCommand(io),
    runNodeCommand(io),
  )
}
