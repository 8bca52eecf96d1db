import { headerOf, memoryIndex } from '@chartseal/emr-ledger'
import { ledgerIndexSuite } from '@chartseal/testkit'

ledgerIndexSuite('in memory', {
  make: async () => memoryIndex(),
  header: (height, salt) =>
    headerOf({
      ledger: new Uint8Array(32).fill(1),
      height,
      previous: new Uint8Array(32),
      recordsRoot: new Uint8Array(32),
      stateRoot: new Uint8Array(32),
      timestamp: 1_000n + height,
      difficulty: 2n ** 100n,
      sealer: new Uint8Array(32),
      extra: new Uint8Array(40).fill(salt),
      nonce: 2n ** 63n,
    }),
})
