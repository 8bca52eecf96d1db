/** Runner of vectors/own/invitations-v1.json: invitations to conferences and care teams, and their answers. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { type Answer, type JsonObject, toJsonText } from '@chartseal/core/json'
import { agree, type CaseRunner, refusalOf } from '@chartseal/core/vectors'
import { formatAnswer, formatInvitation, parseAnswer, parseInvitation } from '../conference/messages.js'
import { answerType, invitationType } from '../conference/names.js'
import {
  formatTeamAnswer,
  formatTeamInvitation,
  parseTeamAnswer,
  parseTeamInvitation,
} from '../team/messages.js'
import { teamAnswerType, teamInvitationType } from '../team/names.js'

interface Read {
  readonly says: Answer
  readonly again: { readonly content: Uint8Array }
}

const types: Readonly<
  Record<string, (body: { readonly mediaType: string; readonly content: Uint8Array }) => Read>
> = {
  [invitationType]: body => {
    const read = parseInvitation(body)
    const { id, suite, staticKey, signingKey: signing, psk, title, untilMs } = read
    const says = { id, suite, static: staticKey, signing, psk: psk.reveal(), title, until_ms: untilMs }
    return { says, again: formatInvitation(read) }
  },
  [answerType]: body => {
    const read = parseAnswer(body)
    return { says: { id: read.id, static: read.staticKey }, again: formatAnswer(read) }
  },
  [teamInvitationType]: body => {
    const read = parseTeamInvitation(body)
    const { id, title, keeperKey: keeper } = read
    return { says: { id, title, keeper }, again: formatTeamInvitation(read) }
  },
  [teamAnswerType]: body => {
    const read = parseTeamAnswer(body)
    return { says: { ...read }, again: formatTeamAnswer(read) }
  },
}

function readOf(testCase: JsonObject): Read {
  const read = types[testCase.text('type')]
  if (read === undefined) throw new Error('internal: no message of this type')
  return read({ mediaType: testCase.text('type'), content: encodeUtf8(testCase.text('content')) })
}

/** It says what it says, and is the same when it is written again; or is refused. */
export const invitations: CaseRunner = testCase => {
  if (testCase.has('refused')) {
    agree(
      'the refusal',
      refusalOf(() => readOf(testCase)),
      testCase.text('refused'),
    )
    return
  }
  const { says, again } = readOf(testCase)
  agree('what it says', toJsonText(says), JSON.stringify(testCase.raw('says')))
  agree('the message', again.content, encodeUtf8(testCase.text('content')))
}
