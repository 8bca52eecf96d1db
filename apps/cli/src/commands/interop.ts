import { answers, operations } from '@chartseal/conformance/interop'
import type { Command } from 'commander'
import { describeCommand } from '../io/command.js'
import { type Io, write } from '../io/io.js'

/** `chartseal interop`: lets any program drive this build. */
export function interopCommand(io: Io): Command {
  return describeCommand(
    'interop',
    'Answer JSON requests, one line each, from stdin to stdout',
    `chartseal interop < requests.jsonl > answers.jsonl`,
  ).action(async () => {
    for await (const answer of answers(io.stdin, operations, io)) await write(io.stdout, answer)
  })
}
