import { findNonce, headerOf, Miner } from '@chartseal/emr-ledger/v1'
import type { FromWorker, ToWorker } from '@chartseal/emr-ledger/worker'
import { serveMining } from '@chartseal/emr-ledger/worker'
import { codeOf } from '@chartseal/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { firstDraft } from './helpers.js'

const header = headerOf(firstDraft({ difficulty: 900n }))

/** What a browser calls Worker, with the real body behind it. */
class BrowserWorker {
  static started: { url: string; type: string }[] = []
  static broken = false
  onmessage: (event: { data: FromWorker }) => void = () => {}
  onerror: (event: { message: string }) => void = () => {}
  onmessageerror: () => void = () => {}
  #receive: (message: ToWorker) => void = () => {}

  constructor(url: URL, options: { type: string }) {
    BrowserWorker.started.push({ url: url.pathname, type: options.type })
    serveMining({
      post: data => void setImmediate(() => this.onmessage({ data })),
      listen: onMessage => {
        this.#receive = onMessage
      },
    })
  }

  postMessage(message: ToWorker): void {
    if (BrowserWorker.broken) setImmediate(() => this.onerror({ message: 'the script was not found' }))
    else setImmediate(() => this.#receive(message))
  }

  terminate(): void {}
}

afterEach(() => {
  vi.unstubAllGlobals()
  BrowserWorker.started = []
  BrowserWorker.broken = false
})

// In Node the package starts threads of Node, whatever global Worker there is.
const isWeb = process.env['CHARTSEAL_PLATFORM'] === 'web'

describe('workers of a page', () => {
  it('are module workers of the package, and find the same nonce', async () => {
    vi.stubGlobal('Worker', BrowserWorker)
    using miner = new Miner({ workers: 3 })
    const found = await miner.findNonce(header, { chunkNonces: 20 })
    expect(found).toMatchObject({ nonce: (await findNonce(header)).nonce, workers: 3 })
    expect(BrowserWorker.started).toHaveLength(isWeb ? 3 : 0)
    for (const { url, type } of BrowserWorker.started) {
      expect(url).toMatch(/\/mining\/worker-web\.js$/)
      expect(type).toBe('module')
    }
  })

  it('that do not load are told by name', async () => {
    vi.stubGlobal('Worker', BrowserWorker)
    BrowserWorker.broken = true
    using miner = new Miner({ workers: 2 })
    expect(await codeOf(() => miner.findNonce(header))).toBe(isWeb ? 'ledger/worker-failed' : 'accepted')
  })
})
