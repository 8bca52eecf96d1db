/** Frozen blocks, trees and proofs of version 2, and what is refused of them. */
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { JsonObject } from '@chartseal/core/json'
import { agree, type CaseRunner } from '@chartseal/core/vectors'
import { applyBlock } from '../v2/apply.js'
import { decodeBlock, encodeBlock, recordProof, verifyRecordProof } from '../v2/block.js'
import { genesisBlock } from '../v2/draft.js'
import { decodeGenesis } from '../v2/genesis.js'
import { decodeHeader, encodeHeader, type ReadHeader } from '../v2/header.js'
import { genesisState, type LedgerState } from '../v2/ledger-state.js'
import { StateTree } from '../v2/state-tree.js'
import { decodeStateProof, encodeStateProof, proveState, verifyStateProof } from '../v2/tree-proof.js'

/** By `what`; a case with `code` is refused with it, any other is accepted and says what it holds. */
export const ledgerBlocksV2: CaseRunner = (testCase, context) => {
  const what = testCase.text('what')
  const judge = judges.find(([name]) => name === what)?.[1]
  if (judge === undefined) throw new Error(`no judge for ${what}`)
  return judge(testCase, context)
}

const header: CaseRunner = async (testCase, { engine }) => {
  const bytes = testCase.hex('header')
  const read = await taken(testCase, async () => decodeHeader(bytes, engine))
  if (read === null) return
  agree('the header, read and written', encodeHeader(read), bytes)
  agree('the id', encodeHex(read.id), testCase.text('id'))
  for (const name of ['height', 'timestamp', 'difficulty', 'nonce'] as const)
    agree(name, String(read[name]), testCase.text(name))
}

interface Tip {
  readonly state: LedgerState
  /** The newest first. */
  readonly headers: readonly ReadHeader[]
}

/** Blocks on top of that of the genesis, all but the last of them valid; the last is judged. */
const chain: CaseRunner = async (testCase, { file, engine }) => {
  const genesis = decodeGenesis(file.hex('genesis'))
  const first = genesisBlock(genesis)
  agree('block 0', encodeHex(first.bytes), file.text('block_0'))
  let tip: Tip = { state: genesisState(genesis, undefined, engine), headers: [first.header] }
  const blocks = testCase.texts('blocks').map(decodeHex)
  for (const bytes of blocks.slice(0, -1)) tip = await after(tip, bytes)
  const last = blocks.at(-1) ?? new Uint8Array()
  const reached = await taken(testCase, () => after(tip, last))
  if (reached === null) return
  agree('the state root', encodeHex(reached.state.root), testCase.text('state_root'))
  agree('the block, read and written', encodeBlock(decodeBlock(last)), last)
}

async function after({ state, headers }: Tip, bytes: Uint8Array): Promise<Tip> {
  const block = decodeBlock(bytes)
  const applied = await applyBlock(state, headers, block)
  return { state: applied.state, headers: [block.header, ...headers] }
}

/** What a tree of these entries, a key and a value each, proves about a key. */
const stateProof: CaseRunner = (testCase, { engine }) => {
  const entries = testCase.objects('entries').map(one => ({ key: one.hex('key'), value: one.hex('value') }))
  const [tree, key] = [StateTree.empty(undefined, engine).with(entries), testCase.hex('key')]
  agree('the root', encodeHex(tree.root), testCase.text('root'))
  agree(
    'the root, one by one',
    encodeHex(entries.reduce(grown, StateTree.empty(undefined, engine)).root),
    testCase.text('root'),
  )
  agree('the proof', encodeHex(encodeStateProof(proveState(tree, key))), testCase.text('proof'))
}

const grown = (tree: StateTree, entry: { readonly key: Uint8Array; readonly value: Uint8Array }): StateTree =>
  tree.with([entry])

/** A claim about a key: proven, or not. */
const stateClaim: CaseRunner = async (testCase, { engine }) => {
  const value = testCase.has('value') ? testCase.hex('value') : null
  const [root, key, bytes] = [testCase.hex('root'), testCase.hex('key'), testCase.hex('proof')]
  const proof = await taken(testCase, async () => decodeStateProof(bytes))
  if (proof !== null)
    agree('the verdict', verifyStateProof(root, key, value, proof, engine), testCase.boolean('valid'))
}

/** The proof of one record of a block. */
const recordPath: CaseRunner = (testCase, { engine }) => {
  const block = decodeBlock(testCase.hex('block'))
  const place = testCase.count('place')
  const proof = recordProof(block, place, engine)
  agree('the proof', proof.map(encodeHex).join(), testCase.texts('proof').join())
  const wtxid = block.records[place]?.wtxid ?? new Uint8Array()
  agree('the verdict', verifyRecordProof(block.header.recordsRoot, wtxid, proof, engine), true)
}

const judges: readonly (readonly [string, CaseRunner])[] = [
  ['header', header],
  ['chain', chain],
  ['state proof', stateProof],
  ['state claim', stateClaim],
  ['record proof', recordPath],
]

/** What `attempt` gives; `null` where it was to be refused, and was. */
async function taken<Result>(testCase: JsonObject, attempt: () => Promise<Result>): Promise<Result | null> {
  const expected = testCase.has('code') ? testCase.text('code') : null
  try {
    const result = await attempt()
    agree('the code', null, expected)
    return result
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    agree('the code', error.code, expected)
    return null
  }
}
