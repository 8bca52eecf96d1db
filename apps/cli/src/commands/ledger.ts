import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'
import { appendCommand } from './ledger/append.js'
import { keygenCommand } from './ledger/keygen.js'
import { mineCommand } from './ledger/mine.js'
import { prescribeCommand } from './ledger/prescribe.js'
import { showCommand } from './ledger/show.js'
import { verifyCommand } from './ledger/verify.js'

/** `chartseal ledger …`: signed prescriptions in blocks, kept in a chain file. */
export function ledgerCommand(io: Io): Command {
  return describeGroup(
    'ledger',
    'Sign prescriptions, mine them into blocks and keep the chain. Prescriptions are readable by all',
    keygenCommand(io),
    prescribeCommand(io),
    verifyCommand(io),
    mineCommand(io),
    appendCommand(io),
    showCommand(io),
  )
}
