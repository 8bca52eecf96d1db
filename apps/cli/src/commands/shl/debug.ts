import { quoted } from '@chartseal/core/text'
import { debugLink, type LinkReport, parseLink, type ShlLink } from '@chartseal/ipfs-envelope/shl'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../../io/command.js'
import { AlreadyTold } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { type ClientOptions, passcodeFor, readLinkText, withLink } from './options.js'

type DebugOptions = ClientOptions & CommonOptions

export function debugCommand(io: Io): Command {
  const command = describeCommand(
    'debug',
    'Say at which stage a link fails: decode, retrieve, decrypt, bundle. It counts as opening the link',
    'chartseal shl debug --recipient "Help desk" link.txt',
  )
  return withLink(command).action(async (file: string, options: DebugOptions) => {
    const text = await readLinkText(io, file)
    const link = tried(text)
    const passcode = link === null ? {} : await passcodeFor(io, link, options)
    const { recipient, local = false } = options
    const asked = {
      recipient,
      local,
      ...passcode,
      nowMs: io.clock.nowMs(),
      fetch: (url: string, init: RequestInit) => fetch(url, init),
    }
    const report = await debugLink(text, asked)
    await finish(io, options, { text: describe(report), answer: toAnswer(report) })
    if (report.failedAt !== null) throw new AlreadyTold()
  })
}

/** `null` for what is no link: that is a stage, and told as one. */
function tried(text: string): ShlLink | null {
  try {
    return parseLink(text)
  } catch {
    return null
  }
}

function describe({ link, stages, notes, failedAt }: LinkReport): string {
  const label = link?.label ?? null
  return [
    ...(label === null ? [] : [`Label     ${quoted(label)}`]),
    ...stages.map(({ stage, outcome, code, message }) => {
      const detail = message === '' ? '' : `: ${message}`
      return `${stage.padEnd(10)}${outcome}${detail}${code === null ? '' : ` (${code})`}`
    }),
    ...notes.map(note => `Note      ${note}`),
    `Verdict   ${failedAt === null ? 'the link works' : `the link fails at ${failedAt}`}`,
    '',
  ].join('\n')
}

function toAnswer({ failedAt, stages, notes, link }: LinkReport) {
  return {
    failed_at: failedAt,
    stages: stages.map(stage => ({ ...stage })),
    notes,
    link: link && { host: link.host, flags: link.flags, expires_seconds: link.expSeconds, label: link.label },
  }
}
