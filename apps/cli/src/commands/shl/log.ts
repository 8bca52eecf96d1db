import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../../io/command.js'
import { pathOf } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { readAccesses } from '../../io/link-store.js'
import { accessLine } from './serve.js'

/** Names are what whoever asked wrote. */
export function logCommand(io: Io): Command {
  return describeCommand(
    'log',
    'Tell who opened the links of a folder, by the names that they gave; also while it is served',
    'chartseal shl log links',
  )
    .argument('<folder>')
    .action(async (folder: string, options: CommonOptions) => {
      const accesses = await readAccesses(pathOf(io, folder))
      const text = accesses.map(access => `${accessLine(access)}\n`).join('')
      const answer = accesses.map(({ linkId, atMs, kind, recipient, file }) => ({
        ...{ link: linkId, at_ms: atMs, kind, recipient, file },
      }))
      await finish(io, options, { text: text === '' ? 'Nobody yet.\n' : text, answer: { accesses: answer } })
    })
}
