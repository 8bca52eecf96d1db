import { stat } from 'node:fs/promises'
import { shellWord } from '@chartseal/clinic'
import { makeEmergencyRequest, parseEmergencyRequest } from '@chartseal/clinic/break-glass'
import { equal } from '@chartseal/core/bytes'
import { decodeBase64Url, decodeHex, encodeBase64Url, encodeHex } from '@chartseal/core/encoding'
import { type JsonObject, toJsonText } from '@chartseal/core/json'
import { SecretBytes } from '@chartseal/core/keys'
import { type Command, Option } from 'commander'
import {
  checkedRequest,
  fetchSet,
  parseEmergencyId,
  requestPath,
  type Session,
  type SessionOptions,
  useSession,
  withSession,
} from '../../io/break-glass/session.js'
import { stateAnswer, stateText } from '../../io/break-glass/words.js'
import { describeCommand, finish, parseCount } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { inFile, pathOf, readJson } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { writeBytes } from '../../io/output.js'

const minuteMs = 60_000

interface AskOptions extends SessionOptions {
  readonly set?: string
  readonly request: string
  readonly reason: 'ETREAT' | 'BTG'
  readonly text?: string
  readonly decideMinutes?: number
  readonly accessMinutes?: number
}

export function askCommand(io: Io): Command {
  const command = describeCommand(
    'ask',
    'Ask for one record in an emergency: the custodians, the owner and the patient are told at once',
    'chartseal break-glass ask --server https://clinic.example --key ines.device --trust clinic.trust --set 0zXvYQm1p9J4q2fC8eRk3A --text "Found unconscious, what does she take?" --request request.secret',
  )
  return withSession(command)
    .option('--set <id>', 'the emergency set, of list --sets', parseEmergencyId)
    .requiredOption(
      '--request <file>',
      'the key of the request; made before it leaves. One that is there is sent again',
    )
    .addOption(
      new Option('--reason <code>', 'emergency treatment, or breaking the glass')
        .choices(['ETREAT', 'BTG'])
        .default('ETREAT'),
    )
    .option('--text <text>', 'why, for custodians, officers and the patient: 1 to 500 characters')
    .option('--decide-minutes <number>', 'how long custodians may decide', parseCount(1, 525_600))
    .option('--access-minutes <number>', 'until the end of the access', parseCount(1, 525_600))
    .action((options: AskOptions) => useSession(io, options, session => runAsk(io, session, options)))
}

/** The key is durable before the clinic knows of the request; the same command again ends what was cut off. */
async function runAsk(io: Io, session: Session, options: AskOptions): Promise<void> {
  const isThere = (await stat(pathOf(io, options.request)).catch(() => null)) !== null
  if (!isThere) await makeRequest(io, session, options)
  const { id, statement, secret } = await readRequest(io, options.request)
  secret.wipe()
  if (isThere) await requireSameAsk(session, statement, options)
  const row = await session.client.putBytes(requestPath(id), statement)
  const { state } = checkedRequest(session.trust, id, row)
  const text = `${stateText(state, io.clock.nowMs(), session.roster)}Next, once it is released: chartseal break-glass open --request ${shellWord(options.request)}\n`
  await finish(io, options, {
    text,
    answer: { ...stateAnswer(state, io.clock.nowMs(), session.roster), file: options.request },
  })
}

/** In a hurry, a file of last week must not ask for last week's record. @throws UsageError */
async function requireSameAsk(
  session: Session,
  statement: Uint8Array,
  { set: id, text, request: file }: AskOptions,
): Promise<void> {
  const { content } = parseEmergencyRequest(statement)
  const isOther =
    (text !== undefined && text !== content.text) ||
    (id !== undefined && !equal((await fetchSet(session, id)).statement.hash, content.set))
  if (isOther)
    throw new UsageError(`${file} has another request: name a new file, or leave out --set and --text`)
}

async function makeRequest(io: Io, session: Session, options: AskOptions): Promise<void> {
  const { set: id, text, reason, request: file } = options
  if (id === undefined || text === undefined) throw new UsageError('a request needs --set ID and --text TEXT')
  const { statement: set } = await fetchSet(session, id)
  const { maxDecideMs, maxAccessMs } = set.content.policy
  const nowMs = io.clock.nowMs()
  const within = (minutes: number | undefined, usualMs: number, mostMs: number): number =>
    nowMs + (minutes === undefined ? Math.min(usualMs, mostMs) : minutes * minuteMs)
  const asking = {
    reason,
    text,
    decideByMs: within(options.decideMinutes, 30 * minuteMs, maxDecideMs),
    accessUntilMs: within(options.accessMinutes, 240 * minuteMs, maxAccessMs),
  }
  const { secret, statement } = await makeEmergencyRequest(session.signatory, set, asking, io)
  try {
    const kept = {
      v: 1,
      request: encodeBase64Url(statement.content.id),
      statement: encodeBase64Url(statement.bytes),
      secret: encodeHex(secret.reveal()),
    }
    await writeBytes(io, file, `${toJsonText(kept)}\n`, { secret: true })
  } finally {
    secret.wipe()
  }
}

export interface KeptRequest {
  readonly id: string
  readonly statement: Uint8Array
  /** The caller wipes it. */
  readonly secret: SecretBytes
}

export async function readRequest(io: Io, file: string): Promise<KeptRequest> {
  const json: JsonObject = await readJson(io, file)
  return inFile(file, () => {
    const statement = decodeBase64Url(json.text('statement'))
    parseEmergencyRequest(statement)
    const secret = new SecretBytes(decodeHex(json.text('secret')))
    return { id: json.text('request'), statement, secret }
  })
}
