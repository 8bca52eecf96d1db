/** The tables of break-glass, as both engines have them. Rows are added, and none but intents is deleted. */
export interface BreakGlassSchema {
  custody_cards: { kid: string; at_ms: number; stored_ms: number; bytes: Uint8Array }
  emergency_sets: {
    id: string
    hash: string
    position: number
    owner: string
    /** Empty for none. */
    patient: string
    package: string
    version: number
    /** Empty where the clinic does not have it. */
    payload: string
    is_drill: number
    stored_ms: number
    bytes: Uint8Array
  }
  /** Who sees a set beside doctors, officers and auditors. */
  emergency_set_parties: { emergency_set: string; kid: string }
  emergencies: {
    id: string
    position: number
    emergency_set: string
    requester: string
    decide_by_ms: number
    access_until_ms: number
    opened_ms: number | null
    closed_ms: number | null
    /** 1 once nothing is to be decided any more. */
    is_settled: number
    /** 1 where a restore has lost what came since. */
    is_void: number
  }
  emergency_parties: { emergency: string; kid: string }
  /** Taken, and not in the log for certain. */
  emergency_intents: {
    hash: string
    position: number
    about: string
    kind: string
    role: string
    is_officer: number
    bytes: Uint8Array
    leaf: Uint8Array
    salt: Uint8Array
    entry: Uint8Array
    stored_ms: number
  }
  emergency_events: {
    emergency: string
    number: number
    kind: string
    by_kid: string
    hash: string
    /** Of who signed it, when it was taken; empty for none. */
    role: string
    is_officer: number
    stored_ms: number
    /** What opens its entry in the log. */
    opening: string
    bytes: Uint8Array
  }
}
