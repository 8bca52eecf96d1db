import { type AuditEvent, type FhirVersion, toAuditEvent } from '@chartseal/audit/fhir'
import { breakGlassAudit, type EmergencyState, phaseAt } from '@chartseal/clinic/break-glass'
import { ChartsealError } from '@chartseal/core/errors'
import { type Command, Option } from 'commander'
import {
  fetchRequest,
  parseEmergencyId,
  type Session,
  type SessionOptions,
  useSession,
  withSession,
} from '../../io/break-glass/session.js'
import { numStrangers, stateAnswer, stateText, strangersNote } from '../../io/break-glass/words.js'
import { describeCommand, finish } from '../../io/command.js'
import { AlreadyTold } from '../../io/errors.js'
import type { Io } from '../../io/io.js'

interface ShowOptions extends SessionOptions {
  readonly id: string
  readonly fhir?: FhirVersion
}

export function showCommand(io: Io): Command {
  const command = describeCommand(
    'show',
    'A request with everything that came of it, each step checked against the log',
    'chartseal break-glass show --server https://clinic.example --key eva.device --trust clinic.trust --id 0zXvYQm1p9J4q2fC8eRk3A',
  )
  return withSession(command)
    .requiredOption('--id <request>', 'the request, of break-glass list', parseEmergencyId)
    .addOption(
      new Option(
        '--fhir <version>',
        'start, stop and reviews as FHIR AuditEvent instead, one a line',
      ).choices(['R4', 'R5']),
    )
    .action((options: ShowOptions) =>
      useSession(io, options, async session => {
        const { state } = await fetchRequest(session, options.id)
        const nowMs = io.clock.nowMs()
        if (options.fhir !== undefined) {
          const events = eventsOf(state, nowMs, options.fhir)
          const lines = events.map(event => `${JSON.stringify(event)}\n`).join('')
          return finish(io, { json: false }, { text: lines, answer: {} })
        }
        await finish(io, options, {
          text: stateText(state, nowMs, session.roster),
          answer: stateAnswer(state, nowMs, session.roster),
        })
      }),
    )
}

/** Start, stop and reviews for a hospital's own audit repository. */
const eventsOf = (state: EmergencyState, nowMs: number, version: FhirVersion): readonly AuditEvent[] =>
  breakGlassAudit(state, { nowMs }).map(record => toAuditEvent(record, { version, identify: true }))

export function verifyCommand(io: Io): Command {
  const command = describeCommand(
    'verify',
    'Check every request that this device may see: signatures, order, log entries, witnesses',
    'chartseal break-glass verify --server https://clinic.example --key auditor.device --trust clinic.trust',
  )
  return withSession(command).action((options: SessionOptions) =>
    useSession(io, options, session => runVerify(io, session, options)),
  )
}

interface Verdict {
  readonly id: string
  readonly state: string
  /** Events whose signer the newest roster does not let do so: not wrong, as an earlier one may have. */
  readonly strangers: number
  /** What is wrong; empty for nothing. */
  readonly code: string
  readonly message: string
}

async function runVerify(io: Io, session: Session, options: SessionOptions): Promise<void> {
  const verdicts: Verdict[] = []
  for (let after = 0; ; ) {
    const page = await session.client.get(`/v1/breakglass?limit=500&after=${after}`)
    for (const row of page.objects('requests')) {
      verdicts.push(await verdictOn(io, session, row.text('id')))
      after = row.count('position')
    }
    if (!page.boolean('more')) break
  }
  const wrong = verdicts.filter(({ code }) => code !== '')
  const lines = verdicts.map(({ id, state, code, message, strangers }) =>
    code === ''
      ? `ok     ${id}  ${state}${strangers > 0 ? `  ${strangersNote(strangers)}` : ''}`
      : `wrong  ${id}  ${message} (${code})`,
  )
  const sum = `${verdicts.length} requests, ${wrong.length} of them wrong.`
  const answer = { requests: verdicts.map(one => ({ ...one })), wrong: wrong.length }
  await finish(io, options, { text: [...lines, sum, ''].join('\n'), answer })
  if (wrong.length > 0) throw new AlreadyTold()
}

async function verdictOn(io: Io, session: Session, id: string): Promise<Verdict> {
  try {
    const { state } = await fetchRequest(session, id)
    const isOpenTo = state.events.every(({ isWitnessed }) => isWitnessed)
    const found = {
      id,
      state: phaseAt(state, io.clock.nowMs()),
      strangers: numStrangers(state, session.roster),
    }
    return isOpenTo
      ? { ...found, code: '', message: '' }
      : { ...found, code: 'break-glass/no-witness', message: 'Witnesses have not cosigned all of it' }
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return { id, state: '', strangers: 0, code: error.code, message: error.message }
  }
}
