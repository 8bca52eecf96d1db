/**
 * `node scripts/vectors/invitations.mjs`: makes vectors/own/invitations-v1.json again. With `--check` it writes nothing, and
 * fails unless the file holds just that.
 */
import { formatAnswer, formatInvitation } from '../../packages/clinic/dist/conference/messages.js'
import { formatTeamAnswer, formatTeamInvitation } from '../../packages/clinic/dist/team/messages.js'
import { encodeHex } from '../../packages/core/dist/encoding.js'
import { SecretBytes } from '../../packages/core/dist/keys.js'
import { filled, without } from './changes.mjs'
import { freeze } from './frozen.mjs'

const base64url = sizeBytes => Buffer.from(filled(sizeBytes, 4)).toString('base64url')
const cases = []
const taken = (title, { mediaType, content }, says) =>
  cases.push({ title, type: mediaType, content: Buffer.from(content).toString(), says })
function refused(title, code, { mediaType, content }, change, type = mediaType) {
  const text = Buffer.from(content).toString()
  const changed = typeof change === 'string' ? change : JSON.stringify(change(JSON.parse(text)))
  cases.push({ title, type, content: changed, refused: code })
}

const conference = {
  ...{ id: filled(16, 1), suite: '25519', staticKey: filled(32, 2), signingKey: filled(32, 3) },
  ...{ psk: new SecretBytes(filled(32, 4)), title: 'Monday round, Ä', untilMs: 1_796_000_000_000 },
}
const said = ({ id, suite, staticKey, signingKey, title, untilMs }) => ({
  ...{ id: encodeHex(id), suite, static: encodeHex(staticKey), signing: encodeHex(signingKey) },
  ...{ psk: encodeHex(filled(32, 4)), title, until_ms: untilMs },
})
const older = { ...conference, suite: 'ffdhe3072', staticKey: filled(384, 2) }
const invitation = formatInvitation(conference)
taken('to a conference', invitation, said(conference))
taken('to a conference over ffdhe3072', formatInvitation(older), said(older))
const answer = formatAnswer({ id: filled(16, 1), staticKey: filled(32, 5) })
taken('an answer', answer, { id: encodeHex(filled(16, 1)), static: encodeHex(filled(32, 5)) })
const bad = (title, change, code = 'enrolment/invalid') => refused(title, code, invitation, change)
bad('another version', one => ({ ...one, v: 2 }))
bad('a field too many', one => ({ ...one, more: 1 }), 'json/invalid')
bad('a field too few', one => without(one, 'psk'), 'json/invalid')
bad('a name twice', Buffer.from(invitation.content).toString().replace('{', '{"v":1,'), 'json/invalid')
bad('an unknown suite', one => ({ ...one, suite: '448' }))
bad('a key of another suite', one => ({ ...one, suite: 'ffdhe3072' }))
bad('a secret of 31 bytes', one => ({ ...one, psk: base64url(31) }))
bad('base64url with padding', one => ({ ...one, id: `${one.id}==` }), 'encoding/invalid')
bad('a title of blanks', one => ({ ...one, title: ' ' }))
bad('a title of two lines', one => ({ ...one, title: 'a\nb' }))
bad('a title that is too long', one => ({ ...one, title: 'é'.repeat(129) }))
refused('an answer with an id of 15 bytes', 'enrolment/invalid', answer, one => ({
  ...one,
  id: one.id.slice(0, 20),
}))

const team = { id: filled(16, 6), title: 'Rosa', keeperKey: filled(32, 7) }
const asked = formatTeamInvitation(team)
taken('to a care team', asked, { id: encodeHex(team.id), title: 'Rosa', keeper: encodeHex(team.keeperKey) })
const answered = { id: team.id, signing: filled(32, 8), box: 'box_1-A' }
const joined = formatTeamAnswer(answered)
const says = one => ({ id: encodeHex(one.id), signing: encodeHex(one.signing), box: one.box })
taken('an answer to a care team', joined, says(answered))
taken(
  'an answer without a mailbox',
  formatTeamAnswer({ ...answered, box: '' }),
  says({ ...answered, box: '' }),
)
const badTeam = (title, change, code = 'care-team/invalid') => refused(title, code, asked, change)
badTeam('of a care team, another version', one => ({ ...one, v: 2 }))
badTeam('of a care team, a key of 31 bytes', one => ({ ...one, keeper: base64url(31) }))
badTeam('of a care team, no title', one => ({ ...one, title: '' }))
badTeam('of a care team, a field too many', one => ({ ...one, box: '' }), 'json/invalid')
const badAnswer = (title, change) => refused(title, 'care-team/invalid', joined, change)
badAnswer('a mailbox with other characters', one => ({ ...one, box: 'a/b' }))
badAnswer('a mailbox that is too long', one => ({ ...one, box: 'a'.repeat(129) }))

freeze(
  'invitations-v1',
  'invitations to conferences and care teams and their answers, docs/spec/conference-v2.md and care-team.md; node scripts/vectors/invitations.mjs makes it again',
  cases,
)
