import { auditLeafRules } from '@chartseal/audit'
import type { Answer } from '@chartseal/core/json'
import { type LogReport, verifyLog } from '@chartseal/tlog'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { AlreadyTold } from '../../io/errors.js'
import { readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { startCounter } from '../../io/terminal.js'
import { openSource, type SourceOptions, withSource } from './source.js'

interface VerifyOptions extends SourceOptions {
  readonly against?: string
  readonly shallow?: boolean
}

export function verifyCommand(io: Io): Command {
  const command = describeCommand(
    'verify',
    'Verify a log without any secret: what is wrong with it, and where',
    'chartseal audit verify audit',
    'chartseal audit verify https://clinic.example/audit --key clinic.example/audit+… --against kept.txt',
  )
  return withSource(command)
    .option('--against <file>', 'a checkpoint that was kept: the log must have grown from it')
    .option('--shallow', 'the checkpoint and the edge of the tree only, not every leaf and tile')
    .argument('<log>', 'a folder or a URL')
    .action(async (place: string, options: VerifyOptions) => {
      const { source, trust } = await openSource(io, place, options)
      const against = options.against === undefined ? undefined : await readText(io, options.against)
      const progress = await startCounter(io, 'Verified')
      const checks = {
        ...trust,
        rules: auditLeafRules,
        against,
        deep: options.shallow !== true,
        onProgress: progress.update,
      }
      const report = await verifyLog(source, checks).finally(() => progress.stop())
      await finish(io, options, { text: describe(report), answer: toAnswer(report) })
      if (report.findings.length > 0) throw new AlreadyTold()
    })
}

function describe({ checkpoint, findings, notes }: LogReport): string {
  const head =
    checkpoint === null
      ? ['There is no checkpoint that can be believed.']
      : [
          `Log         ${checkpoint.origin}`,
          `Entries     ${checkpoint.size}`,
          `Witnesses   ${checkpoint.witnesses.length === 0 ? 'none: only the log vouches for it' : checkpoint.witnesses.join(', ')}`,
        ]
  const wrong = findings.map(({ code, message }) => `Wrong       ${message} (${code})`)
  const noted = notes.map(({ message }) => `Note        ${message}`)
  const verdict = findings.length === 0 ? 'Verdict     whole' : `Verdict     ${findings.length} findings`
  return `${[...head, ...wrong, ...noted, verdict].join('\n')}\n`
}

function toAnswer({ checkpoint, findings, notes }: LogReport): Answer {
  const found = (list: LogReport['findings']): Answer['findings'] =>
    list.map(({ code, message, context }) => ({ code, message, ...context }))
  return {
    ok: findings.length === 0,
    checkpoint:
      checkpoint === null
        ? null
        : {
            origin: checkpoint.origin,
            size: checkpoint.size,
            root: checkpoint.root,
            witnesses: checkpoint.witnesses,
          },
    findings: found(findings) ?? [],
    notes: found(notes) ?? [],
  }
}
