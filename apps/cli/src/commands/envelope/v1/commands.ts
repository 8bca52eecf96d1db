import type { Command } from 'commander'
import type { Io } from '../../../io/io.js'
import { grantCommand, revokeCommand } from './access.js'
import { inspectCommand } from './inspect.js'
import { keygenCommand } from './keygen.js'
import { getCommand, putCommand } from './records.js'

/** `chartseal envelope … --v1`. */
export function commandsV1(io: Io): readonly Command[] {
  const made = [keygenCommand, putCommand, getCommand, grantCommand, revokeCommand, inspectCommand]
  return made.map(make => make(io))
}
