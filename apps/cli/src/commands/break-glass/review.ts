import { makeReviewed, type ReviewVerdict, reviewVerdicts } from '@chartseal/clinic/break-glass'
import { type Command, Option } from 'commander'
import {
  checkedRequest,
  fetchRequest,
  parseEmergencyId,
  requestPath,
  type SessionOptions,
  useSession,
  withSession,
} from '../../io/break-glass/session.js'
import { reviewNotes, stateAnswer, stateText } from '../../io/break-glass/words.js'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'

interface ReviewOptions extends SessionOptions {
  readonly id: string
  readonly verdict: ReviewVerdict
  readonly text: string
}

export function reviewCommand(io: Io): Command {
  const command = describeCommand(
    'review',
    'For an officer or an auditor: say whether it was right, once it is over',
    'chartseal break-glass review --server https://clinic.example --key officer.device --trust clinic.trust --verdict justified --text "Seen with the ward" --id 0zXvYQm1p9J4q2fC8eRk3A',
  )
  return withSession(command)
    .addOption(new Option('--verdict <word>', 'the judgement').choices(reviewVerdicts).makeOptionMandatory())
    .option('--text <text>', 'why, for people', '')
    .requiredOption('--id <request>', 'the request, of break-glass list', parseEmergencyId)
    .action((options: ReviewOptions) =>
      useSession(io, options, async session => {
        const { client, kid, signatory, trust } = session
        const { state: before } = await fetchRequest(session, options.id)
        const { verdict, text } = options
        const review = await makeReviewed(signatory, before, { verdict, text }, io)
        const row = await client.putBytes(`${requestPath(options.id)}/reviews/${kid}`, review.bytes)
        const { state } = checkedRequest(trust, options.id, row)
        const nowMs = io.clock.nowMs()
        const said = `${stateText(state, nowMs, session.roster)}${reviewNotes(row)}`
        await finish(io, options, { text: said, answer: stateAnswer(state, nowMs, session.roster) })
      }),
    )
}
