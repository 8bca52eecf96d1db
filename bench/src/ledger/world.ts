/** A ledger of version 2 under proof of work of difficulty 1: who signs, and blocks on any block. */
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import type { Clock } from '@chartseal/core/ports'
import {
  type Block,
  blockOf,
  draftBlock,
  encodeClaims,
  type Genesis,
  genesisBlock,
  genesisState,
  headerOf,
  type LedgerRecord,
  type LedgerState,
  type Member,
  medianTimeHeaders,
  memberOf,
  openSeal,
  type ReadHeader,
  recordOf,
  type SealJudge,
  type SealMemory,
  type SealOpener,
  type SigningAlgorithm,
  sealJudge,
  signedBytesOf,
  sortedMembers,
} from '@chartseal/emr-ledger'
import { p256 } from '@noble/curves/nist.js'

const hashOf = (text: string): Uint8Array => defaultEngine().sha256(encodeUtf8(text))
const farAway = 4_000_000_000n
const start = 1_700_000_000n
const blockSeconds = 10

/** Later than every block. */
export const lateClock: Clock = { nowMs: () => 2_000_000_000_000 }

export interface Prescriber {
  readonly member: Member
  sign(bytes: Uint8Array): Uint8Array
}

export function prescriber(algorithm: SigningAlgorithm, number: number): Prescriber {
  const secret = hashOf(`prescriber ${number}`)
  const member = (publicKey: Uint8Array): Member =>
    memberOf({ algorithm, publicKey, roles: ['prescriber', 'registrar'], name: `Prescriber ${number}` })
  if (algorithm === 'Ed25519') {
    const key = new SigningKey(secret)
    return { member: member(verifyingKeyOf(key)), sign: bytes => sign(key, bytes) }
  }
  return {
    member: member(p256.getPublicKey(secret, false)),
    sign: bytes => p256.sign(bytes, secret, { lowS: false }),
  }
}

export function ledgerOf(prescribers: readonly Prescriber[]): Genesis {
  return {
    name: 'Bench',
    timestamp: start,
    roster: { number: 1n, members: sortedMembers(prescribers.map(({ member }) => member)), quorum: 1 },
    seal: { kind: 'pow', firstDifficulty: 1n, blockSeconds, window: 20 },
    legacy: null,
    salt: hashOf('salt'),
  }
}

/** Prescriptions, each by the next of the prescribers. */
export class Scribe {
  readonly #ledger: Uint8Array
  readonly #by: readonly Prescriber[]
  readonly #salt: string
  #made = 0

  /** @param made how many were prescribed before; the same for two histories that part there */
  constructor(genesis: Genesis, by: readonly Prescriber[], salt = '', made = 0) {
    this.#ledger = genesisBlock(genesis).header.ledger
    this.#by = by
    this.#salt = salt
    this.#made = made
  }

  next(): LedgerRecord {
    const i = this.#made++
    const one = this.#by[i % this.#by.length]
    if (one === undefined) throw new Error('internal: nobody prescribes')
    const claimsBytes = encodeClaims({
      kind: 'prescribe',
      ledger: this.#ledger,
      signer: one.member.kid,
      seq: BigInt(Math.floor(i / this.#by.length) + 1),
      authoredOn: start,
      subject: hashOf(`subject ${this.#salt}${i}`),
      body: hashOf(`body ${this.#salt}${i}`),
      reference: '',
      validUntil: farAway,
      quantity: 1 + (i % 9),
    })
    return recordOf(claimsBytes, [{ kid: one.member.kid, signature: one.sign(signedBytesOf(claimsBytes)) }])
  }

  some(count: number): readonly LedgerRecord[] {
    return Array.from({ length: count }, () => this.next())
  }
}

/** The end of a chain that blocks are made on; a value. */
export interface End {
  readonly state: LedgerState
  /** The newest first. */
  readonly headers: readonly ReadHeader[]
  readonly memory: SealMemory
}

export class Mint {
  readonly #genesis: Genesis
  readonly #judge: SealJudge
  readonly zero: End

  constructor(genesis: Genesis) {
    const { header } = genesisBlock(genesis)
    this.#genesis = genesis
    this.#judge = sealJudge(genesis, header)
    this.zero = { state: genesisState(genesis), headers: [header], memory: this.#judge.begin() }
  }

  /** A block of all these records, whose signatures are believed. @throws Error where one is left */
  async block(end: End, records: readonly LedgerRecord[]): Promise<{ block: Block; end: End }> {
    const { state, headers } = end
    const draft = await draftBlock({
      state,
      parents: headers,
      timestamp: (headers[0]?.timestamp ?? start) + BigInt(blockSeconds),
      seal: { difficulty: 1n, sealer: new Uint8Array(32), extra: new Uint8Array(40) },
      pool: records,
      verified: new Set(records.map(({ wtxid }) => encodeHex(wtxid))),
    })
    if (draft.records.length !== records.length)
      throw draft.refused[0]?.error ?? new Error('a record is left')
    const block = blockOf(headerOf(draft.header), new Uint8Array(0), draft.records)
    this.#judge.check(block, end.memory)
    const memory = this.#judge.after(end.memory, block, this.#genesis.roster)
    const newest = [block.header, ...headers].slice(0, medianTimeHeaders)
    return { block, end: { state: draft.state, headers: newest, memory } }
  }

  /** Blocks of `each` records, one on the other. */
  async chain(from: End, count: number, each: number, scribe: Scribe): Promise<readonly Block[]> {
    const blocks: Block[] = []
    for (let end = from; blocks.length < count; ) {
      const made = await this.block(end, scribe.some(each))
      blocks.push(made.block)
      end = made.end
    }
    return blocks
  }
}

/** The keeper of a node; one without a miner follows. */
export const powSeal: SealOpener = ({ genesis, base, notes }) =>
  openSeal({
    genesis,
    block0: genesisBlock(genesis).header,
    base,
    notes,
    // Whatever id comes out meets a difficulty of 1.
    tools: {
      sealer: new Uint8Array(32),
      miner: {
        find: async () => ({ nonce: 0n, blockId: new Uint8Array(32), hashes: 1n, workers: 0 }),
      },
    },
  })
