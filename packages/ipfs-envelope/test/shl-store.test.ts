import { memoryShlStore } from '@chartseal/ipfs-envelope/shl'
import { shlStoreSuite } from '@chartseal/testkit'

shlStoreSuite('memory', async () => {
  const store = memoryShlStore()
  return { store, put: link => store.putLink(link), end: (id, atMs) => store.endLink(id, atMs) }
})
