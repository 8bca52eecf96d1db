import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'
import { appendCommand } from './audit/append.js'
import { checkpointCommand } from './audit/checkpoint.js'
import { exportCommand } from './audit/export.js'
import { importCommand } from './audit/import.js'
import { initCommand } from './audit/init.js'
import { keyCommand, shredCommand } from './audit/keys.js'
import { listCommand } from './audit/list.js'
import { proveCommand } from './audit/prove.js'
import { receiptCommand } from './audit/receipt.js'
import { serveCommand } from './audit/serve.js'
import { auditV1Command } from './audit/v1.js'
import { verifyCommand } from './audit/verify.js'
import { witnessCommand } from './audit/witness.js'

/** `chartseal audit …`: a log of sealed entries that an outsider can verify without a key. */
export function auditCommand(io: Io): Command {
  return describeGroup(
    'audit',
    'Keep an audit log that an outsider can verify, and in which a patient can be forgotten',
    initCommand(io),
    appendCommand(io),
    importCommand(io),
    listCommand(io),
    exportCommand(io),
    verifyCommand(io),
    proveCommand(io),
    receiptCommand(io),
    keyCommand(io),
    shredCommand(io),
    checkpointCommand(io),
    serveCommand(io),
    witnessCommand(io),
    auditV1Command(io),
  )
}
