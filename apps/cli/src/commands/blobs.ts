import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'
import { exportCommand } from './blobs/export.js'
import { importCommand } from './blobs/import.js'
import { pinCommand } from './blobs/pin.js'
import { verifyCommand } from './blobs/verify.js'

/** `chartseal blobs …`: sealed records as files of IPFS, wherever they are kept. */
export function blobsCommand(io: Io): Command {
  return describeGroup(
    'blobs',
    'Move sealed records between a folder, a CAR file and your own IPFS node, and keep copies of them',
    importCommand(io),
    exportCommand(io),
    verifyCommand(io),
    pinCommand(io),
  )
}
