/** What a care team writes, as text and in bytes. */
import { encodeHex } from '@chartseal/core/encoding'
import { inspectTeamFrame, isTeamFrame, type TeamFrameInspection } from '@chartseal/elgamal-session/team'
import { parseTeamFrame } from '../team/text.js'
import { type Detector, explained, refusalOf, type Told } from './detector.js'

const notes = ['Who is in the team, and who wrote this, takes the keys of the team.']

/** A text of a care team that was pasted. */
export const teamText: Detector = ({ pasted }) => {
  const found = pasted.find(({ kind }) => kind === 'team-frame')
  if (found === undefined) return null
  const about = { kind: 'text of a care team, version 2', notes }
  if (found.refusal !== null) return { ...about, facts: {}, refusal: refusalOf('text', found.refusal) }
  return explained(about, ['frame', () => inspectTeamFrame(parseTeamFrame(found.text))], tell)
}

/** The same in bytes. */
export const teamBytes: Detector = ({ bytes }) => {
  if (!isTeamFrame(bytes)) return null
  const about = { kind: 'frame of a care team, version 2, in bytes', notes }
  return explained(about, ['frame', () => inspectTeamFrame(bytes)], tell)
}

function tell(frame: TeamFrameInspection | null): Told {
  if (frame === null) return { facts: {} }
  const shared = { thread: encodeHex(frame.id), epoch: frame.epoch }
  if (frame.kind === 'commit') return { facts: { ...shared, holds: 'a change of who is in it' } }
  const { leaf, sequence } = frame
  return { facts: { ...shared, holds: 'a message', place_of_sender: leaf, number_of_sender: sequence } }
}
