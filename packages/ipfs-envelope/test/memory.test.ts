/** What is in use, garbage collected first, while a revocation stores the new blob. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { BlobStore } from '@chartseal/core/ports'
import { openFolderBlobStore } from '@chartseal/ipfs-envelope/fs'
import { getEnvelope, putEnvelope, revokeAccess } from '@chartseal/ipfs-envelope/v1'
import { expect, it } from 'vitest'
import { person } from './people.js'
import { freshFolder } from './stores.js'

const recordBytes = 16 * 2 ** 20

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

function inUse(): number {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

it('revokes with the new ciphertext alone in memory: plaintext and old blob are free', async () => {
  const alice = await person('alice')
  const store = await openFolderBlobStore(await freshFolder())
  const old = await putEnvelope(store, new Uint8Array(recordBytes).fill(3), [alice.recipient])
  const start = inUse()
  let most = 0
  const watched: BlobStore = {
    put: content => {
      most = inUse() - start
      return store.put(content)
    },
    get: cid => store.get(cid),
    has: cid => store.has(cid),
    delete: cid => store.delete(cid),
  }
  const revocation = { package: old, identity: alice.named, keep: [alice.recipient], save: async () => {} }
  const fresh = await revokeAccess({ ...revocation, store: watched })
  expect(most).toBeGreaterThan(0.9 * recordBytes)
  expect(most).toBeLessThan(1.5 * recordBytes)
  expect((await getEnvelope(store, fresh, alice.named)).length).toBe(recordBytes)
})
