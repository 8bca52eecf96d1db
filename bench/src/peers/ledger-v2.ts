/** Who verifies records of version 2: the package in whole blocks, its signatures alone, and noble. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import {
  applyBlock,
  type Block,
  decodeBlock,
  findMember,
  type Genesis,
  type LedgerRecord,
  medianTimeHeaders,
  recordOf,
  type SigningAlgorithm,
  signedBytesOf,
  verifyRecordSignatures,
} from '@chartseal/emr-ledger'
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { ledgerOf, Mint, prescriber, Scribe } from '../ledger/world.js'
import { type Contender, costOf, inProcess } from '../measure.js'

export const ownBlocksName = 'emr-ledger, whole blocks'
const ownSignaturesName = 'emr-ledger, signatures alone'
export const nobleV2Name = '@noble/curves, signatures alone'
const v2Blocks = 8
const each = 25
export const v2Records: number = v2Blocks * each

interface World {
  readonly genesis: Genesis
  readonly mint: Mint
  /** The first one holds; in the second a signature is wrong, and nothing else. */
  readonly chains: readonly (readonly Block[])[]
}

async function worldOf(algorithm: SigningAlgorithm): Promise<World> {
  const people = Array.from({ length: 10 }, (_, i) => prescriber(algorithm, i))
  const genesis = ledgerOf(people)
  const mint = new Mint(genesis)
  const records = new Scribe(genesis, people).some(v2Records)
  const wrong = records.map((record, i) => (i === v2Records - 2 ? forged(record) : record))
  return { genesis, mint, chains: [await chainOf(mint, records), await chainOf(mint, wrong)] }
}

async function chainOf(mint: Mint, records: readonly LedgerRecord[]): Promise<readonly Block[]> {
  const blocks: Block[] = []
  let end = mint.zero
  for (let from = 0; from < records.length; from += each) {
    const made = await mint.block(end, records.slice(from, from + each))
    blocks.push(made.block)
    end = made.end
  }
  return blocks
}

function forged({ claimsBytes, signatures }: LedgerRecord): LedgerRecord {
  const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte))
  return recordOf(
    claimsBytes,
    signatures.map(({ kid, signature }) => ({ kid, signature: flip(signature) })),
  )
}

const verdictsOf = (verdicts: readonly boolean[]): Uint8Array =>
  encodeUtf8(verdicts.map(holds => (holds ? '1' : '0')).join(''))

/** From bytes: decoded, hashed, verified, and the state led on to the root that the block names. */
function ownBlocks({ mint, chains }: World): Contender {
  const bytes = chains.map(blocks => blocks.map(block => block.bytes))
  const apply = async (chain: readonly Uint8Array[]): Promise<void> => {
    let { state, headers } = mint.zero
    for (const one of chain) {
      const block = decodeBlock(one)
      state = (await applyBlock(state, headers, block)).state
      headers = [block.header, ...headers].slice(0, medianTimeHeaders)
    }
  }
  const holds = (chain: readonly Uint8Array[]): Promise<boolean> =>
    apply(chain).then(
      () => true,
      () => false,
    )
  return {
    name: ownBlocksName,
    answer: async () => verdictsOf(await Promise.all(bytes.map(holds))),
    work: amount =>
      costOf(async () => {
        for (let i = 0; i < amount; i++) await apply(bytes[0] ?? [])
      }),
  }
}

function ownSignatures({ genesis, chains }: World): Contender {
  const verify = (blocks: readonly Block[]): void => {
    for (const { records, header } of blocks)
      for (const record of records) verifyRecordSignatures(record, genesis.roster, header.height)
  }
  const holds = (blocks: readonly Block[]): boolean => {
    try {
      verify(blocks)
      return true
    } catch {
      return false
    }
  }
  return inProcess(
    ownSignaturesName,
    () => verdictsOf(chains.map(holds)),
    amount => {
      for (let i = 0; i < amount; i++) verify(chains[0] ?? [])
    },
  )
}

function noble({ genesis, chains }: World): Contender {
  const verifies = ({ claims, claimsBytes, signatures }: LedgerRecord): boolean => {
    const member = findMember(genesis.roster, claims.signer)
    const [signed] = signatures
    if (member === null || signed === undefined) return false
    const [message, { publicKey }] = [signedBytesOf(claimsBytes), member]
    if (member.algorithm === 'Ed25519') return ed25519.verify(signed.signature, message, publicKey)
    return p256.verify(signed.signature, message, publicKey, { lowS: false })
  }
  const holds = (blocks: readonly Block[]): boolean => blocks.every(({ records }) => records.every(verifies))
  return inProcess(
    nobleV2Name,
    () => verdictsOf(chains.map(holds)),
    amount => {
      for (let i = 0; i < amount; i++) holds(chains[0] ?? [])
    },
  )
}

export async function v2Contenders(algorithm: SigningAlgorithm): Promise<readonly Contender[]> {
  const world = await worldOf(algorithm)
  return [ownBlocks(world), ownSignatures(world), noble(world)]
}
