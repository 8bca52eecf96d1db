/** The tables of records, as both engines have them. */
export interface RecordsSchema {
  /** Blocks whose bytes are there. */
  blobs: { cid: string; size_bytes: number; stored_ms: number }
  /** Who put them. */
  blob_holders: {
    cid: string
    kid: string
    since_ms: number
    size_bytes: number
    /** 1 once a package of the device names it. */
    named: number
  }
  /** How many blocks one device has, and their bytes with those of its newest grant lists. */
  blob_shares: { kid: string; kept: number; kept_bytes: number }
  /** What a device had and deleted. */
  tombstones: { cid: string; kid: string; deleted_ms: number }
  packages: {
    id: string
    owner: string
    seq: number
    list_cid: string
    version: number
    payload: string
    is_open: number
    not_before_ms: number
    not_after_ms: number | null
    /** With a space between two; empty for any. */
    purposes: string
    updated_ms: number
    /** 1 from a restore until its owner publishes anew: lists of meanwhile are not here. */
    may_jump: number
    /** The newest list. */
    bytes: Uint8Array
  }
  /** Of each list what says that it is the same again. */
  grant_lists: { package: string; seq: number; list_cid: string; stored_ms: number; body_hash: Uint8Array }
  /** Every block of every payload that a package has had and its owner did not delete. */
  package_blocks: { cid: string; package: string; root: string }
  /** Of the newest list. */
  readers: { package: string; kid: string; until_ms: number | null; purposes: string }
  links: {
    id: string
    owner: string
    flags: string
    exp_ms: number | null
    /** A verifier. */
    passcode: string | null
    wrong_passcodes: number
    max_wrong_passcodes: number
    made_ms: number
    ended_ms: number | null
    opened: number
    last_position: number
    body_hash: Uint8Array
  }
  /** What a device ended before it was there: what is still on its way is refused. */
  refused_links: { id: string; owner: string; expires_ms: number }
  link_files: {
    link: string
    file: number
    content_type: string
    updated_ms: number
    fhir_version: string | null
    size: number
    jwe: string
  }
  link_tickets: { hash: Uint8Array; link: string; file: number; recipient: string; expires_ms: number }
  link_accesses: {
    link: string
    position: number
    at_ms: number
    kind: string
    recipient: string
    file: number | null
    leaf_index: number
  }
}
