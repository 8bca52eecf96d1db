import { findNonce, headerOf, Miner } from '@chartseal/emr-ledger/v1'
import type { FromWorker, ToWorker } from '@chartseal/emr-ledger/worker'
import { serveMining } from '@chartseal/emr-ledger/worker'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { firstDraft } from './helpers.js'

const header = headerOf(firstDraft({ difficulty: 900n }))

/** What a browser calls Worker, with the real body behind it. */
class BrowserWorker {
  static started: { url: string; type: string }[] = []
  static broken: { message?: string } | null = null
  onmessage: (event: { data: FromWorker }) => void = () => {}
  onerror: (event: { message?: string }) => void = () => {}
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
    const { broken } = BrowserWorker
    if (broken !== null) setImmediate(() => this.onerror(broken))
    else setImmediate(() => this.#receive(message))
  }

  terminate(): void {}
}

afterEach(() => {
  vi.unstubAllGlobals()
  BrowserWorker.started = []
  BrowserWorker.broken = null
})

// In Node the package starts threads of Node, whatever global Worker there is.
const isWeb = process.env['CHARTSEAL_PLATFORM'] === 'web'

describe('workers of a page', () => {
  it('starts module workers of the package, which find the same nonce', async () => {
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

  // Chromium sends the second for a script that is not there or that a policy forbids (bench/browser sees it).
  it.each([
    [{ message: 'SyntaxError' }, 'SyntaxError'],
    [{}, 'its script could not be loaded'],
  ])('reports workers that fail with %j by their code, with a reason', async (event, reason) => {
    vi.stubGlobal('Worker', BrowserWorker)
    BrowserWorker.broken = event
    using miner = new Miner({ workers: 2 })
    const search = miner.findNonce(header)
    if (!isWeb) return expect((await search).workers).toBe(2)
    await expect(search).rejects.toMatchObject({ code: 'ledger/worker-failed', context: { reason } })
  })
})
