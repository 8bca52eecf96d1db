import { openLeaf, openReceipt, receipt, recordFields, SubjectKey } from '@chartseal/audit'
import { decodeHex } from '@chartseal/core/encoding'
import { quoted } from '@chartseal/core/text'
import { parseVerifierKey } from '@chartseal/tlog'
import type { Command } from 'commander'
import { describeCommand, describeGroup, finish, wholeNumber } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { readLine, readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { openSource, type SourceOptions, trustOf, withSource } from './options.js'

/** `chartseal audit receipt make|check`: proof of one entry that a patient keeps and checks without the log. */
export function receiptCommand(io: Io): Command {
  return describeGroup(
    'audit receipt',
    'Hand out and check proof of one entry',
    makeCommand(io),
    checkCommand(io),
  )
}

function makeCommand(io: Io): Command {
  const command = describeCommand(
    'make',
    'Write proof that an entry is in the log, with the sealed entry in it',
    'chartseal audit receipt make audit 7 --out rosa.tlog-proof',
  )
  return withSource(command)
    .argument('<log>', 'a folder or a URL')
    .argument('<index>', 'the entry, from 0', wholeNumber)
    .action(async (place: string, index: number, options: SourceOptions) => {
      const { source, trust } = await openSource(io, place, options)
      const text = await receipt(source, index, trust)
      await finish(io, options, { text, answer: { receipt: text } })
    })
}

interface CheckOptions extends SourceOptions {
  readonly subjectKeyFile?: string
}

function checkCommand(io: Io): Command {
  const command = describeCommand(
    'check',
    'Check a receipt without the log; with the key of the patient, read what it proves',
    'chartseal audit receipt check --key clinic.example/audit+… --subject-key-file rosa.key rosa.tlog-proof',
  )
  return withSource(command)
    .option('--subject-key-file <file>', 'the key of the patient, 64 hexadecimal digits')
    .argument('<file>', 'the receipt; - is stdin')
    .action(async (file: string, options: CheckOptions) => {
      if (options.key === undefined) throw new UsageError('give --key VERIFIER-KEY: who signs this log?')
      const trust = await trustOf(io, parseVerifierKey(options.key), options)
      const { index, leaf, checkpoint } = openReceipt(await readText(io, file), trust)
      const record =
        options.subjectKeyFile === undefined
          ? null
          : await open(io, options.subjectKeyFile, checkpoint.origin, leaf)
      const told =
        record === null
          ? []
          : [`Says        ${quoted(record.actor)}: ${record.action}, ${new Date(record.at).toISOString()}`]
      const text = [
        `Entry ${index} is in ${checkpoint.origin}, which had ${checkpoint.size} entries`,
        ...told,
        '',
      ].join('\n')
      const { origin, size, witnesses } = checkpoint
      const answer = { index, origin, size, witnesses, record: record === null ? null : recordFields(record) }
      await finish(io, options, { text, answer, secret: record !== null })
    })
}

async function open(
  io: Io,
  file: string,
  origin: string,
  leaf: Uint8Array,
): Promise<ReturnType<typeof openLeaf>> {
  const bytes = decodeHex(await readLine(io, file))
  try {
    using key = new SubjectKey(bytes)
    return openLeaf(key, origin, leaf)
  } finally {
    bytes.fill(0)
  }
}
