import {
  type CustodyKey,
  defaultDenials,
  encodeParcel,
  makeEmergencySet,
  parseCustodyKey,
  type Statement,
} from '@chartseal/clinic/break-glass'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { parseReadCapability } from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { type Session, type SessionOptions, useSession, withSession } from '../../io/break-glass/session.js'
import { describeCommand, finish, parseCount } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { inFile, readLine } from '../../io/files.js'
import type { Io } from '../../io/io.js'

const minuteMs = 60_000
const mostMinutes = 525_600

interface SetOptions extends SessionOptions {
  readonly capability: string
  readonly about: string
  readonly custodian: readonly string[]
  readonly threshold: number
  readonly denials?: number
  readonly patient?: string
  readonly waitMinutes: number
  readonly decideMinutes: number
  readonly accessMinutes: number
  readonly witnesses: number
  readonly drill?: boolean
}

export function setCommand(io: Io): Command {
  const command = describeCommand(
    'set',
    'For the owner of a record: let custodians together open this version of it in an emergency',
    'chartseal break-glass set --server https://clinic.example --key rosa.device --trust clinic.trust --capability scan.read --about "Allergies of bed 12" --threshold 2 --custodian KID --custodian KID --custodian KID',
  )
  return withSession(command)
    .requiredOption('--capability <file>', 'what reads the record: envelope capability --kind read')
    .requiredOption('--about <text>', 'what it is, for custodians and doctors: not secret')
    .requiredOption(
      '--custodian <kid>',
      'who gets a share; again for each',
      (kid: string, before: readonly string[]) => [...before, kid],
      [],
    )
    .requiredOption('--threshold <number>', 'how many of them must release', parseCount(2, 16))
    .option('--denials <number>', 'how many denials deny; default: once too few are left', parseCount(1, 16))
    .option('--patient <kid>', "the patient's device, which is told of each step")
    .option('--wait-minutes <number>', 'nothing is given for so long', parseCount(0, mostMinutes), 0)
    .option('--decide-minutes <number>', 'the longest time to decide', parseCount(1, mostMinutes), 60)
    .option(
      '--access-minutes <number>',
      'the longest from asking to the end',
      parseCount(1, mostMinutes),
      480,
    )
    .option('--witnesses <number>', 'how many witnesses must have seen a request', parseCount(1, 64), 1)
    .option('--drill', 'to rehearse with: nobody’s record')
    .action((options: SetOptions) => useSession(io, options, session => runSet(io, session, options)))
}

async function runSet(io: Io, session: Session, options: SetOptions): Promise<void> {
  const { client, signatory, trust, roster } = session
  const custodians = await keysOf(session, options.custodian)
  const text = await readLine(io, options.capability)
  const capability = await inFile(options.capability, () => parseReadCapability(text))
  try {
    const { threshold, denials = defaultDenials(threshold, custodians.length) } = options
    const policy = {
      threshold,
      denials,
      waitMs: options.waitMinutes * minuteMs,
      witnesses: options.witnesses,
      maxDecideMs: options.decideMinutes * minuteMs,
      maxAccessMs: options.accessMinutes * minuteMs,
    }
    const { about, patient = '', drill: isDrill = false } = options
    const plan = { origin: trust.origin, capability, about, patient, isDrill, policy, custodians, roster }
    const parcel = await makeEmergencySet(signatory, plan, io)
    const id = encodeBase64Url(parcel.statement.content.id)
    await client.putBytes(`/v1/breakglass/sets/${id}`, encodeParcel(parcel))
    const said = `${threshold} of ${custodians.length} custodians together open it from now on. Set ${id}\n`
    const answer = { set: id, threshold, custodians: custodians.length, drill: isDrill }
    await finish(io, options, { text: said, answer })
  } finally {
    capability.contentKey.wipe()
  }
}

/** Their keys, each signed by the custodian. */
async function keysOf(
  { client }: Session,
  kids: readonly string[],
): Promise<readonly Statement<CustodyKey>[]> {
  const found = new Map<string, Statement<CustodyKey>>()
  for (let after = ''; ; ) {
    const page = await client.get(`/v1/breakglass/keys?limit=500${after === '' ? '' : `&after=${after}`}`)
    for (const one of page.objects('keys')) {
      const key = parseCustodyKey(decodeBase64Url(one.text('key')))
      found.set(key.by, key)
      after = one.text('kid')
    }
    if (!page.boolean('more')) break
  }
  return kids.map(kid => {
    const key = found.get(kid)
    if (key === undefined)
      throw new UsageError(`${kid} has no key yet: the custodian makes it with chartseal break-glass key`)
    return key
  })
}
