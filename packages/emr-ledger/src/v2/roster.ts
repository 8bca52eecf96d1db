/** Who may sign what; part of the state of the ledger: docs/spec/ledger-v2.md, "Roster". */

/** `registrar`: signs changes of the roster. */
export type MemberRole = 'prescriber' | 'dispenser' | 'sealer' | 'registrar'
export type SigningAlgorithm = 'ES256' | 'Ed25519' | 'ES256K'

export interface Member {
  /** SHA-256 JWK thumbprint (RFC 7638) of the key, 32 bytes. */
  readonly kid: Uint8Array
  readonly algorithm: SigningAlgorithm
  /** Ed25519: 32 bytes (RFC 8032); otherwise the uncompressed point, 65 bytes (SEC 1 2.3.3). */
  readonly publicKey: Uint8Array
  /** At least one, sorted, each once. */
  readonly roles: readonly MemberRole[]
  /** What people call them, at most 128 bytes; nothing is judged by it. */
  readonly name: string
  /** First height at which their signatures count. */
  readonly from: bigint
  /** First height at which they do not count any more; `null` while there is none. */
  readonly until: bigint | null
}

export interface Roster {
  /** 1 in the genesis, one more with each change. */
  readonly number: bigint
  /** Sorted by kid, each once; at most 4,096. */
  readonly members: readonly Member[]
  /** How many registrars sign the next roster. */
  readonly quorum: number
}
