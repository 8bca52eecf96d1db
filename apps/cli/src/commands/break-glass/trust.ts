import { breakGlassError } from '@chartseal/clinic/break-glass'
import { keyWords } from '@chartseal/clinic/key-words'
import { parseRoster } from '@chartseal/clinic/roster'
import { parsePolicy } from '@chartseal/tlog'
import type { Command } from 'commander'
import {
  type DeviceOptions,
  type DeviceSession,
  useDevice,
  withDevice,
} from '../../io/break-glass/session.js'
import {
  firstRoster,
  formatTrust,
  newestRoster,
  readTrust,
  requireSameClinic,
  type Trust,
} from '../../io/break-glass/trust.js'
import { oneLine } from '../../io/break-glass/words.js'
import { describeCommand, finish, type OutputOptions } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { writeBytes } from '../../io/output.js'

interface TrustOptions extends DeviceOptions, OutputOptions {
  readonly out: string
  readonly from?: string
}

export function trustCommand(io: Io): Command {
  const command = describeCommand(
    'trust',
    'Pin the log of a clinic, its witnesses and its roster: what this device believes from now on',
    'chartseal break-glass trust --server https://clinic.example --key eva.device --out clinic.trust',
  )
  return withDevice(command)
    .requiredOption('-o, --out <file>', 'what is pinned; compare the words with the clinic')
    .option('--force', 'let --out replace a file that exists')
    .option('--from <file>', 'what was pinned before: the new one must follow from it')
    .action((options: TrustOptions) => useDevice(io, options, device => runTrust(io, device, options)))
}

async function runTrust(io: Io, device: DeviceSession, options: TrustOptions): Promise<void> {
  const { out, from, force = false } = options
  const trust = from === undefined ? await pinned(device) : await followed(io, device, from)
  await writeBytes(io, out, formatTrust(trust), { force })
  const { officers, seq, people } = parseRoster(trust.roster)
  const { witnesses } = parsePolicy(trust.policy)
  const words = keyWords(trust.logKey)
  const names = witnesses.map(({ name }) => name)
  const text = [
    `Clinic     ${trust.origin}`,
    `Log key    ${words}`,
    `Witnesses  ${names.join(', ')}`,
    // Under the right names stand whatever keys the clinic gave.
    ...policyLines(trust.policy).map(line => `           ${line}`),
    `Roster     number ${seq}, ${people.length} people`,
    ...officers.map(kid => `Officer    ${kid}`),
    `Pinned in ${out}. Compare the words, the witnesses' lines and the officers with the clinic, by telephone or in person.`,
    '',
  ].join('\n')
  const answer = {
    origin: trust.origin,
    words,
    witnesses: names,
    roster: seq,
    officers: [...officers],
    file: out,
  }
  await finish(io, { json: options.json ?? false }, { text, answer })
}

/** As they stand in the file of whoever runs the clinic, without what is not said. */
const policyLines = (policy: string): readonly string[] =>
  policy
    .split('\n')
    .filter(line => /^(witness|group|quorum) /.test(line))
    .map(oneLine)

/** Believed as it is, once. @throws ChartsealError `break-glass/no-witness`, `cli/no-roster` */
async function pinned({ client }: DeviceSession): Promise<Trust> {
  const about = await client.about()
  const log = about.object('log')
  if (!log.has('policy')) throw breakGlassError('break-glass/no-witness', { needed: 1, found: 0 })
  const origin = about.text('origin')
  const roster = await firstRoster(client, origin)
  return { origin, logKey: log.text('verifier_key'), policy: log.text('policy'), roster }
}

async function followed(io: Io, { client }: DeviceSession, file: string): Promise<Trust> {
  const before = await readTrust(io, file)
  await requireSameClinic(client, before, file)
  return { ...before, roster: await newestRoster(client, before) }
}
