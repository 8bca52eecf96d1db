/** Gates of chunked encryption and of the audit log. */
import { auditName, limitName } from './cases/audit-append.js'
import { below, type Gate, half } from './gate.js'
import type { Lookup } from './lookup.js'

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
