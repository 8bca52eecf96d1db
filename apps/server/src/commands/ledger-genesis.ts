/** The genesis of a ledger that several clinics seal, or follow: made once, on one machine, from everybody's public keys. */
import { readFile, writeFile } from 'node:fs/promises'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { attempt } from '@chartseal/core/files'
import { encodeGenesis, ledgerIdOf, type Member, type SealRule, sortedMembers } from '@chartseal/emr-ledger'
import { readPolicy } from '../clinic/witness-policy.js'
import { type Command, commandError, type Given, required } from '../command.js'
import { ledgerOrigin } from '../ledger/keys.js'
import { type ClinicKeys, membersOf, readKeys } from '../ledger/travel.js'
import { witnessRuleOf } from '../ledger/witnesses.js'
import { listIn, wholeIn } from './ledger-words.js'

export const ledgerGenesis: Command = {
  name: 'ledger genesis',
  summary: 'make what a ledger of several clinics begins with, from the files that ledger keys wrote',
  example:
    "chartseal-server ledger genesis --name 'Two streets' --rule poa --keys north.json,south.json --out genesis.bin",
  settings: [],
  flags: {
    name: { help: 'what people call the ledger' },
    rule: { help: 'poa: all of them take turns and vote; tlog: the first of them seals alone' },
    keys: { help: 'files of the clinics, with commas in between' },
    out: { help: 'the file to write' },
    'slot-seconds': { help: 'poa: how long a slot is; three slots make a block final. 5 unless given' },
    'slots-per-turn': { help: 'poa: how many slots each of them leads; 4 unless given' },
    tolerates: {
      help: 'poa: crash (more than half decide) or lies (more than two thirds); crash unless given',
    },
    witnesses: { help: 'tlog: a file with the C2SP policy of those who cosign; without it nobody does' },
    quorum: { help: 'how many registrars sign a change of the roster; more than half unless given' },
  },
  async run(io, { own }) {
    const [name, files, out] = [required(own, 'name'), listIn(required(own, 'keys')), required(own, 'out')]
    const clinics = await Promise.all(files.map(async file => readKeys(file, await textOf(file))))
    const seal = sealRuleOf(own, clinics, await readPolicy(own['witnesses'] ?? null))
    const members = clinics.flatMap(clinic => membersFor(clinic, seal))
    requireDifferent(members)
    const quorum = wholeIn(own, 'quorum', Math.floor(clinics.length / 2) + 1)
    if (quorum > clinics.length) throw usage(`The option --quorum must be at most ${clinics.length}.`)
    const genesis = encodeGenesis({
      name,
      timestamp: BigInt(Math.floor(io.clock.nowMs() / 1_000)),
      roster: { number: 1n, members: sortedMembers(members), quorum },
      seal,
      legacy: null,
      salt: io.random.bytes(32),
    })
    // Never over one that others may have begun with.
    await attempt('create', () => writeFile(out, genesis, { flag: 'wx', mode: 0o644, flush: true }), out)
    io.out(`${encodeBase64Url(ledgerIdOf(genesis))}\n`)
    io.err(
      `That is the id of the ledger: each clinic runs init --genesis ${out} --ledger-id with it. A change of the roster ` +
        `needs ${quorum} of ${clinics.length} registrars.\n`,
    )
    return 0
  },
}

async function textOf(file: string): Promise<string> {
  return attempt('read', () => readFile(file, 'utf8'), file)
}

function sealRuleOf(own: Given['own'], clinics: readonly ClinicKeys[], policy: string | null): SealRule {
  const [first, second] = clinics
  if (first === undefined || second === undefined)
    throw usage('The option --keys must name two files at least.')
  const tolerates = own['tolerates'] ?? 'crash'
  if (tolerates !== 'crash' && tolerates !== 'lies')
    throw usage('The option --tolerates must be crash or lies.')
  if (own['rule'] === 'tlog')
    return { kind: 'tlog', origin: ledgerOrigin(first.host), logKey: first.sealer, ...witnessRuleOf(policy) }
  if (policy !== null) throw usage('The option --witnesses must stand with --rule tlog.')
  if (own['rule'] !== 'poa') throw usage('The option --rule must be poa or tlog.')
  const slotSeconds = wholeIn(own, 'slot-seconds', 5)
  return { kind: 'poa', slotSeconds, slotsPerTurn: wholeIn(own, 'slots-per-turn', 4), tolerates }
}

/** The key of a sequencer is in the rule. */
function membersFor(clinic: ClinicKeys, { kind }: SealRule): readonly Member[] {
  return membersOf(clinic).filter(({ roles }) => kind === 'poa' || !roles.includes('sealer'))
}

function requireDifferent(members: readonly Member[]): void {
  const kids = new Set(members.map(({ kid }) => encodeBase64Url(kid)))
  if (kids.size !== members.length)
    throw usage('The option --keys must name each clinic once: no key is in two files.')
}

function usage(reason: string): Error {
  return commandError('command/usage', { reason })
}
