import { patience } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import { HttpPeer, type PeerFetch } from '../dist/ledger/http-peer.js'
import { decodeHeaders, decodeList, encodeHeaders, encodeList } from '../dist/ledger/wire.js'
import { type TestClinic, testClinic } from './api-world.js'
import { joined, there } from './joined-world.js'
import { prescribe } from './ledger-world.js'

/** Asks another clinic of this process. */
const asking =
  ({ ask }: TestClinic): PeerFetch =>
  url =>
    ask('GET', url.slice(there.length))

/** Asks nobody. */
const answering =
  (answer: () => Response): PeerFetch =>
  async () =>
    answer()

async function prescribed(clinic: TestClinic) {
  const doctor = await clinic.enrol('doctor')
  const { ledger } = clinic.clinic
  await ledger.beat()
  const order = await prescribe({ ledger: ledger.node.id, device: doctor, seq: 1n }, 1)
  await ledger.submit(order.bytes)
  await ledger.beat()
  return order
}

describe('a node that takes part in the ledger of another clinic', () => {
  it('pulls what that one sealed, with what says that it is final, and seals nothing itself', async () => {
    const other = await testClinic()
    const order = await prescribed(other)
    const folder = await joined(asking(other))
    const here = await testClinic({
      folder,
      peers: [there],
      peerFetch: asking(other),
      ledgerTimer: true,
    })
    const { ledger } = here.clinic
    await vi.waitFor(() => expect(ledger.node.final).toEqual(other.clinic.ledger.node.final), patience)
    expect((await ledger.node.prescription(order.txid))?.final).toMatchObject({ status: 'ready' })
    expect([await ledger.seals(), ledger.peers]).toEqual([false, { named: 1, there: 1 }])
  })

  it('takes nothing from a node of another ledger, and says so once', async () => {
    const [one, other] = [await testClinic(), await testClinic()]
    const faults = vi.fn()
    const here = await testClinic({
      folder: await joined(asking(one)),
      peers: [there],
      peerFetch: asking(other),
      ledgerTimer: true,
      onLedgerFault: faults,
    })
    await vi.waitFor(() => expect(faults).toHaveBeenCalledOnce(), patience)
    expect(faults).toHaveBeenCalledWith(expect.objectContaining({ code: 'peer/other-ledger' }))
    expect(here.clinic.ledger.peers.there).toBe(0)
  })
})

describe('what another node answers', () => {
  const { signal } = new AbortController()
  const peer = (answer: () => Response) => new HttpPeer(there, new Uint8Array(32), answering(answer), signal)

  it('is bounded, and must be of this interface', async () => {
    const id = new Uint8Array(32)
    expect(await peer(() => new Response('', { status: 404 })).block(id)).toBeNull()
    const busy = peer(() => new Response('', { status: 503 }))
    await expect(busy.block(id)).rejects.toMatchObject({ code: 'peer/answer' })
    const flood = peer(() => new Response(new Uint8Array(6_000_000)))
    await expect(flood.block(id)).rejects.toMatchObject({ code: 'peer/too-large' })
    const words = peer(() => new Response('no CBOR'))
    await expect(words.pending()).rejects.toMatchObject({ code: 'peer/malformed' })
    await expect(words.headers(0n, 9)).rejects.toMatchObject({ code: 'peer/malformed' })
    const pairs = peer(() => new Response(new Uint8Array(encodeList([id], 99))))
    await expect(pairs.headers(0n, 9)).rejects.toMatchObject({ code: 'peer/malformed' })
  })

  it('is a list of as many as there is room for, at least one', () => {
    const items = [1, 2, 3].map(fill => new Uint8Array(10).fill(fill))
    expect(decodeList(encodeList(items, 25))).toEqual(items.slice(0, 2))
    expect(decodeList(encodeList(items, 1))).toEqual(items.slice(0, 1))
    const headers = items.map(header => ({ header, seal: new Uint8Array(2) }))
    expect(decodeHeaders(encodeHeaders(headers, 30))).toEqual(headers.slice(0, 2))
  })
})
