/** What a clinic's server is held to. */
import { startOf } from './cases/server.js'
import { clinicServer, depositCase, honoAlone } from './cases/server-deposits.js'
import {
  floodCpu,
  floodLog,
  floodMemory,
  floodUnanswered,
  floodWait,
  quietWait,
} from './cases/server-flood.js'
import { lostRequests } from './cases/server-shutdown.js'
import { soakHeld, soakRss } from './cases/server-soak.js'
import { streamMemory } from './cases/server-streams.js'
import { below, type Gate, half } from './gate.js'

const fact = (id: string, figure: string, unit: Gate['unit'], must: number | null, aim: number): Gate => ({
  ...below('server', figure, unit, must, aim),
  measured: lookup => lookup.fact(id),
})

export const serverGates: readonly Gate[] = [
  {
    ...below('server', 'npm start, warm, until the first answer', 'ms', 3_000, 1_500),
    measured: lookup => lookup.wall('server-start', startOf),
  },
  {
    ...below(
      'server',
      'signed PUT of 2 KiB, durable and logged, 64 callers: CPU time for one',
      'ms',
      2.5,
      1.2,
    ),
    measured: lookup => lookup.cpu(depositCase(64), clinicServer),
  },
  {
    figure: 'the same, vs hono without signature, log and storage',
    group: 'server',
    bound: 'at least',
    unit: 'x',
    must: 0.25,
    aim: 0.5,
    measured: lookup =>
      half(lookup.cpu(depositCase(64), honoAlone), lookup.cpu(depositCase(64), clinicServer), 1),
  },
  fact(streamMemory, 'memory for each idle event stream, 4,000 on one process', 'bytes', 12_288, 8_192),
  fact(lostRequests, 'SIGTERM with 1,000 clients: requests lost after their retries', '', 1, 1),
  fact(soakHeld, '60 s of mixed load: growth of what is held in memory', 'bytes', 4_194_304, 1_048_576),
  fact(soakRss, '60 s of mixed load: growth of the process', 'bytes', 33_554_432, 8_388_608),
  fact(floodUnanswered, 'requests of a device that a flood of bad ones kept from being done', '', 1, 1),
  {
    ...below('server', 'wait of a device, 99 of 100: while 64 connections flood, vs without', 'x', 2, 1.5),
    measured: lookup => half(lookup.fact(floodWait), lookup.fact(quietWait), 1),
  },
  fact(floodCpu, 'a bad request of a flood: CPU time', 'ms', 0.4, 0.2),
  fact(floodMemory, '100,000 bad requests: growth of what is held in memory', 'bytes', 8_388_608, 1_048_576),
  fact(floodLog, '100,000 bad requests: what the log gets', 'bytes', 65_536, 16_384),
]
