/** Another node of the ledger, over HTTP. What it says is checked by the node that asks. */
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { LedgerPeer, PeerHeader, PeerTip } from '@chartseal/emr-ledger'
import { ledgerInfo, serverGet } from '../server.js'
import { decodeHeaders, decodeList } from './lists.js'

const mostHeaders = 1_000

export function httpPeer(origin: URL): LedgerPeer {
  const get = serverGet(origin)
  return {
    async tip(): Promise<PeerTip> {
      const { tip } = await ledgerInfo(get)
      return { id: decodeBase64Url(tip.id), height: BigInt(tip.height) }
    },
    async headers(from: bigint, limit: number): Promise<readonly PeerHeader[]> {
      return decodeHeaders(await get(`/headers?from=${from}&limit=${Math.min(limit, mostHeaders)}`))
    },
    async block(id) {
      try {
        return await get(`/blocks/${encodeBase64Url(id)}`)
      } catch (error) {
        if (error instanceof ChartsealError && error.code === 'ledger-node/missing') return null
        throw error
      }
    },
    evidence: async () => decodeList(await get('/evidence')),
    pending: async () => decodeList(await get('/pending')),
  }
}
