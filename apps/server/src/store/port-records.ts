/** The part of the port that is about records: blocks, packages with their grants, SMART Health Links. */
import type { Page, Put } from './port.js'

export interface HeldBlob {
  readonly cid: string
  /** The device that put it. */
  readonly kid: string
  readonly sizeBytes: number
  readonly nowMs: number
}

export interface StoredBlob {
  readonly sizeBytes: number
  /** When it was put first. */
  readonly storedMs: number
}

/** Which blocks are kept, and for whom. The bytes are elsewhere; a row is there only while they are. */
export interface Blobs {
  /** Whatever device asks. */
  find(cid: string): Promise<StoredBlob | null>
  /** What a device may read: what it put, and what a package names that it owns, or that it is a reader of at `nowMs`. */
  readable(cid: string, kid: string, nowMs: number): Promise<StoredBlob | 'deleted' | 'missing'>
  /** What a device put itself. */
  held(cid: string, kid: string): Promise<StoredBlob | null>
  /** Whether a payload of a package of the device, with another root, has it. */
  isPart(cid: string, kid: string): Promise<boolean>
  /** Whether {@link put} would take it now; `same` where the device has put it before. */
  room(blob: HeldBlob, maxBytes: number): Promise<'room' | 'same' | 'full' | 'deleted'>
  /** Of those of these that the device has put, how many bytes each has. */
  heldSizes(kid: string, cids: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Once its bytes are durable. `maxBytes`: of all blocks of the device. */
  put(blob: HeldBlob, maxBytes: number): Promise<StoredBlob | 'full' | 'deleted'>
  /**
   * The device and its packages let go of these blocks of one payload (at most 200), but for what another payload of its
   * packages names. Gives those that nobody holds any more: their bytes can go.
   */
  release(released: Released): Promise<readonly string[]>
  /** Blocks that were put until then and that no package of their device names, 200 at most; gives them as {@link release}. */
  releaseUnnamed(untilMs: number): Promise<{ readonly count: number; readonly gone: readonly string[] }>
  /** Behind `afterCid`, in the order of CIDs: those whose bytes must be there. */
  list(page: { readonly afterCid?: string; readonly limit: number }): Promise<readonly string[]>
}

export interface Released {
  /** The root of the payload. */
  readonly root: string
  readonly cids: readonly string[]
  readonly kid: string
  readonly nowMs: number
}

export interface Reader {
  readonly kid: string
  /** `null`: without an end. */
  readonly untilMs: number | null
  readonly purposes: readonly string[]
}

/** What one PUT of grants states. */
export interface GrantsVersion {
  readonly package: string
  readonly seq: number
  readonly owner: string
  readonly listCid: string
  readonly previousCid: string | null
  readonly version: number
  /** Root of the payload. */
  readonly payload: string
  /** Inclusive, both. */
  readonly notBeforeMs: number
  /** `null`: without an end. */
  readonly notAfterMs: number | null
  /** Of the list; empty for any. */
  readonly purposes: readonly string[]
  /** The signed list. */
  readonly bytes: Uint8Array
  /** SHA-256 of the whole request body. */
  readonly bodyHash: Uint8Array
  /** `null`: only keys decide. */
  readonly readers: readonly Reader[] | null
  /** Every block of a payload that is new, the root among them; empty for that of the list before. */
  readonly blocks: readonly string[]
  readonly nowMs: number
}

export interface StoredPackage {
  readonly id: string
  readonly owner: string
  readonly seq: number
  readonly listCid: string
  readonly version: number
  readonly payload: string
  /** Only keys decide. */
  readonly isOpen: boolean
  readonly notBeforeMs: number
  readonly notAfterMs: number | null
  readonly purposes: readonly string[]
  readonly updatedMs: number
  /** The store was restored, and its owner has not published since. */
  readonly mayJump: boolean
}

/** `payload`: a block of it is not there, or another device put it. `full`: the owner has all bytes that they may have. */
export type GrantsPut = Put | 'gap' | 'owner' | 'payload' | 'full'

export interface Packages {
  find(id: string): Promise<StoredPackage | null>
  /** The newest list. */
  bytesOf(id: string): Promise<Uint8Array | null>
  /** What {@link put} would say now, but for `payload`. */
  check(version: GrantsVersion, maxBytes: number): Promise<GrantsPut>
  /** `maxBytes`: of the newest lists of the owner and of all their blocks. */
  put(version: GrantsVersion, maxBytes: number): Promise<GrantsPut>
  /** When the list of this seq was stored. */
  storedMs(id: string, seq: number): Promise<number | null>
  readerOf(id: string, kid: string): Promise<Reader | null>
  /** By kid. */
  readersOf(id: string): Promise<readonly Reader[]>
  /** Those that it owns, and those of which it is a reader at `nowMs`, by id behind `afterId`. */
  ofDevice(
    kid: string,
    nowMs: number,
    page: { readonly afterId?: string; readonly limit: number },
  ): Promise<readonly { readonly found: StoredPackage; readonly reader: Reader | null }[]>
}

export interface LinkFile {
  readonly contentType: string
  /** A compact JWE. */
  readonly jwe: string
  readonly updatedMs: number
  readonly fhirVersion: string | null
}

export interface NewLink {
  readonly id: string
  /** The kid of the device that made it. */
  readonly owner: string
  readonly flags: string
  readonly expMs: number | null
  /** A verifier. */
  readonly passcode: string | null
  readonly maxWrongPasscodes: number
  readonly files: readonly LinkFile[]
  /** SHA-256 of the whole request body. */
  readonly bodyHash: Uint8Array
  readonly nowMs: number
}

export interface StoredLink extends Omit<NewLink, 'files' | 'bodyHash' | 'nowMs'> {
  readonly madeMs: number
  readonly endedMs: number | null
  /** In the life of the link. */
  readonly wrongPasscodes: number
  /** How often its manifest, or its one file, was given. */
  readonly opened: number
}

/** A file without its bytes. */
export interface StoredLinkFile extends Omit<LinkFile, 'jwe'> {
  /** Characters of the JWE. */
  readonly length: number
}

export type LinkAccessKind = 'manifest' | 'direct' | 'file' | 'wrong-passcode'

export interface LinkAccess {
  readonly link: string
  readonly atMs: number
  readonly kind: LinkAccessKind
  /** In the words of whoever asked. */
  readonly recipient: string
  readonly file: number | null
  /** The leaf of the log. */
  readonly leafIndex: number
}

export interface LinkTicket {
  /** SHA-256 of what is in the address: who reads the store cannot use it. */
  readonly hash: Uint8Array
  readonly link: string
  readonly file: number
  readonly recipient: string
  readonly expiresMs: number
}

/** What one device may have. */
export interface LinkLimits {
  /** Links that have not ended. */
  readonly links: number
  /** Of their files, with its blocks and grant lists. */
  readonly bytes: number
}

/** `full`: the device has as many as it may; `quota`: as many bytes. */
export type LinkPut = Put | 'full' | 'quota'

export interface RefusedLink {
  readonly id: string
  readonly owner: string
  readonly expiresMs: number
}

export interface Links {
  /** What {@link put} would say now. */
  check(link: NewLink, limits: LinkLimits): Promise<LinkPut>
  /** Of one with the flag L other files replace those before. */
  put(link: NewLink, limits: LinkLimits): Promise<LinkPut>
  /** Until then a link of this device that is not there is not taken. False when it has `most` of these. */
  refuse(refused: RefusedLink, most: number): Promise<boolean>
  find(id: string): Promise<StoredLink | null>
  /** In their order; none of a link that has ended. */
  files(id: string): Promise<readonly StoredLinkFile[]>
  jwe(id: string, file: number): Promise<string | null>
  /** By id, behind `afterId`. */
  ofOwner(
    kid: string,
    page: { readonly afterId?: string; readonly limit: number },
  ): Promise<readonly StoredLink[]>
  /** Its files go. False when there is none, or it had ended. */
  end(id: string, nowMs: number): Promise<boolean>
  /**
   * Sets the number of wrong passcodes to `next`, provided that it is `seen`: of those that do it at once, at however many
   * servers, one gets `true`. `false` for a link that has ended, too.
   */
  countWrongPasscode(id: string, seen: number, next: number): Promise<boolean>
  addTicket(ticket: LinkTicket): Promise<void>
  /** Of two at once one gets it, and nobody after that; `null` for one of another link, which stays. */
  takeTicket(link: string, hash: Uint8Array): Promise<LinkTicket | null>
  /** Gives its position. */
  addAccess(access: LinkAccess): Promise<number>
  accesses(id: string, page: Page): Promise<readonly (LinkAccess & { readonly position: number })[]>
}
