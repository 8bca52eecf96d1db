import { headOf } from '@chartseal/clinic/fs/audit'
import { encodeBase64 } from '@chartseal/core/encoding'
import { consistencyProof, formatProof, inclusionProof } from '@chartseal/tlog'
import { type Command, Option } from 'commander'
import { describeCommand, finish, parseCount } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { openSource, type SourceOptions, withSource } from './options.js'

interface ProveOptions extends SourceOptions {
  readonly index?: number
  readonly from?: number
}

export function proveCommand(io: Io): Command {
  const count = parseCount(0, Number.MAX_SAFE_INTEGER)
  const command = describeCommand(
    'prove',
    'Prove that an entry is in the log (a C2SP tlog-proof), or that it grew from an earlier size',
    'chartseal audit prove audit --index 7',
    'chartseal audit prove audit --from 100',
  )
  return withSource(command)
    .addOption(new Option('--index <number>', 'the entry, from 0').argParser(count))
    .addOption(new Option('--from <size>', 'the earlier size').argParser(count))
    .argument('<log>', 'a folder or a URL')
    .action(async (place: string, options: ProveOptions) => {
      const { source, trust } = await openSource(io, place, options)
      const { note, head } = await headOf(source, trust)
      const { index, from } = options
      if (index !== undefined && index >= head.size)
        throw new UsageError(`the log has ${head.size} entries: there is no entry ${index}`)
      if (index !== undefined && from === undefined) {
        const proof = formatProof({
          index,
          hashes: await inclusionProof(source, index, head),
          checkpoint: note,
        })
        return finish(io, options, { text: proof, answer: { proof } })
      }
      if (from === undefined || index !== undefined) throw new UsageError('give --index or --from')
      const hashes = (await consistencyProof(source, from, head)).map(encodeBase64)
      const answer = { from, size: head.size, hashes, checkpoint: note }
      await finish(io, options, { text: hashes.map(hash => `${hash}\n`).join(''), answer })
    })
}
