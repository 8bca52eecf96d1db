import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'
import { createCommand } from './ring/create.js'
import { exportCommand, importCommand } from './ring/export.js'
import { rotateCommand, shredCommand } from './ring/forget.js'
import { statusCommand } from './ring/status.js'

/** `chartseal ring …`: the keys of one pair, in a folder. */
export function ringCommand(io: Io): Command {
  return describeGroup(
    'ring',
    'Keep the keys that two people share: they move on each month, and forget',
    createCommand(io),
    statusCommand(io),
    rotateCommand(io),
    shredCommand(io),
    exportCommand(io),
    importCommand(io),
  )
}
