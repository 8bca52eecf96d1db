/** The ledger that a clinic begins: one sequencer, whose key is on this machine, and one registrar beside it. */
import { mkdir, readFile } from 'node:fs/promises'
import { readLogKey } from '@chartseal/clinic/fs/log'
import { equal } from '@chartseal/core/bytes'
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { attempt, replaceFile } from '@chartseal/core/files'
import type { Clock, Random } from '@chartseal/core/ports'
import { decodeGenesis, encodeGenesis, ledgerIdOf, memberOf } from '@chartseal/emr-ledger'
import { ledgerCommandError } from '../commands/errors.js'
import type { DataPaths } from '../data-folder.js'
import type { OpenedStore, Store } from '../store.js'
import { ledgerOrigin, makeLedgerKeys } from './keys.js'
import { ledgerPolicyIn, witnessRuleOf } from './witnesses.js'

/** The bytes of the genesis: what every node of the ledger must have. */
const settingName = 'ledger-genesis'

export interface NewLedger {
  /** What people call it. */
  readonly name: string
  /** Of the clinic: the log of headers is named by it for ever. */
  readonly host: string
}

/** `null` in a data folder of a version that had no ledger. */
async function genesisIn({ settings }: Pick<Store, 'settings'>): Promise<Uint8Array | null> {
  const text = await settings.get(settingName)
  return text === null ? null : decodeBase64Url(text)
}

/**
 * The genesis of the clinic; made once, also where `init` of an older version made none, or was interrupted.
 * @throws ChartsealError `files/failed`, `store/…`
 */
export async function ensureGenesis(
  { settings }: Pick<Store, 'settings'>,
  paths: DataPaths,
  { name, host }: NewLedger,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<Uint8Array> {
  const known = await genesisIn({ settings })
  if (known !== null) return keptIn(paths, known)
  await makeLedgerKeys(paths, host, random)
  using logKey = await readLogKey(paths.ledgerKey)
  using registrarKey = await readLogKey(paths.registrarKey)
  const registrar = memberOf({
    algorithm: 'Ed25519',
    publicKey: verifyingKeyOf(registrarKey),
    roles: ['registrar'],
    name: 'Registrar of the clinic',
  })
  const genesis = encodeGenesis({
    name,
    timestamp: BigInt(Math.floor(clock.nowMs() / 1_000)),
    roster: { number: 1n, members: [registrar], quorum: 1 },
    seal: {
      kind: 'tlog',
      origin: ledgerOrigin(host),
      logKey: verifyingKeyOf(logKey),
      ...witnessRuleOf(await ledgerPolicyIn({ settings })),
    },
    legacy: null,
    salt: random.bytes(32),
  })
  // Of two that begin at once one decides.
  const settled = decodeBase64Url(await settings.settle(settingName, encodeBase64Url(genesis)))
  return keptIn(paths, settled)
}

/** Beside the blocks, for a restore whose store is older than them. */
async function keptIn({ ledger, ledgerGenesis }: DataPaths, genesis: Uint8Array): Promise<Uint8Array> {
  await attempt('make', () => mkdir(ledger, { recursive: true, mode: 0o700 }), ledger)
  const there = await readFile(ledgerGenesis).catch(() => null)
  if (there === null || !equal(there, genesis)) await replaceFile(ledgerGenesis, genesis, { mode: 0o600 })
  return genesis
}

/** A restore took the ledger from elsewhere. */
export async function setGenesis({ settings }: Pick<Store, 'settings'>, genesis: Uint8Array): Promise<void> {
  await settings.set(settingName, encodeBase64Url(genesis))
}

/** The next start begins a new ledger. */
export async function forgetGenesis({ db }: Pick<OpenedStore, 'db'>): Promise<void> {
  await db.deleteFrom('settings').where('name', '=', settingName).execute()
}

/**
 * Takes part in a ledger that somebody else began; gives its id.
 * @param expected the id that it must have, where that is known
 * @throws ChartsealError `ledger/genesis` for what is none, `ledger-command/other-id`
 */
export async function joinLedger(
  { settings }: Pick<Store, 'settings'>,
  genesis: Uint8Array,
  expected?: string,
): Promise<string> {
  decodeGenesis(genesis)
  requireId(genesis, expected)
  const settled = decodeBase64Url(await settings.settle(settingName, encodeBase64Url(genesis)))
  // An `init` that was interrupted may have settled another one.
  requireId(settled, encodeBase64Url(ledgerIdOf(genesis)))
  return encodeBase64Url(ledgerIdOf(settled))
}

function requireId(genesis: Uint8Array, expected: string | undefined): void {
  const actual = encodeBase64Url(ledgerIdOf(genesis))
  if (expected !== undefined && expected !== actual)
    throw ledgerCommandError('ledger-command/other-id', { expected, actual })
}
