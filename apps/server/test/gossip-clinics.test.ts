/** Gossip between two clinics, as their servers run it. */
import { systemRandom } from '@chartseal/core/system'
import { patience } from '@chartseal/testkit'
import { expect, it, onTestFinished, vi } from 'vitest'
import { dataPaths } from '../dist/data-folder.js'
import { peerIdIn } from '../dist/gossip/key.js'
import { createListener, defaultLimits, listen } from '../dist/listen.js'
import { createMetrics } from '../dist/metrics.js'
import { makeClinic, type TestClinic, testClinic } from './api-world.js'
import { run } from './command-run.js'
import { anyPort } from './gossip-loopback.js'
import { joined, there } from './joined-world.js'
import { prescribe } from './ledger-world.js'

const peerIn = (folder: string): Promise<string> => peerIdIn(dataPaths(folder), systemRandom)

/** A clinic that seals, and one that takes part and pulls from nobody. */
async function twoClinics(): Promise<{ readonly north: TestClinic; readonly south: TestClinic }> {
  const folder = await makeClinic()
  const before = await testClinic({ folder })
  const other = await joined(url => before.ask('GET', url.slice(there.length)))
  await before.clinic.close()
  const north = await testClinic({
    folder,
    gossip: { listen: anyPort, peers: [`/p2p/${await peerIn(other)}`] },
  })
  const peers = north.clinic.ledger.gossip?.addresses ?? []
  const south = await testClinic({ folder: other, gossip: { listen: anyPort, peers } })
  return { north, south }
}

async function statusOf({ app }: TestClinic): Promise<string> {
  const server = createListener((request, env) => app.fetch(request, env), defaultLimits)
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { code, out } = await run('ledger', 'status', '--port', `${await listen(server, '127.0.0.1', 0)}`)
  expect(code).toBe(0)
  return out
}

it('what one clinic is given and seals is at the other one, which pulls from nobody, and both say that they gossip', async () => {
  const { north, south } = await twoClinics()
  await vi.waitFor(() => expect(north.clinic.ledger.gossip?.peers).toEqual({ named: 1, there: 1 }), patience)
  const doctor = await north.enrol('doctor')
  const { ledger } = north.clinic
  await ledger.beat()
  const order = await prescribe({ ledger: ledger.node.id, device: doctor, seq: 1n }, 1)
  await ledger.submit(order.bytes)
  await ledger.beat()
  const { node } = south.clinic.ledger
  await vi.waitFor(() => expect(node.final).toEqual(ledger.node.final), patience)
  expect((await node.prescription(order.txid))?.final).toMatchObject({ status: 'ready' })
  const sealing = await (await south.ask('GET', '/v1/ledger/sealing')).json()
  expect(sealing.gossip).toMatchObject({ named: 1, there: 1, rejected: 0 })
  expect(sealing.gossip.accepted).toBeGreaterThan(0)
  expect(await statusOf(south)).toMatch(/^gossip +1 of 1 hear it$/m)
  const { server } = await createMetrics(south.clinic)
  onTestFinished(() => void server.close())
  const text = await (await fetch(`http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}/metrics`)).text()
  expect(text).toMatch(/^chartseal_ledger_gossip_peers 1$/m)
  expect(text).toMatch(/^chartseal_ledger_gossip_blocks [1-9]/m)
})

it('a clinic has no gossip, and no key of it, unless its settings ask for it', async () => {
  const clinic = await testClinic()
  expect(clinic.clinic.ledger.gossip).toBeNull()
  expect(await (await clinic.ask('GET', '/v1/ledger/sealing')).json()).toMatchObject({ gossip: null })
  expect(await statusOf(clinic)).not.toMatch(/gossip/)
})

it('the command that says the id of a node says the same again', async () => {
  const folder = await makeClinic()
  const said = await run('ledger', 'gossip', '--data', folder)
  expect(said).toMatchObject({ code: 0, out: `/p2p/${await peerIn(folder)}\n` })
  expect(said.out).toMatch(/^\/p2p\/12D3KooW\w{44}\n$/)
})
