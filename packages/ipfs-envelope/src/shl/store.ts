/** What the rules of a server need to remember: a small port, which a folder, a table or memory can be. */

/** The most wrong passcodes that a link may have in its life. */
export const mostWrongPasscodes = 100

/** One file of a link, without its bytes. */
export interface StoredFile {
  readonly contentType: string
  /** Characters of the JWE. */
  readonly length: number
  readonly updatedMs: number
  /** Such as `4.0.1`; `null` where it is not FHIR, or nobody said. */
  readonly fhirVersion: string | null
}

/** A link at the server, which never has its key. */
export interface StoredLink {
  /** 32 random bytes in base64url: 43 characters. */
  readonly id: string
  /** Of `LPU`. */
  readonly flags: string
  readonly expMs: number | null
  /** When it was ended; `null` while it is not. */
  readonly endedMs: number | null
  /** Verifier of the passcode (`makePasscodeVerifier`); there exactly with flag `P`. */
  readonly passcode: string | null
  /** Wrong passcodes in all its life. */
  readonly wrongPasscodes: number
  /** With as many the link is used up, for ever. */
  readonly maxWrongPasscodes: number
  readonly files: readonly StoredFile[]
}

/** Lets one client fetch one file once. */
export interface FileTicket {
  readonly linkId: string
  /** 32 random bytes in base64url. */
  readonly ticket: string
  /** Index in the files of the link. */
  readonly file: number
  /** Who asked for the manifest that names it. */
  readonly recipient: string
  readonly untilMs: number
}

/** `manifest`, `direct` and `file` were given out; the wrong passcode was refused. */
export type LinkAccessKind = 'manifest' | 'direct' | 'file' | 'wrong-passcode'

export interface LinkAccess {
  readonly linkId: string
  readonly atMs: number
  readonly kind: LinkAccessKind
  /** In the words of whoever asked: nobody has checked it, and it may hold anything. */
  readonly recipient: string
  /** Which file, of `direct` and `file`; else `null`. */
  readonly file: number | null
}

/**
 * Every implementation passes `shlStoreSuite` of the testkit. A promise resolves when its change is durable. What is refused
 * (a full disk, a log that takes nothing) rejects: then nothing is given out.
 */
export interface ShlStore {
  /** `null` when there is none, or it was removed. */
  link(id: string): Promise<StoredLink | null>
  /** The JWE; `null` when it is not there. */
  file(linkId: string, index: number): Promise<string | null>
  /**
   * Sets `wrongPasscodes` of a link to `next`, provided that it is `seen`: compare-and-set, of which exactly one of those that
   * run at the same time gets `true`. `false` for a link that is gone, too.
   */
  countWrongPasscode(linkId: string, seen: number, next: number): Promise<boolean>
  putTicket(ticket: FileTicket): Promise<void>
  /** Gives a ticket out and removes it; of those that ask at the same time one gets it, the others `null`. */
  takeTicket(linkId: string, ticket: string): Promise<FileTicket | null>
  /** The log of the link, which its owner reads; an audit log as well, where there is one. Before the answer leaves. */
  recordAccess(access: LinkAccess): Promise<void>
}
