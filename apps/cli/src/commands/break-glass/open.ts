import { shellWord } from '@chartseal/clinic'
import { breakGlassError, makeClosed, makeOpened, openReleased } from '@chartseal/clinic/break-glass'
import { equal } from '@chartseal/core/bytes'
import { decodeBase64Url } from '@chartseal/core/encoding'
import { formatReadCapability } from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import {
  checkedRequest,
  fetchRequest,
  parseEmergencyId,
  requestPath,
  type Session,
  type SessionOptions,
  useSession,
  withSession,
} from '../../io/break-glass/session.js'
import { stateAnswer, stateText, whoIs } from '../../io/break-glass/words.js'
import { describeCommand, finish, type OutputOptions } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { writeBytes } from '../../io/output.js'
import { readRequest } from './ask.js'

interface OpenOptions extends SessionOptions, OutputOptions {
  readonly request: string
  readonly out: string
}

export function openCommand(io: Io): Command {
  const command = describeCommand(
    'open',
    'Open the record that was released: the log has it first, then the shares are given',
    'chartseal break-glass open --server https://clinic.example --key ines.device --trust clinic.trust --request request.secret --out scan.read',
  )
  return withSession(command)
    .requiredOption('--request <file>', 'the key of the request, of break-glass ask')
    .requiredOption('-o, --out <file>', 'what reads the record, for envelope get --capability: secret')
    .option('--force', 'let --out replace a file that exists')
    .action((options: OpenOptions) => {
      if (options.out === '-') throw new UsageError('what reads the record is secret: give --out FILE')
      return useSession(io, options, session => runOpen(io, session, options))
    })
}

/** What was given is asked for again as often as needed, until the access is over. */
async function runOpen(io: Io, session: Session, options: OpenOptions): Promise<void> {
  const { out, force = false } = options
  const { id, statement: own, secret } = await readRequest(io, options.request)
  try {
    const before = await fetchRequest(session, id)
    if (!equal(before.state.request.bytes, own))
      throw breakGlassError('break-glass/other-request', { what: 'request' })
    const statement = await makeOpened(session.signatory, before.state, io)
    const row = await session.client.putBytes(`${requestPath(id)}/open`, statement.bytes)
    const { state } = checkedRequest(session.trust, id, row)
    const given = row.objects('shares').map(share => ({
      kid: share.text('kid'),
      sealed: decodeBase64Url(share.text('share')),
    }))
    const { capability, useless } = openReleased(state, given, secret)
    try {
      await writeBytes(io, out, `${formatReadCapability(capability)}\n`, { force, secret: true })
    } finally {
      capability.contentKey.wipe()
    }
    const nowMs = io.clock.nowMs()
    const lost = useless
      .map(kid => `The share of ${whoIs(session.roster, kid)} could not be used: tell them.\n`)
      .join('')
    const next = `${out} reads the record: chartseal envelope get --capability ${shellWord(out)}\n`
    const answer = { ...stateAnswer(state, nowMs, session.roster), file: out, useless: [...useless] }
    await finish(
      io,
      { json: options.json ?? false },
      { text: `${stateText(state, nowMs, session.roster)}${lost}${next}`, answer },
    )
  } finally {
    secret.wipe()
  }
}

interface CloseOptions extends SessionOptions {
  readonly id: string
  readonly text: string
}

export function closeCommand(io: Io): Command {
  const command = describeCommand(
    'close',
    'End the access before its time, or take a request back that was not opened',
    'chartseal break-glass close --server https://clinic.example --key ines.device --trust clinic.trust --text "She is stable" --id 0zXvYQm1p9J4q2fC8eRk3A',
  )
  return withSession(command)
    .option('--text <text>', 'what was done, for people', '')
    .requiredOption('--id <request>', 'the request, of break-glass list', parseEmergencyId)
    .action((options: CloseOptions) =>
      useSession(io, options, async session => {
        const { state: before } = await fetchRequest(session, options.id)
        const statement = await makeClosed(session.signatory, before, options.text, io)
        const row = await session.client.putBytes(`${requestPath(options.id)}/close`, statement.bytes)
        const { state } = checkedRequest(session.trust, options.id, row)
        const nowMs = io.clock.nowMs()
        await finish(io, options, {
          text: stateText(state, nowMs, session.roster),
          answer: stateAnswer(state, nowMs, session.roster),
        })
      }),
    )
}
