/** Gates of chunked encryption, of shared records and of the audit log. */
import { auditName, limitName } from './cases/audit-append.js'
import { ageLibraryName, ageProgramName, ownFileName } from './cases/records-files.js'
import { openingName } from './cases/records-opening.js'
import { ownStreamName } from './cases/records-streams.js'
import { below, type Gate, half, type Limits } from './gate.js'
import type { Lookup } from './lookup.js'
import { oneCall } from './peers/ciphers.js'
import { libraryName, ownName } from './peers/hpke.js'

const cipher = 'core/chunked'

/** Against what keeps all of a value in memory and has one tag; reported only. */
export const chunkedGates: readonly Gate[] = [
  ...[
    ['sealing 64 MiB', 'chunked-seal'],
    ['opening 64 MiB', 'chunked-open'],
    ['sealing a stream of 64 MiB', 'stream-seal'],
    ['opening a stream of 64 MiB', 'stream-open'],
    ['opening 1 MiB out of 64', 'chunked-range'],
  ].map(([what = '', caseId = '']) => chunkedGate(what, caseId)),
  {
    figure: 'most memory in use by a stream of 10 GiB, sealed and opened',
    group: 'chunked',
    bound: 'below',
    unit: 'bytes',
    must: null,
    aim: 2 ** 24,
    measured: lookup => lookup.fact('stream-memory'),
  },
]

function chunkedGate(what: string, caseId: string): Gate {
  return {
    figure: `${what}, vs AES-256-GCM in one call`,
    group: 'chunked',
    bound: 'at least',
    unit: 'x',
    must: null,
    aim: 0.6,
    measured: lookup => lookup.ratio(caseId, cipher, 'node:crypto'),
  }
}

/** Waiting for the disk is what counts, so these go by the clock on the wall. */
export const auditGates: readonly Gate[] = [
  ...[1, 16, 256].map(callers => ({
    figure: `durable appends, ${callers} callers, vs ${limitName}`,
    group: 'audit',
    bound: 'at least' as const,
    unit: 'x' as const,
    must: callers === 256 ? 0.3 : null,
    aim: callers === 256 ? 0.5 : null,
    measured: (lookup: Lookup) =>
      half(lookup.wall(`append-${callers}`, auditName), lookup.wall(`append-${callers}`, limitName), 1),
  })),
  {
    ...below('audit', 'a million entries, memory for each', 'bytes', 100, 50),
    measured: lookup => lookup.fact('million-memory'),
  },
]

const grantGate = (
  figure: string,
  caseId: string,
  theirs: string,
  [must, aim]: Limits,
  node?: string,
): Gate => ({
  figure,
  group: 'records',
  ...(node === undefined ? {} : { node }),
  bound: 'at least',
  unit: 'x',
  must,
  aim,
  measured: lookup => lookup.ratio(caseId, ownName, theirs),
})

/** By the clock: what the second core does counts as well. */
const clockGate = (
  figure: string,
  caseId: string,
  ours: string,
  theirs: string,
  [must, aim]: Limits,
): Gate => ({
  figure,
  group: 'records',
  bound: 'at least',
  unit: 'x',
  must,
  aim,
  measured: lookup => half(lookup.wall(caseId, ours), lookup.wall(caseId, theirs), 1),
})

export const recordGates: readonly Gate[] = [
  grantGate(
    'grants for 10,000 X25519 recipients, vs @hpke/core at its best',
    'grants-x25519',
    `${libraryName}: @hpke/core`,
    [4, 6],
  ),
  grantGate(
    'grants for 10,000 X-Wing recipients, vs the best library',
    'grants-xwing',
    libraryName,
    [2, 4],
    '24',
  ),
  {
    ...below('records', 'open as recipient 10,000 of 10,000, X25519', 'ms', 5, 2),
    measured: lookup => lookup.cpu('open-as-last', openingName),
  },
  ...['seal', 'open'].flatMap(way => [
    clockGate(
      `${way} a stream of 1 GiB, vs AES-256-GCM in one call, by the clock`,
      `gibibyte-${way}`,
      ownStreamName,
      oneCall.name,
      [0.6, 0.9],
    ),
    clockGate(
      `${way} a file of 128 MiB, vs age-encryption, by the clock`,
      `file-${way}`,
      ownFileName,
      ageLibraryName,
      [4, 6],
    ),
    clockGate(
      `${way} a file of 128 MiB, vs the program age, by the clock`,
      `file-${way}`,
      ownFileName,
      ageProgramName,
      [0.5, 1],
    ),
  ]),
]
