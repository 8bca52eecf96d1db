import { headOf } from '@chartseal/clinic/fs/audit'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { openSource, type SourceOptions, withSource } from './options.js'

export function checkpointCommand(io: Io): Command {
  const command = describeCommand(
    'checkpoint',
    'Write the signed checkpoint, to be kept elsewhere: verify --against it later',
    'chartseal audit checkpoint audit --out kept.txt',
  )
  return withSource(command)
    .argument('<log>', 'a folder or a URL')
    .action(async (place: string, options: SourceOptions) => {
      const { source, trust } = await openSource(io, place, options)
      const { note, head } = await headOf(source, trust)
      const { origin, size, root, witnesses } = head
      await finish(io, options, { text: note, answer: { origin, size, root, witnesses, checkpoint: note } })
    })
}
