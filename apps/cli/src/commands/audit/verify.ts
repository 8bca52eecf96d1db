import { auditLeafRules } from '@chartseal/audit'
import { encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { type LogReport, type NoteVerifier, verifyLog } from '@chartseal/tlog'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { AlreadyTold } from '../../io/errors.js'
import { readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { startCounter } from '../../io/terminal.js'
import { openSource, type SourceOptions, withSource } from './options.js'

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
      const { source, trust, isOwnKey } = await openSource(io, place, options)
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
      const key = { id: [trust.log].flat().map(keyIdOf).join(', '), isOwnKey }
      await finish(io, options, { text: describe(report, key), answer: toAnswer(report, key) })
      if (report.findings.length > 0) throw new AlreadyTold()
    })
}

/** The key that the verdict rests on. */
interface UsedKey {
  readonly id: string
  readonly isOwnKey: boolean
}

function keyIdOf({ name, keyId }: NoteVerifier): string {
  return `${name}+${encodeHex(keyId)}`
}

const ownKeyNote =
  'The key is from the folder itself, so this proves nothing to an outsider: give --key with the one you trust.'

function describe({ checkpoint, findings, notes }: LogReport, { id, isOwnKey }: UsedKey): string {
  const head =
    checkpoint === null
      ? [`No checkpoint here can be believed with the key ${id}.`]
      : [
          `Log         ${checkpoint.origin}`,
          `Key         ${id}`,
          `Entries     ${checkpoint.size}`,
          `Witnesses   ${checkpoint.witnesses.length === 0 ? 'none: only the log vouches for it' : checkpoint.witnesses.join(', ')}`,
        ]
  const wrong = findings.map(({ code, message }) => `Wrong       ${message} (${code})`)
  const remarks = [...notes.map(({ message }) => message), ...(isOwnKey ? [ownKeyNote] : [])]
  const noted = remarks.map(remark => `Note        ${remark}`)
  const verdict = findings.length === 0 ? 'Verdict     whole' : `Verdict     ${findings.length} findings`
  return `${[...head, ...wrong, ...noted, verdict].join('\n')}\n`
}

function toAnswer({ checkpoint, findings, notes }: LogReport, { id, isOwnKey }: UsedKey): Answer {
  const found = (list: LogReport['findings']): Answer['findings'] =>
    list.map(({ code, message, context }) => ({ code, message, ...context }))
  return {
    ok: findings.length === 0,
    key_id: id,
    key_from_folder: isOwnKey,
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
