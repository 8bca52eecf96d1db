import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'
import { createCommand } from './recovery/create.js'
import { restoreCommand } from './recovery/restore.js'

/** `chartseal recovery create|restore`: a ring that comes back when a device is lost. */
export function recoveryCommand(io: Io): Command {
  return describeGroup(
    'recovery',
    'Let custodians together bring a ring back after a device is lost',
    createCommand(io),
    restoreCommand(io),
  )
}
