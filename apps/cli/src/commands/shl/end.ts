import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish, helpNote } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { pathOf } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { removeLink } from '../../io/link-folder.js'
import { readLinkFileOf } from './options.js'

interface EndOptions extends CommonOptions {
  readonly store: string
}

const notes = helpNote('Nothing takes back what was opened: see who did with chartseal shl log.')

export function endCommand(io: Io): Command {
  return describeCommand(
    'end',
    'End a link before its time: its encrypted files are removed, and its server knows it no longer',
    'chartseal shl end --store links link.txt',
  )
    .requiredOption('--store <folder>', 'the folder that chartseal shl serve serves')
    .addHelpText('after', notes)
    .argument('[link]', 'a file with the link; - is stdin', '-')
    .action(async (file: string, options: EndOptions) => {
      const { link } = await readLinkFileOf(io, file)
      link.key.wipe()
      const id = new URL(link.url).pathname.split('/').at(-1) ?? ''
      const ended = await removeLink(pathOf(io, options.store), id)
      if (!ended)
        throw new UsageError(`the link is not in ${options.store}: it was ended, or is of another folder`)
      await finish(io, options, { text: 'The link has ended.\n', answer: { id, ended } })
    })
}
