/** What `npm run bench -- --gate` holds the figures to. */
import { nothing, starts } from './cases/command-line.js'
import { firstLoadFact, passkeyFact, unlockFact } from './cases/page.js'
import { storeGates } from './cases/records-stores.js'
import { cosigned, unknownKey } from './cases/waiting.js'
import { below, type Gate, half, ratioGate } from './gate.js'
import { conferenceGates } from './gates-conference.js'
import { ledgerGates } from './gates-ledger.js'
import { allMiningGates } from './gates-mining.js'
import { auditGates, chunkedGates, recordGates } from './gates-records.js'
import { serverGates } from './gates-server.js'
import { gfGates } from './gates-shamir.js'

const wasm = 'WASM engine'
const loadingGates: readonly Gate[] = [
  { ...below('loading', '.wasm, raw', 'bytes', 40_000, 30_000), measured: lookup => lookup.fact('wasm-raw') },
  { ...below('loading', '.wasm, gzip', 'bytes', null, 5_000), measured: lookup => lookup.fact('wasm-gzip') },
  {
    ...below('loading', 'making an engine', 'ms', 1, 0.3),
    measured: lookup => lookup.cpu('instantiate', wasm),
  },
  {
    ...below('loading', 'fresh process, first import to the nonce of the notebook', 'ms', 20, 10),
    measured: lookup => lookup.cpu('cold-start', 'core/engine alone'),
  },
]

const startLimits = [
  [3, 1.8],
  [4, 2.5],
  [6, 4],
] as const

const commandLineGates: readonly Gate[] = starts.map((name, i) => {
  const [must, aim] = startLimits[i] ?? [null, 1]
  return {
    ...below('command-line', `chartseal ${name}, a whole process, vs ${nothing}`, 'x', must, aim),
    measured: lookup => half(lookup.cpu('command-line', name), lookup.cpu('command-line', nothing), 1),
  }
})

const waitingGates: readonly Gate[] = [
  {
    ...below('waiting', 'a message under an unknown key, until it is refused', 'ms', 5, 1),
    measured: lookup => lookup.cpu('unknown-key', unknownKey),
  },
  {
    ...below('waiting', 'an entry and its checkpoint with four witnesses in process', 'ms', 6, 2),
    measured: lookup => lookup.cpu('append-cosigned', cosigned),
  },
]

const pageGates: readonly Gate[] = [
  {
    ...below('page', 'page: unlock to a thread of 500 messages on screen, Chromium', 'ms', 1_000, 500),
    measured: lookup => lookup.fact(unlockFact),
  },
  {
    ...below('page', 'the same, unlocked with a passkey', 'ms', 1_000, 500),
    measured: lookup => lookup.fact(passkeyFact),
  },
  {
    ...below('page', 'first load of the page, gzip', 'bytes', 130_000, 100_000),
    measured: lookup => lookup.fact(firstLoadFact),
  },
]

const jsEngine = 'JS engine'

/** WASM against our own JavaScript, every call of the engine. */
const engineGates: readonly Gate[] = [
  ...[0, 25].map(records => engineGate(`mining, ${records} records`, 'mining', `mining-${records}`)),
  engineGate('SHA-256 of 64 B', 'sha256', 'sha256-64'),
  engineGate('SHA-256 of 1 KiB', 'sha256', 'sha256-1024'),
  engineGate('SHA-256 of 1 MiB', 'sha256', 'sha256-1048576'),
  engineGate('SHA-256 of 1 MiB in pieces', 'sha256', 'sha256-pieces'),
  engineGate('GF(256) multiply, 32 B', 'gf256', 'gf-multiply-32'),
  engineGate('GF(256) multiply, 1 KiB', 'gf256', 'gf-multiply-1024'),
  engineGate('GF(256) multiply, 1 MiB', 'gf256', 'gf-multiply-1048576'),
]

function engineGate(what: string, group: string, caseId: string): Gate {
  return {
    figure: `${what}, vs our JS engine`,
    group,
    bound: 'at least',
    unit: 'x',
    must: null,
    aim: null,
    measured: lookup => lookup.ratio(caseId, wasm, jsEngine),
  }
}

const auditVerifyGates: readonly Gate[] = [
  {
    figure: '10^6 audit entries verified deeply, CPU time',
    group: 'audit-verify',
    bound: 'below',
    unit: 's',
    must: 30,
    aim: 10,
    measured: lookup => lookup.fact('deep-seconds-1000000'),
  },
  ratioGate(
    'deep verification vs hashing alone with node:crypto',
    'audit-verify',
    [1, 2],
    ['audit-verify-deep', 'WASM engine', 'node:crypto'],
  ),
]

/** Our two engines come first: what a reader of the README can change. */
export const gates: readonly Gate[] = [
  ...engineGates,
  ...auditGates,
  ...allMiningGates,
  ...gfGates,
  ...loadingGates,
  ...commandLineGates,
  ...waitingGates,
  ...serverGates,
  ...storeGates,
  ...pageGates,
  ...auditVerifyGates,
  ...chunkedGates,
  ...recordGates,
  ...conferenceGates,
  ...ledgerGates,
]
