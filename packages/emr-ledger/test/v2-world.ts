import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeHex } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import {
  type Claims,
  encodeClaims,
  encodeGenesis,
  type Genesis,
  type LedgerRecord,
  ledgerIdOf,
  type Member,
  type MemberRole,
  memberOf,
  type Order,
  type Roster,
  recordOf,
  signedBytesOf,
  sortedMembers,
  type TreeNodes,
} from '@chartseal/emr-ledger'

/** Of a giving out. */
export const salt16: Uint8Array = new Uint8Array(16).fill(0x33)
export const bytes32 = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)
const engine = defaultEngine()

/** Whoever signs in a test. */
export class Person {
  readonly key: SigningKey
  readonly member: Member

  constructor(seed: number, roles: readonly MemberRole[], until: bigint | null = null) {
    this.key = new SigningKey(engine.sha256(Uint8Array.of(seed, seed >> 8)))
    this.member = memberOf({
      algorithm: 'Ed25519',
      publicKey: verifyingKeyOf(this.key),
      roles,
      name: `person ${seed}`,
      until,
    })
  }

  get kid(): Uint8Array {
    return this.member.kid
  }
}

export function rosterOf(people: readonly Person[], number = 1n): Roster {
  return { number, members: sortedMembers(people.map(({ member }) => member)), quorum: 1 }
}

export function genesisOf(people: readonly Person[]): Genesis {
  return {
    name: 'Test ledger',
    timestamp: 1_000n,
    roster: rosterOf(people),
    seal: { kind: 'pow', firstDifficulty: 1n, blockSeconds: 10, window: 20 },
    legacy: null,
    salt: bytes32(9),
  }
}

export const ledgerOf = (people: readonly Person[]): Uint8Array =>
  ledgerIdOf(encodeGenesis(genesisOf(people)))

export const order: Order = {
  subject: bytes32(1),
  body: bytes32(2),
  reference: '',
  validUntil: 2_000n,
  quantity: 3,
}

/** A record with one signature, or one of each `signers`. */
export function signed(claims: Claims, ...signers: readonly Person[]): LedgerRecord {
  const claimsBytes = encodeClaims(claims)
  const signatures = signers.map(({ kid, key }) => ({
    kid,
    signature: sign(key, signedBytesOf(claimsBytes)),
  }))
  return recordOf(claimsBytes, signatures)
}

/** The same record with a signature of somebody else's making. */
export function forged({ claims, claimsBytes, signatures }: LedgerRecord): LedgerRecord {
  return recordOf(
    claimsBytes,
    signatures.map(({ kid }) => ({ kid, signature: sign(new SigningKey(claims.signer), claimsBytes) })),
  )
}

/** Numbers the records of each signer. */
export class Scribe {
  readonly ledger: Uint8Array
  readonly #seqs = new Map<Person, bigint>()

  constructor(ledger: Uint8Array) {
    this.ledger = ledger
  }

  #head(by: Person) {
    const seq = (this.#seqs.get(by) ?? 0n) + 1n
    this.#seqs.set(by, seq)
    return { ledger: this.ledger, signer: by.kid, seq, authoredOn: 1_000n }
  }

  prescribe(by: Person, content: Partial<Order> = {}): LedgerRecord {
    return signed({ kind: 'prescribe', ...this.#head(by), ...order, ...content }, by)
  }

  dispense(by: Person, of: LedgerRecord, quantity: number, previous: LedgerRecord = of): LedgerRecord {
    const change = { prescription: of.txid, previous: previous.txid, quantity, salt: salt16 }
    return signed({ kind: 'dispense', ...this.#head(by), ...change }, by)
  }

  cancel(by: Person, of: LedgerRecord, previous: LedgerRecord = of): LedgerRecord {
    const change = { prescription: of.txid, previous: previous.txid }
    return signed({ kind: 'cancel', ...this.#head(by), ...change }, by)
  }

  replace(by: Person, of: LedgerRecord, previous: LedgerRecord = of): LedgerRecord {
    const change = { prescription: of.txid, previous: previous.txid }
    return signed({ kind: 'replace', ...this.#head(by), ...order, ...change }, by)
  }

  roster(by: Person, roster: Roster): LedgerRecord {
    return signed({ kind: 'roster', ...this.#head(by), roster }, by)
  }
}

/** Nodes in a map: what a store has. */
export class NodeMap implements TreeNodes {
  readonly nodes = new Map<string, Uint8Array>()
  reads = 0

  async node(hash: Uint8Array): Promise<Uint8Array | null> {
    this.reads++
    return this.nodes.get(encodeHex(hash)) ?? null
  }

  write({
    added,
    dropped,
  }: {
    readonly added: readonly { readonly hash: Uint8Array; readonly bytes: Uint8Array }[]
    readonly dropped: readonly Uint8Array[]
  }): void {
    for (const { hash, bytes } of added) this.nodes.set(encodeHex(hash), bytes)
    for (const hash of dropped) this.nodes.delete(encodeHex(hash))
  }
}

/** The root by its definition, from all leaves at once: what a tree that grew must have. */
export function rootByDefinition(
  leaves: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[],
  depth = 0,
): Uint8Array {
  const [first, ...more] = leaves
  if (first === undefined) return new Uint8Array(32)
  if (more.length === 0)
    return engine.sha256(Uint8Array.from([0, ...first.key, ...engine.sha256(first.value)]))
  const bit = (key: Uint8Array): boolean => (((key[depth >> 3] ?? 0) << (depth & 7)) & 0x80) !== 0
  const left = rootByDefinition(
    leaves.filter(({ key }) => !bit(key)),
    depth + 1,
  )
  const right = rootByDefinition(
    leaves.filter(({ key }) => bit(key)),
    depth + 1,
  )
  return engine.sha256(Uint8Array.from([1, ...left, ...right]))
}
