import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** To begin, or what must have come before; `goes-on`: as the other side of `side`; `none`: there is nothing to do. */
export type DueStep = 'begin' | 'answer' | 'reveal' | 'goes-on' | 'none'

/** What workflows refuse beside what the packages do. */
export interface ClinicErrors {
  /** `create` is the command that makes one. */
  'ring/no-folder': { folder: string; create: string }
  'ring/exists': { folder: string }
  'ring/damaged': { file: string; reason: string }
  /** One answer for a passphrase that does not fit and for files that were changed. */
  'ring/wrong-passphrase': Record<never, never>
  /** Another process has held the folder for longer than this one waits. */
  'ring/busy': { seconds: number; host: string; pid: number; file: string; unlock: string }
  /** No pairing was finished in this folder. */
  'ring/not-paired': Record<never, never>
  /** A folder holds one pair. */
  'ring/paired': { peer: string }
  /** It has sealed, opened or exported something, so that its pairing cannot be undone. */
  'ring/in-use': Record<never, never>
  /** `due` says what comes first on this side, and `step` names it for programs. */
  'pairing/nothing-begun': { side: 'show' | 'accept'; step: DueStep; due: string }
  'pairing/digits-differ': Record<never, never>
  'pairing/no-qr': Record<never, never>
  'thread/replayed': Record<never, never>
  'thread/too-old': Record<never, never>
  /** A counter that no key may reach. */
  'thread/over-budget': { limit: number }
  /** A message of the other version than was asked for. */
  'thread/other-version': { hint: string }
}

export const clinicError: ErrorFactory<ClinicErrors> = defineErrors<ClinicErrors>({
  'ring/no-folder': '{folder} holds no ring. Make one: {create}',
  'ring/exists': '{folder} holds a ring already.',
  'ring/damaged': 'The file {file} of the ring cannot be read: {reason}',
  'ring/wrong-passphrase': 'The passphrase does not fit this ring, or its files were changed.',
  'ring/busy':
    'Process {pid} on {host} has held the ring for {seconds} seconds ({file}). If it is gone for good: {unlock}',
  'ring/not-paired': 'This ring is not paired yet: pair first.',
  'ring/paired': 'This ring is paired with {peer} already. Each pair needs a ring of its own.',
  'ring/in-use':
    'This ring has sealed, opened or exported something, or a month has passed: make a new one and pair again.',
  'pairing/nothing-begun': '{due}',
  'pairing/digits-differ':
    'The digits differ: somebody may be in between. This pairing is void on this side: undo it on the other, ' +
    'then begin again with a new code.',
  'pairing/no-qr': 'There is no QR code in the image that can be read.',
  'thread/replayed':
    'This message was opened before, or another device of the other side has the same number: ' +
    'it is shown once more only when it is asked for again.',
  'thread/too-old': 'This message is older than the last 1,024 of its key: it may have been opened before.',
  'thread/over-budget': 'The counter of this message is not below {limit}, the most that one key may seal.',
  'thread/other-version': 'This is a message of the other version. {hint}',
})

/** A word of a command line, in quotes where a shell needs them. */
export function shellWord(text: string): string {
  return /^[\w./~:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** What a folder with an audit log refuses. */
export interface AuditFolderErrors {
  'audit-folder/missing': { folder: string }
  'audit-folder/exists': { folder: string }
  /** A key of a log is there, and no log beside it. */
  'audit-folder/keys-exist': { keys: string }
  'audit-folder/no-keys': { keys: string }
  /** Written by a later version: its ids of patients have a rule that this one does not know. */
  'audit-folder/other-ids': { folder: string }
  /** `code`: why the log could not record it. */
  'audit-folder/shred-unrecorded': { code: string }
}

export const auditFolderError: ErrorFactory<AuditFolderErrors> = defineErrors<AuditFolderErrors>({
  'audit-folder/missing': '{folder} holds no audit log. Make one: chartseal audit init --origin NAME FOLDER',
  'audit-folder/exists': '{folder} holds an audit log already.',
  'audit-folder/keys-exist':
    '{keys} holds the key of a log already: give --keys another folder. After an interrupted init remove it first.',
  'audit-folder/no-keys': 'The keys of this log are not at {keys}: mount them or give --keys FOLDER.',
  'audit-folder/other-ids': '{folder} has a rule for ids of patients that this version does not know.',
  'audit-folder/shred-unrecorded':
    'The key is destroyed, and the log could not record that it was done ({code}): the next command that writes to this log does.',
})

/** What is wrong with a pasted text before any format is read. */
export interface PastedErrors {
  'pasted/empty': Record<never, never>
  /** Nothing in the text begins like what was wanted. */
  'pasted/not-found': { wanted: string; begins: string }
  'pasted/other-kind': { found: string; wanted: string }
  /** A beginning without the bracket at the end. */
  'pasted/unfinished': { what: string }
  /** Counted from 1, from the beginning of the text that was found and without what a chat put in. */
  'pasted/foreign-character': { what: string; alphabet: string; at: number; character: string }
  'pasted/changed-case': { what: string }
  'pasted/mistyped': { what: string }
  /** Counted from 1. The word is not repeated: what is meant may follow from it. */
  'pasted/unknown-word': { at: number }
  'pasted/too-large': { limitBytes: number }
  'pasted/too-many': { limit: number }
}

export const pastedError: ErrorFactory<PastedErrors> = defineErrors<PastedErrors>({
  'pasted/empty': 'The text is empty.',
  'pasted/not-found': 'There is no {wanted} in this text: nothing in it begins with {begins}',
  'pasted/other-kind': 'This text holds a {found}, not a {wanted}.',
  'pasted/unfinished': 'The end of the {what} is missing: it ends with ].',
  'pasted/foreign-character': 'Character {at} of the {what} is {character}, which {alphabet} does not have.',
  'pasted/changed-case': 'Capital and small letters of the {what} were changed on the way.',
  'pasted/mistyped': 'The {what} is incomplete, or at least one of its characters is mistyped.',
  'pasted/unknown-word': 'Word {at} of the mnemonic is not in the list.',
  'pasted/too-large': 'The text is larger than {limitBytes} bytes.',
  'pasted/too-many': 'The text holds more than {limit} texts of this kind.',
})

/** What is wrong with the signature of a request. */
export interface SignatureErrors {
  'signature/missing': Record<never, never>
  /** Which header is not of the one form. */
  'signature/malformed': { header: string; form: string }
  'signature/stale': { nowMs: number; maxSkewMs: number }
  'signature/digest': Record<never, never>
  'signature/wrong': Record<never, never>
  'signature/unknown-key': Record<never, never>
  'signature/replayed': Record<never, never>
  'signature/too-many': { limit: number }
  'signature/not-allowed': Record<never, never>
}

export const signatureError: ErrorFactory<SignatureErrors> = defineErrors<SignatureErrors>({
  'signature/missing': 'This request must be signed by a device of the clinic.',
  'signature/malformed':
    'The header {header} must have the one form of Chartseal: {form} with created, nonce, alg, keyid and tag.',
  'signature/stale':
    'The signature must be at most {maxSkewMs} ms from the clock of the clinic, {nowMs, ms}.',
  'signature/digest': 'The body must be the one that was signed: it was changed on the way.',
  'signature/wrong': 'The signature must fit this method, this address and this body.',
  'signature/unknown-key': 'The key must be that of a device which is enrolled here.',
  'signature/replayed': 'A request must have a nonce of its own: this one was used before.',
  'signature/too-many': 'A device may send {limit} signed requests in two minutes.',
  'signature/not-allowed': 'This device may not do that: it belongs to another one.',
})

/** Why a roster is not the next one. */
export interface RosterErrors {
  /** Which field. */
  'roster/invalid': { field: string }
  /** Another roster has this number. */
  'roster/conflict': { seq: number }
  /** The one before it is not the newest. */
  'roster/gap': { expected: number }
  'roster/not-signed': { needed: number; valid: number }
}

export const rosterError: ErrorFactory<RosterErrors> = defineErrors<RosterErrors>({
  'roster/invalid': 'The field {field} of the roster must be as the specification says.',
  'roster/conflict': 'There is another roster under the number {seq}.',
  'roster/gap': 'The next roster must be number {expected}, and name the one before it.',
  'roster/not-signed': 'The roster must be signed by {needed} officers; {valid} have signed.',
})

/** What is no public key of a member of a ledger. */
export interface MemberKeyErrors {
  'member-key/unreadable': { reason: string }
}

export const memberKeyError: ErrorFactory<MemberKeyErrors> = defineErrors<MemberKeyErrors>({
  'member-key/unreadable':
    'The key must be a public one, as PEM or JWK, of P-256, Ed25519 or secp256k1: {reason}.',
})
