/** A conference of thousands, each with a handshake of their own: they come at once, the server is killed, they are held. */
import type { Fact } from '../facts.js'
import { Gathering } from '../load/gathering.js'
import { childrenOf, residentOf } from '../load/process-usage.js'
import { stuckFacts } from '../load/stuck.js'
import { floodFacts } from '../load/unwelcome.js'
import { hasRelays } from './server-process.js'

export const joinFact = 'load-join'
export const killedFact = 'load-killed'
export const heldFact = 'load-sessions'
export const heldBytesFact = 'load-session-bytes'

const patients = 10_000
const processes = 4
const texts = 3
/** Of them so many decrypt everything. */
const heldPatients = 500
/** What one process takes, as each has 20,000 descriptors; children have theirs. */
const heldOnOne = 19_500
const heldOnRelays = 24_000
const relays = 2
const atOnce = 1_000

const seconds = (ms: number): number => Math.round(ms / 10) / 100

/** All come at once; and once more when the server was killed. */
async function comings(): Promise<readonly Fact[]> {
  const gathering = await Gathering.start({ patients, processes })
  try {
    const usedBefore = await gathering.scene.server.usage()
    const joinedMs = await gathering.joined()
    const used = (await gathering.scene.server.usage()) - usedBefore
    await gathering.said(texts)
    const { backMs, startMs } = await gathering.outage(() => gathering.scene.killed())
    await gathering.said(texts)
    const all = patients.toLocaleString('en')
    return [
      {
        id: joinFact,
        title: `${all} patients join at once: until all are in the group`,
        value: seconds(joinedMs),
        unit: 's',
      },
      {
        id: 'load-join-cpu',
        title: 'the same: CPU time of the server',
        value: seconds(used * 1e3),
        unit: 's',
      },
      {
        id: killedFact,
        title: `SIGKILL with ${all}: until all are back and have everything, once`,
        value: seconds(backMs),
        unit: 's',
      },
      {
        id: 'load-killed-start',
        title: 'the same: until the server was there again',
        value: seconds(startMs),
        unit: 's',
      },
    ]
  } finally {
    await gathering.end()
  }
}

/** Bytes of the server's processes: collected where it can be asked for, in one process. */
async function bytesOf({ scene }: Gathering): Promise<number> {
  const { server } = scene
  const own = (await server.memory()).rss
  return childrenOf(server.pid).reduce((sum, child) => sum + residentOf(child), own)
}

async function held(): Promise<readonly Fact[]> {
  const withRelays = await hasRelays()
  const count = withRelays ? heldOnRelays : heldOnOne
  const flags = withRelays ? ['--relays', `${relays}`] : []
  const gathering = await Gathering.start({
    flags,
    processes,
    patients: heldPatients,
    members: count - heldPatients,
  })
  try {
    const before = await bytesOf(gathering)
    await gathering.joinedInTurn(atOnce)
    await gathering.said(texts)
    const each = Math.round(((await bytesOf(gathering)) - before) / count)
    const where = withRelays ? `${relays} relays` : 'one process'
    return [
      {
        id: heldFact,
        title: `sessions held, ${where}; ${heldPatients} decrypt everything, the others look at numbers`,
        value: count,
        unit: '',
      },
      { id: heldBytesFact, title: 'the same: memory of the server for each', value: each, unit: 'bytes' },
    ]
  } finally {
    await gathering.end()
  }
}

export async function loadFacts(): Promise<readonly Fact[]> {
  return [...(await comings()), ...(await held()), ...(await stuckFacts()), ...(await floodFacts())]
}
