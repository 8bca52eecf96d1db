import type { Command } from 'commander'
import { operations } from '../interop/operations.js'
import { serve } from '../interop/serve.js'
import { describeCommand } from '../io/command.js'
import type { Io } from '../io/io.js'

/** `chartseal interop`: lets any program drive this build. */
export function interopCommand(io: Io): Command {
  return describeCommand(
    'interop',
    'Answer JSON requests, one line each, from stdin to stdout',
    `chartseal interop < requests.jsonl > answers.jsonl`,
  ).action(() => serve(io, operations))
}
