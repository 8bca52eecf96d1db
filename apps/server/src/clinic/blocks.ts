/** Blocks as files of the data folder, laid out as `blockstore-fs` does: whoever has the folder reads it with other tools. */
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeHex } from '@chartseal/core/encoding'
import { attempt, nodeFileSystem, replaceFile, systemCodeOf } from '@chartseal/core/files'
import type { Clock, Random } from '@chartseal/core/ports'
import { base32upper } from 'multiformats/bases/base32'
import { CID } from 'multiformats/cid'

const extension = '.data'
const holdName = /^\.held-[0-9a-f]{16}$/
/** A copy that is being made says so again before that: one that was killed holds nothing back for longer. */
const holdMs = 60_000

/** A CID of the interface: version 1 in base32, raw or dag-pb, SHA-256. */
export const cidText = /^b(?:afkrei|afybei)[a-h][a-z2-7]{50}[aeimquy4]$/

/** Where the block of a CID lies, relative to the folder; one that is raw and one that is dag-pb share their bytes. */
export function blockPath(cid: string): string {
  const name = base32upper.encode(CID.parse(cid).multihash.bytes)
  return join(name.slice(-2), `${name}${extension}`)
}

/** Both CIDs that a file may have the bytes of; none for another file. */
export function cidsOf(fileName: string): readonly string[] {
  const [, name = ''] = /^(B[A-Z2-7]+)\.data$/.exec(fileName) ?? []
  if (name === '') return []
  const { multihash } = CID.decode(base32upper.decode(name))
  return [0x55, 0x70].map(codec => CID.createV1(codec, multihash).toString())
}

/** The same bytes under the other codec. */
export function twinOf(cid: string): string {
  const { code, multihash } = CID.parse(cid)
  return CID.createV1(code === 0x55 ? 0x70 : 0x55, multihash).toString()
}

/** SHA-256 of the block, in hexadecimal. */
export function digestOf(cid: string): string {
  return encodeHex(CID.parse(cid).multihash.digest)
}

/** Whether these are the bytes that the CID names. */
export function isBlockOf(cid: string, bytes: Uint8Array): boolean {
  return createHash('sha256').update(bytes).digest('hex') === digestOf(cid)
}

const statsAtOnce = 64

export class BlockFiles {
  readonly folder: string
  readonly #random: Random
  readonly #clock: Clock

  constructor(folder: string, { random, clock }: { readonly random: Random; readonly clock: Clock }) {
    this.folder = folder
    this.#random = random
    this.#clock = clock
  }

  /** Resolves when it is on the disk, name and all. @throws ChartsealError `files/failed` */
  async put(cid: string, bytes: Uint8Array): Promise<void> {
    const relative = blockPath(cid)
    await this.#makeFolder(relative.slice(0, 2))
    await replaceFile(join(this.folder, relative), bytes, { random: this.#random })
  }

  async #makeFolder(name: string): Promise<void> {
    const path = join(this.folder, name)
    const made = await attempt('make', () => mkdir(path, { recursive: true, mode: 0o700 }), path)
    if (made === undefined) return
    await attempt('fsync of the folder', () => nodeFileSystem.syncFolder(this.folder), this.folder)
  }

  /** How many bytes are there; `null` for no file. @throws ChartsealError `files/failed` */
  async sizeOf(cid: string): Promise<number | null> {
    return (await this.#present(cid, path => stat(path)))?.size ?? null
  }

  /** Whether each is there with its size, from CIDs to bytes. @throws ChartsealError `files/failed` */
  async haveAll(sizes: ReadonlyMap<string, number>): Promise<boolean> {
    const all = [...sizes]
    for (let at = 0; at < all.length; at += statsAtOnce) {
      const part = all.slice(at, at + statsAtOnce)
      const found = await Promise.all(part.map(([cid]) => this.sizeOf(cid)))
      if (part.some(([, size], i) => found[i] !== size)) return false
    }
    return true
  }

  /** All of it, or from the byte `start` to before `end`; `null` when it is not there. @throws ChartsealError `files/failed` */
  async read(
    cid: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<Uint8Array | null> {
    return this.#present(cid, path => (range === undefined ? readFile(path) : readPart(path, range)))
  }

  /** Nothing happens when it is not there. */
  async remove(cid: string): Promise<void> {
    await this.#present(cid, path => unlink(path))
  }

  async #present<Result>(cid: string, work: (path: string) => Promise<Result>): Promise<Result | null> {
    const path = join(this.folder, blockPath(cid))
    const done = work(path).catch((cause: unknown) => {
      if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(cause) ?? '')) return null
      throw cause
    })
    return attempt('use', () => done, path)
  }

  /** Whether a copy is being made, of which nothing may go. */
  async areHeld(): Promise<boolean> {
    const names = (await listed(this.folder)).filter(name => holdName.test(name))
    for (const name of names) {
      const path = join(this.folder, name)
      const ageMs = this.#clock.nowMs() - (await modifiedMs(path))
      if (Math.abs(ageMs) < holdMs) return true
      await unlink(path).catch(() => undefined)
    }
    return false
  }

  /** The files that are blocks, or what a killed process left of one, that nobody wrote since. */
  async *modifiedUntil(
    untilMs: number,
  ): AsyncGenerator<{ readonly path: string; readonly cids: readonly string[] }> {
    for (const shard of await listed(this.folder)) {
      if (!/^[A-Z2-7]{2}$/.test(shard)) continue
      for (const name of await listed(join(this.folder, shard))) {
        const path = join(this.folder, shard, name)
        if ((await modifiedMs(path)) <= untilMs) yield { path, cids: cidsOf(name) }
      }
    }
  }
}

async function readPart(
  path: string,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const part = new Uint8Array(end - start)
    const { bytesRead } = await file.read(part, 0, part.length, start)
    return part.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function listed(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}

/** Of a file that went meanwhile: now, as the clock of the file system says it elsewhere. */
async function modifiedMs(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.POSITIVE_INFINITY,
  )
}

/**
 * Holds deletion back while `work` copies: a running server leaves every file where it is.
 * @throws ChartsealError `files/failed`
 */
export async function holdingBlocks<Result>(
  folder: string,
  { random, clock }: { readonly random: Random; readonly clock: Clock },
  work: () => Promise<Result>,
): Promise<Result> {
  if ((await stat(folder).catch(() => null)) === null) return work()
  const path = join(folder, `.held-${encodeHex(random.bytes(8))}`)
  await attempt('create', () => writeFile(path, '', { flag: 'wx', mode: 0o600 }), path)
  const again = setInterval(() => {
    const seconds = clock.nowMs() / 1_000
    void utimes(path, seconds, seconds).catch(() => undefined)
  }, holdMs / 6)
  try {
    return await work()
  } finally {
    clearInterval(again)
    await unlink(path).catch(() => undefined)
  }
}
