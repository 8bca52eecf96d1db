import {
  isRosterName,
  parseRoster,
  type Roster,
  rosterDigest,
  rosterMessage,
  rosterRoles,
} from '@chartseal/clinic/roster'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import { type Command, InvalidArgumentError } from 'commander'
import { approve } from '../../io/approve.js'
import {
  type DeviceOptions,
  type DeviceSession,
  useDevice,
  withDevice,
} from '../../io/break-glass/session.js'
import { type SignedRoster, signedRoster, signedRosterIn } from '../../io/break-glass/trust.js'
import { oneLine } from '../../io/break-glass/words.js'
import { describeCommand, finish, type OutputOptions, parseCount } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'

interface Named {
  readonly kid: string
  readonly role: string
  /** What the officers call whoever works at the device; empty for nothing. */
  readonly name: string
}

interface RosterOptions extends DeviceOptions, OutputOptions {
  readonly person: readonly Named[]
  readonly remove: readonly string[]
  readonly officer: readonly string[]
  readonly threshold?: number
  readonly draft?: string
  readonly yes?: boolean
}

const collect =
  <Value>(read: (text: string) => Value) =>
  (text: string, before: readonly Value[]): readonly Value[] => [...before, read(text)]

export function rosterCommand(io: Io): Command {
  const command = describeCommand(
    'roster',
    'Sign who is who in the clinic: the officers decide, each roster follows from the one before',
    "chartseal break-glass roster --server https://clinic.example --key officer.device --officer KID --person 'KID=doctor=Dr. Ines Marte' --person KID=custodian",
    'chartseal break-glass roster --server https://clinic.example --key second.device --draft roster.draft',
  )
  return withDevice(command)
    .option(
      '--person <kid=role[=name]>',
      `somebody: ${rosterRoles.join(', ')}, and for staff a name; again for each`,
      collect(parsePerson),
      [],
    )
    .option('--remove <kid>', 'somebody who is on the roster; again for each', collect(parseKid), [])
    .option('--officer <kid>', 'all officers of the next roster; again for each', collect(parseKid), [])
    .option('--threshold <number>', 'how many officers must sign the one behind it', parseCount(1, 16))
    .option('--draft <file>', 'sign this draft of another officer')
    .option('--yes', 'sign the draft without being asked')
    .option('-o, --out <file>', 'where more officers must sign: the draft for them')
    .option('--force', 'let --out replace a file that exists')
    .action((options: RosterOptions) => useDevice(io, options, device => runRoster(io, device, options)))
}

function parseKid(text: string): string {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) throw new InvalidArgumentError('It must be a kid of 43 characters.')
  return text
}

function parsePerson(text: string): Named {
  const [, kid = '', role = '', name = ''] = /^([^=]+)=([a-z]+)(?:=(.+))?$/.exec(text) ?? []
  if (!rosterRoles.some(known => known === role))
    throw new InvalidArgumentError(
      `It must be KID=ROLE or KID=ROLE=NAME, with one of ${rosterRoles.join(', ')}.`,
    )
  if (name !== '' && (role === 'patient' || !isRosterName(name)))
    throw new InvalidArgumentError(
      'A name has 1 to 80 characters, words with one space between them; patients have none.',
    )
  return { kid: parseKid(kid), role, name }
}

async function runRoster(io: Io, device: DeviceSession, options: RosterOptions): Promise<void> {
  const before = await latestOf(device)
  const draft =
    options.draft === undefined ? null : signedRosterIn(JsonObject.parse(await readText(io, options.draft)))
  const text = draft?.text ?? (await nextText(device, before, options))
  if (draft !== null) await approve(io, changesText(draft.text, before), 'sign', options)
  const others = (draft?.signatures ?? []).filter(({ kid }) => kid !== device.kid)
  const own = { kid: device.kid, signature: await device.signatory.sign(rosterMessage(text)) }
  const signatures = [...others, own]
  const roster = parseRoster(text)
  const needed = before === null ? roster.threshold : parseRoster(before.text).threshold
  const body = bodyOf({ text, signatures })
  const answer = { seq: roster.seq, people: roster.people.length, signed: signatures.length, needed }
  if (signatures.length < needed) {
    if (options.out === undefined)
      throw new UsageError(
        `${needed} officers must sign, and ${signatures.length} have: give --out FILE for the next one`,
      )
    await finish(io, { ...options, json: false }, { text: `${body}\n`, answer: {} })
    return finish(
      io,
      { json: options.json ?? false },
      {
        text: `${options.out} has ${signatures.length} of ${needed} signatures: the next officer signs it with --draft.\n`,
        answer: { ...answer, published: false, file: options.out },
      },
    )
  }
  await device.client.putJson(`/v1/roster/${roster.seq}`, encodeUtf8(body))
  const said = `Roster ${roster.seq} is in force: ${roster.people.length} people, ${roster.officers.length} officers.\n`
  await finish(io, { json: options.json ?? false }, { text: said, answer: { ...answer, published: true } })
}

/** What another officer's draft would make of the roster: a quorum of officers is none where they sign unread. */
function changesText(text: Uint8Array, before: SignedRoster | null): string {
  const linesOf = (roster: Roster): readonly string[] => [
    ...roster.people.map(({ kid, role, name }) =>
      name === undefined ? `${kid} ${role}` : `${kid} ${role}, ${oneLine(name)}`,
    ),
    ...roster.officers.map(kid => `${kid} officer`),
    `${roster.threshold} officers must sign the next roster`,
  ]
  const [next, last] = [linesOf(parseRoster(text)), before === null ? [] : linesOf(parseRoster(before.text))]
  const [added, removed] = [
    next.filter(line => !last.includes(line)),
    last.filter(line => !next.includes(line)),
  ]
  const lines = [...removed.map(line => `- ${line}`), ...added.map(line => `+ ${line}`)]
  return [`Roster ${parseRoster(text).seq} changes:`, ...lines, ''].join('\n')
}

const bodyOf = ({ text, signatures }: SignedRoster): string =>
  toJsonText({
    roster: encodeBase64Url(text),
    signatures: signatures.map(({ kid, signature }) => ({ kid, signature: encodeBase64Url(signature) })),
  })

/** `null` before the first one. */
async function latestOf({ client }: DeviceSession): Promise<SignedRoster | null> {
  try {
    return await signedRoster(client, '/v1/roster')
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'request/not-found') return null
    throw error
  }
}

async function nextText(
  { client, kid }: DeviceSession,
  before: SignedRoster | null,
  { person, remove, officer, threshold }: RosterOptions,
): Promise<Uint8Array> {
  if (person.length + remove.length + officer.length === 0 && threshold === undefined)
    throw new UsageError(
      'say what changes: --person, --remove, --officer or --threshold; or give --draft FILE',
    )
  const last: Roster | null = before === null ? null : parseRoster(before.text)
  const changed = new Set([...remove, ...person.map(one => one.kid)])
  const people = (last?.people ?? []).filter(one => !changed.has(one.kid))
  const added: Listed[] = []
  for (const one of person) {
    const mailbox = (await client.get(`/v1/devices/${one.kid}`)).text('mailbox')
    added.push({ ...one, mailbox })
  }
  const officers = officer.length > 0 ? officer : (last?.officers ?? [kid])
  return encodeUtf8(
    toJsonText({
      v: 1,
      origin: (await client.about()).text('origin'),
      seq: (last?.seq ?? 0) + 1,
      previous: before === null ? '' : rosterDigest(before.text),
      officers: [...officers],
      threshold: threshold ?? last?.threshold ?? 1,
      people: [...people, ...added].map(listed),
    }),
  )
}

interface Listed {
  readonly kid: string
  readonly role: string
  readonly mailbox: string
  readonly name?: string
}

/** As it is signed: without a name where there is none. */
const listed = ({ kid, role, mailbox, name = '' }: Listed) => ({
  ...{ kid, role, mailbox },
  ...(name === '' ? {} : { name }),
})
