import type { Answer } from '@chartseal/core/json'
import { type Inspection, inspectPackage } from '@chartseal/ipfs-envelope/v1'
import type { Command } from 'commander'
import { type CommonOptions, finish } from '../../../io/command.js'
import { AlreadyTold } from '../../../io/errors.js'
import { readText } from '../../../io/files.js'
import type { Io } from '../../../io/io.js'
import { describeV1 } from './describe.js'

/** `chartseal envelope inspect --v1`. */
export function inspectCommand(io: Io): Command {
  return describeV1(
    'inspect',
    'Tell what a package shows without a key',
    'chartseal envelope inspect --v1 record.json',
  )
    .argument('[package]', 'the package; - is stdin', '-')
    .action(async (file: string, options: CommonOptions) => {
      const found = inspectPackage(await readText(io, file))
      await finish(io, options, { text: describe(found), answer: toAnswer(found) })
      if (found.refusal !== null) throw new AlreadyTold()
    })
}

function describe({ package: seen, refusal }: Inspection): string {
  const told =
    seen === null
      ? []
      : [
          `CID         ${seen.cid}`,
          `Root        ${seen.root === 'raw' ? 'one raw block' : 'a UnixFS node (dag-pb)'}`,
          ...seen.recipients.map(
            ({ id, wrappedBytes }) => `Recipient   ${JSON.stringify(id)}, ${wrappedBytes} bytes`,
          ),
          'All of this is in clear and signed by nobody.',
        ]
  const verdict = refusal === null ? 'well formed' : `refused: ${refusal.reason} (${refusal.code})`
  return [...told, `Verdict     ${verdict}`, ''].join('\n')
}

function toAnswer({ package: seen, refusal }: Inspection): Answer {
  return {
    refusal: refusal === null ? null : { ...refusal },
    package:
      seen === null
        ? null
        : {
            cid: seen.cid,
            cid_version: seen.cidVersion,
            root: seen.root,
            recipients: seen.recipients.map(({ id, wrappedBytes }) => ({ id, wrapped_bytes: wrappedBytes })),
          },
  }
}
