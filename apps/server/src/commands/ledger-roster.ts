/** A change of the roster that several registrars sign: proposed at one clinic, signed at others, handed in at any. */
import { readFile } from 'node:fs/promises'
import { readLogKey } from '@chartseal/clinic/fs/log'
import { publicKeyIn } from '@chartseal/clinic/fs/public-key'
import { equal } from '@chartseal/core/bytes'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { attempt, replaceFile } from '@chartseal/core/files'
import {
  type LedgerRecord,
  type Member,
  type MemberRole,
  memberOf,
  type RosterClaims,
} from '@chartseal/emr-ledger'
import { openPresentStore, requireClinic } from '../clinic/setup.js'
import { type Command, commandError, type Given, type Io, required } from '../command.js'
import type { Config } from '../config.js'
import { type DataPaths, dataPaths } from '../data-folder.js'
import type { LedgerKey } from '../ledger/keys.js'
import { allDevices, registrarIn, rosterChangeText, signRoster } from '../ledger/registrar.js'
import { changedRoster } from '../ledger/roster-change.js'
import { membersOf, type RosterRecord, readKeys, readRoster, rosterText } from '../ledger/travel.js'
import type { StoredDevice } from '../store.js'
import { ledgerCommandError } from './errors.js'
import { Asking, atFlag, type RunningLedger } from './ledger-asking.js'
import { listIn, wholeIn } from './ledger-words.js'
import { defaultFolder } from './serve.js'

export const rosterPropose: Command = {
  name: 'ledger roster propose',
  summary:
    'write a change of the roster, signed by this clinic: its own devices, and what the options say; handed in where that is enough',
  example: 'chartseal-server ledger roster propose --data DATA --add east.json --out roster.json',
  settings: ['data', 'port', 'database-url'],
  flags: {
    at: atFlag,
    add: { help: 'files of ledger keys of clinics that come, with commas in between' },
    key: { help: 'the public key, as PEM or JWK, of a member who is no device, such as one in an HSM' },
    role: { help: 'with --key: prescriber, dispenser, sealer or registrar' },
    name: { help: 'with --key: what people call the member' },
    end: { help: 'key ids of members who go, with commas in between' },
    quorum: { help: 'how many registrars sign the next change' },
    'set-clock-back': {
      help: 'to when, as 2026-11-30T12:00:00Z: after a sequencer whose clock was far ahead, see SECURITY.md',
    },
    out: { help: 'the file to write' },
  },
  async run(io, { config, own }) {
    const out = required(own, 'out')
    const asking = new Asking(config, own['at'])
    const ledger = await asking.ledger()
    const back = own['set-clock-back']
    const { height } = ledger
    const clinics = listIn(own['add']).map(async file =>
      membersOf(readKeys(file, await textOf(file)), height),
    )
    const roster = changedRoster(ledger.roster, {
      height,
      devices: await devicesOf(io, config),
      added: [...(await Promise.all(clinics)).flat(), ...(await keyOf(own, height))],
      ended: listIn(own['end']),
      quorum: wholeIn(own, 'quorum', ledger.roster.quorum),
      ...(back === undefined ? {} : { time: passedSecondsIn(back, io.clock.nowMs()) }),
    })
    if (roster === null) throw ledgerCommandError('ledger-command/nothing', {})
    await withRegistrar(pathsOf(io, config), ledger, async (key, kid) => {
      const next = await asking.json(`/signers/${encodeBase64Url(kid)}`)
      const claims: RosterClaims = {
        kind: 'roster',
        ledger: ledger.id,
        signer: kid,
        seq: BigInt(next.count('next_seq')),
        authoredOn: BigInt(Math.floor(io.clock.nowMs() / 1_000)),
        roster,
      }
      const record = await signRoster(claims, ledger, key)
      await replaceFile(out, Buffer.from(rosterText(record)), { mode: 0o644 })
      io.out(rosterChangeText(claims, ledger))
      await passOn(io, asking, { record, ledger, file: out })
    })
    return 0
  },
}

export const rosterSign: Command = {
  name: 'ledger roster sign',
  summary:
    'show a change of the roster that another clinic proposed; with --txid, sign it, and hand it in where that is enough',
  example: 'chartseal-server ledger roster sign --data DATA --file roster.json --txid TXID',
  settings: ['data', 'port'],
  flags: {
    at: atFlag,
    file: { help: 'the file that ledger roster propose wrote; the signature is added to it' },
    txid: { help: 'what is signed, as it was shown without this option' },
  },
  async run(io, { config, own }) {
    const file = required(own, 'file')
    const asking = new Asking(config, own['at'])
    const ledger = await asking.ledger()
    const proposal = await proposalIn(file, ledger)
    const txid = encodeBase64Url(proposal.txid)
    io.out(rosterChangeText(proposal.claims, ledger))
    if (own['txid'] === undefined) {
      io.err(`Nothing was signed. Whoever agrees with it signs it with --txid ${txid}\n`)
      return 0
    }
    if (own['txid'] !== txid)
      throw commandError('command/usage', {
        reason: 'The option --txid must name the change that was shown.',
      })
    await withRegistrar(pathsOf(io, config), ledger, async key => {
      const record = await signRoster(proposal.claims, ledger, key, proposal.signatures)
      await replaceFile(file, Buffer.from(rosterText(record)), { mode: 0o644 })
      await passOn(io, asking, { record, ledger, file })
    })
    return 0
  },
}

export const rosterSubmit: Command = {
  name: 'ledger roster submit',
  summary: 'hand in a change of the roster that enough registrars signed',
  example: 'chartseal-server ledger roster submit --file roster.json',
  settings: ['port'],
  flags: { at: atFlag, file: { help: 'the file with the signatures' } },
  async run(io, { config, own }) {
    const file = required(own, 'file')
    const asking = new Asking(config, own['at'])
    const { txid, bytes } = await proposalIn(file, await asking.ledger())
    await handIn(asking, { txid, bytes })
    io.out(`${encodeBase64Url(txid)}\n`)
    io.err(`It was ${taken}`)
    return 0
  },
}

/** A clock that was set ahead by a slip of the pen would stop the ledger. @throws ChartsealError `command/usage` */
function passedSecondsIn(text: string, nowMs: number): bigint {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN
  if (ms >= 0 && ms <= nowMs) return BigInt(ms / 1_000)
  throw commandError('command/usage', {
    reason: 'The option --set-clock-back must be a time as 2026-11-30T12:00:00Z, which has passed.',
  })
}

function pathsOf(io: Io, { data }: Config): DataPaths {
  return dataPaths(data ?? defaultFolder(io))
}

async function textOf(file: string): Promise<string> {
  return attempt('read', () => readFile(file, 'utf8'), file)
}

async function proposalIn(file: string, { id }: RunningLedger): Promise<RosterRecord> {
  const proposal = readRoster(file, await textOf(file))
  const ledger = encodeBase64Url(proposal.claims.ledger)
  if (!equal(proposal.claims.ledger, id)) throw ledgerCommandError('ledger-command/other-ledger', { ledger })
  return proposal
}

async function devicesOf(io: Io, config: Config): Promise<readonly StoredDevice[]> {
  const paths = pathsOf(io, config)
  const store = await openPresentStore(paths, config.databaseUrl, io)
  try {
    await requireClinic(store, paths)
    return await allDevices(store.devices)
  } finally {
    await store.close()
  }
}

/** @throws ChartsealError `ledger-command/not-registrar`, `files/failed` */
async function withRegistrar(
  { registrarKey }: DataPaths,
  { roster, height }: RunningLedger,
  work: (key: LedgerKey, kid: Uint8Array) => Promise<void>,
): Promise<void> {
  using key = await readLogKey(registrarKey)
  const { kid, isInForce } = registrarIn(roster, height, key)
  if (!isInForce) throw ledgerCommandError('ledger-command/not-registrar', { kid: encodeBase64Url(kid) })
  await work(key, kid)
}

interface Signed {
  readonly record: LedgerRecord
  readonly ledger: RunningLedger
  /** Where it was written. */
  readonly file: string
}

const taken = 'taken, and counts from the block behind the one that has it: see ledger status.\n'

/** With enough signatures it is handed in, so that nobody has to take the file any further. */
async function passOn(io: Io, asking: Asking, { record, ledger, file }: Signed): Promise<void> {
  const count = record.signatures.length
  const { quorum } = ledger.roster
  const signed = `${count} of ${quorum} registrars signed ${file}`
  if (count < quorum) return io.err(`${signed}: the next one runs ledger roster sign.\n`)
  io.err(`${signed}: it is handed in.\n`)
  await handIn(asking, record)
  io.err(`It was ${taken}`)
}

function handIn(asking: Asking, { txid, bytes }: Pick<LedgerRecord, 'txid' | 'bytes'>): Promise<void> {
  return asking.put(`/rosters/${encodeBase64Url(txid)}`, bytes)
}

const roles: readonly MemberRole[] = ['prescriber', 'dispenser', 'sealer', 'registrar']

/** @throws ChartsealError `command/usage`, `member-key/unreadable`, `files/failed` */
async function keyOf(own: Given['own'], from: bigint): Promise<readonly Member[]> {
  const { key: file, role: word, name } = own
  if (file === undefined && word === undefined && name === undefined) return []
  const role = roles.find(one => one === word)
  if (file === undefined || role === undefined)
    throw commandError('command/usage', {
      reason: `The option --key FILE needs --role, one of ${roles.join(', ')}; --name says who it is.`,
    })
  return [memberOf({ ...publicKeyIn(await textOf(file)), roles: [role], name: name ?? '', from })]
}
