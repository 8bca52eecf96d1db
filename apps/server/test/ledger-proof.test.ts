/** Proofs while the chain goes on. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import {
  decodeBundle,
  type Genesis,
  genesisBlock,
  genesisState,
  headerOf,
  type LedgerIndex,
  memberOf,
  memoryIndex,
  type ReadHeader,
  StateTree,
  treeStep,
} from '@chartseal/emr-ledger'
import { describe, expect, it } from 'vitest'
import { bundleOf, type ProofWorld } from '../dist/ledger/proof.js'

const publicKey = verifyingKeyOf(new SigningKey(new Uint8Array(32).fill(1)))
const genesis: Genesis = {
  name: 'Test clinic',
  timestamp: 1_000n,
  roster: {
    number: 1n,
    members: [memberOf({ algorithm: 'Ed25519', publicKey, roles: ['registrar'], name: '' })],
    quorum: 1,
  },
  seal: { kind: 'tlog', origin: 'clinic.example/ledger', logKey: publicKey, witnesses: [], quorum: 0 },
  legacy: null,
  salt: new Uint8Array(32),
}
const block0 = genesisBlock(genesis)
const prescription = new Uint8Array(32).fill(7)
/** Of a state whose nodes are not there any more. */
const older = headerOf({ ...block0.header, height: 4n, stateRoot: new Uint8Array(32).fill(9) })
const newer = headerOf({ ...block0.header, height: 5n })

async function nodes(): Promise<LedgerIndex> {
  const index = memoryIndex()
  const { added } = treeStep(StateTree.empty(), genesisState(genesis).tree)
  await index.write({ nodes: added })
  return index
}

/** What is final: one after the other, each time that it is asked. */
async function worldOf(finals: readonly (ReadHeader | null)[], final = newer): Promise<ProofWorld> {
  let asked = 0
  const finality = () => {
    const header = finals[Math.min(asked++, finals.length - 1)] ?? null
    return header === null ? null : { header, evidence: Uint8Array.of(Number(header.height)) }
  }
  return {
    node: { block: async () => block0.bytes, record: async () => null },
    index: await nodes(),
    keeper: () => ({ final, finality, trail: () => [] }),
  }
}

describe('a proof', () => {
  it('is made of the newer state where the older one was left behind meanwhile', async () => {
    const bundle = await bundleOf(await worldOf([older, newer]), { prescription, from: 0n })
    expect(decodeBundle(bundle ?? new Uint8Array()).evidence).toEqual([Uint8Array.of(5)])
  })

  it('fails where nodes are missing of the newest state', async () => {
    const made = bundleOf(await worldOf([older]), { prescription, from: 0n })
    await expect(made).rejects.toMatchObject({ code: 'ledger/tree-node' })
  })

  it('is of block 0 only as long as nothing more is final', async () => {
    expect(await bundleOf(await worldOf([null]), { prescription, from: 0n })).toBeNull()
    const first = await bundleOf(await worldOf([null], block0.header), { prescription, from: 0n })
    expect(decodeBundle(first ?? new Uint8Array()).evidence).toEqual([new Uint8Array()])
  })
})
