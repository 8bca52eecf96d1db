import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'
import { combineCommand } from './shares/combine.js'
import { drillCommand } from './shares/drill.js'
import { mnemonicCommand } from './shares/mnemonic.js'
import { qrCommand } from './shares/qr.js'
import { refreshCommand } from './shares/refresh.js'
import { splitCommand } from './shares/split.js'
import { verifyCommand } from './shares/verify.js'

/** `chartseal shares …`: a secret that any few of many custodians recover together. */
export function sharesCommand(io: Io): Command {
  return describeGroup(
    'shares',
    'Split a secret among custodians, check their shares, and recover it from some of them',
    splitCommand(io),
    combineCommand(io),
    verifyCommand(io),
    drillCommand(io),
    refreshCommand(io),
    mnemonicCommand(io),
    qrCommand(io),
  )
}
