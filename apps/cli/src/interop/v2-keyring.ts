import { SecretBytes } from '@chartseal/core/keys'
import { epochKey, nextLink, parseEpoch } from '@chartseal/kdf-keyring'
import type { Operation, Operations } from './operation.js'

/** From chain(from_epoch) forwards to chain(epoch), and the key and kid of one sender in it. */
const epochKeyOperation: Operation = request => {
  const [from, epoch] = [parseEpoch(request.count('from_epoch')), parseEpoch(request.count('epoch'))]
  if (from > epoch) throw new RangeError('a chain does not run backwards')
  let chain = new SecretBytes(request.hex('chain'))
  for (let at: number = from; at < epoch; at++) {
    const next = nextLink(chain, at)
    chain.wipe()
    chain = next
  }
  const { key, kid } = epochKey(chain, epoch, request.hex('signing_key'), request.count('device'))
  const answer = { key: Uint8Array.from(key.reveal()), kid, chain: Uint8Array.from(chain.reveal()) }
  key.wipe()
  chain.wipe()
  return answer
}

export const keyringV2Operations: Operations = { 'v2-epoch-key': epochKeyOperation }
