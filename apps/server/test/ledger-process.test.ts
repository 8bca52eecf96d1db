/** The ledger of a real server: killed while it seals, and two servers that pull from each other. */
import { once } from 'node:events'
import { join } from 'node:path'
import { decodeBase64Url } from '@chartseal/core/encoding'
import { patience } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  type Ask,
  dispense,
  ledgerOf,
  prescribe,
  put,
  putFinal,
  standing,
  untilFinal,
} from './ledger-world.js'
import { Caller, origin, runServer, type ServerProcess, startServer } from './server-process.js'
import { emptyFolder, emptyTarget } from './store-world.js'

const asking =
  (caller: Caller): Ask =>
  async (method, path, body) => {
    const { status, body: text } = await caller.send(method, path, body)
    return { status, body: JSON.parse(text) }
  }

async function started(data: string, flags: readonly string[] = []): Promise<ServerProcess> {
  const server = await startServer(data, flags)
  onTestFinished(async () => {
    if (server.child.exitCode !== null || server.child.signalCode !== null) return
    server.child.kill('SIGKILL')
    await once(server.child, 'exit')
  })
  return server
}

/** A demo clinic prints a link for each; for others the operator makes one beside the running server. */
function linksOf(server: ServerProcess, role: string, { data, flags }: Place): string {
  if (flags.length === 0) return server.printed().slice(server.printed().indexOf(`  ${role}`))
  return runServer('invite', ['--role', role, '--data', data, '--origin', origin, ...flags])
}

async function enrolled(server: ServerProcess, role: string, place: Place): Promise<Caller> {
  const caller = new Caller(server)
  await caller.enrol(/#invite=(\S{43})/.exec(linksOf(server, role, place))?.[1] ?? '')
  return caller
}

interface Place {
  readonly data: string
  readonly flags: readonly string[]
}

/** Flags that place the clinic on the database under test, and what was done for that. */
async function emptyPlace(): Promise<Place> {
  const target = await emptyTarget()
  const data = join(emptyFolder(), 'clinic')
  if (!('url' in target)) return { data, flags: [] }
  const flags = ['--database-url', target.url]
  runServer('init', ['--name', 'North Street', '--data', data, '--origin', origin, ...flags])
  return { data, flags }
}

describe('the ledger of a server that is killed', () => {
  it('keeps what it acknowledged, and gives out no unit twice', async () => {
    const place = await emptyPlace()
    const { data, flags } = place
    const server = await started(data, flags)
    const doctor = await enrolled(server, 'doctor', place)
    const pharmacist = await enrolled(server, 'pharmacist', place)
    const [byDoctor, byPharmacist] = [asking(doctor), asking(pharmacist)]
    const ledger = await ledgerOf(byDoctor)
    const order = await prescribe({ ledger, device: doctor.device, seq: 1n }, 2)
    await putFinal(byDoctor, order)
    const writing = { ledger, device: pharmacist.device }
    const first = await dispense({ ...writing, seq: 1n }, order.txid, order.txid, 1)
    await vi.waitFor(async () => expect((await put(byPharmacist, first)).status).toBe(200), patience)
    // It was acknowledged; whether a block has it already does not matter.
    server.child.kill('SIGKILL')
    await server.ended
    const again = await started(data, flags)
    for (const caller of [doctor, pharmacist]) caller.port = again.port
    await untilFinal(byPharmacist, first)
    expect((await standing(byDoctor, order)).prescription).toMatchObject({ status: 'partly', dispensed: 1 })
    const second = await dispense({ ...writing, seq: 2n }, order.txid, order.txid, 1)
    expect(await put(byPharmacist, second)).toMatchObject({
      status: 409,
      body: { code: 'ledger/stale-change' },
    })
    const tooMany = await dispense({ ...writing, seq: 2n }, order.txid, first.txid, 2)
    expect(await put(byPharmacist, tooMany)).toMatchObject({ body: { code: 'ledger/too-many-units' } })
    expect(decodeBase64Url((await standing(byDoctor, order)).prescription?.last ?? '')).toEqual(first.txid)
  })
})
