import type { Command } from 'commander'
import { describeGroup } from '../../../io/command.js'
import type { Io } from '../../../io/io.js'
import { appendCommand } from './append.js'
import { keygenCommand } from './keygen.js'
import { mineCommand } from './mine.js'
import { prescribeCommand } from './prescribe.js'
import { showCommand } from './show.js'
import { verifyCommand } from './verify.js'

/** `chartseal ledger v1 …`: the published design, in a chain file. A group: its commands have other options than version 2's. */
export function ledgerV1Command(io: Io): Command {
  return describeGroup(
    'ledger v1',
    'The published design: prescriptions of at most 200 bytes in a chain file, readable by all; ledger mine --v1 is ledger v1 mine',
    keygenCommand(io),
    prescribeCommand(io),
    verifyCommand(io),
    mineCommand(io),
    appendCommand(io),
    showCommand(io),
  )
}
