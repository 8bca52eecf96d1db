import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'
import { acceptCommand } from './pair/accept.js'
import { showCommand } from './pair/show.js'

/** `chartseal pair show|accept`: two folders become the two sides of one ring. */
export function pairCommand(io: Io): Command {
  return describeGroup(
    'pair',
    'Pair two people, at the first visit, by a QR code and eight digits',
    showCommand(io),
    acceptCommand(io),
  )
}
