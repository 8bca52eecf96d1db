import {
  type EmergencyState,
  encodeParcel,
  makeDenial,
  makeRelease,
  openOwnShare,
  requireOwnShare,
  requireRelease,
} from '@chartseal/clinic/break-glass'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { parseShareText, type ShareEnvelope, wipeShares } from '@chartseal/shamir'
import type { Command } from 'commander'
import { approve } from '../../io/approve.js'
import {
  checkedRequest,
  fetchRequest,
  fetchSet,
  parseEmergencyId,
  requestPath,
  type Session,
  type SessionOptions,
  useSession,
  withSession,
} from '../../io/break-glass/session.js'
import { stateAnswer, stateText } from '../../io/break-glass/words.js'
import { describeCommand, finish } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { inFile, readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { readCustodyKey } from './key.js'

interface DecideOptions extends SessionOptions {
  readonly id: string
  readonly yes?: boolean
}

interface ReleaseOptions extends DecideOptions {
  readonly custody?: string
  readonly sheet?: string
}

export function releaseCommand(io: Io): Command {
  const command = describeCommand(
    'release',
    'For a custodian: read a request, check that the log has it, and release the share of this device',
    'chartseal break-glass release --server https://clinic.example --key eva.device --trust clinic.trust --custody eva.custody --id 0zXvYQm1p9J4q2fC8eRk3A',
  )
  return withSession(command)
    .option('--custody <file>', 'the key of break-glass key')
    .option('--sheet <file>', 'or the share itself, typed from the sheet of break-glass sheet')
    .option('--yes', 'release without being asked')
    .requiredOption('--id <request>', 'the request, of break-glass list', parseEmergencyId)
    .action((options: ReleaseOptions) => useSession(io, options, session => runRelease(io, session, options)))
}

async function runRelease(io: Io, session: Session, options: ReleaseOptions): Promise<void> {
  const { kid, signatory, roster } = session
  const { id } = options
  const { state } = await fetchRequest(session, id)
  requireRelease(state, kid, roster, io.clock.nowMs())
  await approve(io, stateText(state, io.clock.nowMs(), roster), 'release', options)
  const share = await ownShare(io, session, state, options)
  try {
    const parcel = await makeRelease(signatory, state, share, { clock: io.clock, random: io.random, roster })
    await sendVote(io, session, encodeParcel(parcel), options)
  } finally {
    wipeShares([share])
  }
}

async function ownShare(
  io: Io,
  session: Session,
  { set }: EmergencyState,
  { custody, sheet }: ReleaseOptions,
): Promise<ShareEnvelope> {
  if ((custody === undefined) === (sheet === undefined))
    throw new UsageError('give --custody FILE, or --sheet FILE')
  if (sheet !== undefined) {
    const text = await readText(io, sheet)
    const share = await inFile(sheet, () => parseShareText(text.trim()))
    requireOwnShare(set, session.kid, share)
    return share
  }
  using secret = await readCustodyKey(io, custody ?? '')
  const { share: sealed } = await fetchSet(session, encodeBase64Url(set.content.id))
  return openOwnShare(set, session.kid, sealed === null ? null : { sealed, secret })
}

async function sendVote(
  io: Io,
  { client, kid, trust, roster }: Session,
  body: Uint8Array,
  options: DecideOptions,
): Promise<void> {
  const row = await client.putBytes(`${requestPath(options.id)}/votes/${kid}`, body)
  const { state } = checkedRequest(trust, options.id, row)
  const nowMs = io.clock.nowMs()
  await finish(io, options, {
    text: stateText(state, nowMs, roster),
    answer: stateAnswer(state, nowMs, roster),
  })
}

interface DenyOptions extends DecideOptions {
  readonly text: string
}

export function denyCommand(io: Io): Command {
  const command = describeCommand(
    'deny',
    'For a custodian, or an officer while the waiting time runs: deny a request',
    'chartseal break-glass deny --server https://clinic.example --key otto.device --trust clinic.trust --text "She is awake, ask her" --id 0zXvYQm1p9J4q2fC8eRk3A',
  )
  return withSession(command)
    .option('--text <text>', 'why, for people', '')
    .option('--yes', 'deny without being asked')
    .requiredOption('--id <request>', 'the request, of break-glass list', parseEmergencyId)
    .action((options: DenyOptions) =>
      useSession(io, options, async session => {
        const { state } = await fetchRequest(session, options.id)
        await approve(io, stateText(state, io.clock.nowMs(), session.roster), 'deny', options)
        const denial = await makeDenial(session.signatory, state.request, options.text, io)
        await sendVote(io, session, denial.bytes, options)
      }),
    )
}
