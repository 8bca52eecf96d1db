/** A way to the ledger: the clinic's server, or a node in the same process. */

/** What a ledger says of itself without proof; only numbers of new records come from it. */
export interface LedgerInfo {
  /** SHA-256 of the genesis, 32 bytes. */
  readonly ledger: Uint8Array
  /** The number for the signer's next record, with those that wait. */
  readonly nextSeq: bigint
}

/** `taken`: it waits to be sealed, or is sealed, now or since an earlier call. `refused`: `code` says why. */
export type Submission = { readonly kind: 'taken' } | { readonly kind: 'refused'; readonly code: string }

/** What a proof is to be about. */
export interface ProofQuery {
  /** txid of a prescription, 32 bytes. */
  readonly prescription: Uint8Array
  /** kid of a signer whose next number is to be proven. */
  readonly signer?: Uint8Array | undefined
  /** Height of the anchor from which it is checked, and number of the roster that is known. */
  readonly from: bigint
  readonly roster: bigint
}

/**
 * A promise that is rejected means that there was no answer: nobody knows whether the record arrived, and the same
 * bytes are sent again. With a ChartsealError it means that there never will be one, as where this device is not let in.
 */
export interface LedgerWay {
  info(signer: Uint8Array): Promise<LedgerInfo>
  /** The same bytes give the same answer however often they come. */
  submit(record: Uint8Array): Promise<Submission>
  /** A bundle, for `checkBundle`. */
  proof(query: ProofQuery): Promise<Uint8Array>
}
