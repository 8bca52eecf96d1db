/** Cobblestone-256 through every path: one shot, sealed again, streams in odd pieces, random access. */
import { sha512 } from '@noble/hashes/sha2.js'
import { concat, ownBuffer } from '../bytes.js'
import { chunkBytes, headerBytes, saltBytes, sealedChunkBytes } from '../chunked/layout.js'
import {
  type ByteTransform,
  openBytes,
  openRange,
  openStream,
  type RangeSource,
  sealBytes,
} from '../chunked.js'
import { encodeHex } from '../encoding.js'
import { ChartsealError } from '../errors.js'
import type { JsonObject } from '../json.js'
import { AeadKey } from '../keys.js'
import { agree, Disagreement, judge, verdictOf, type WycheproofRunner } from '../vectors.js'
import { requireAlgorithm } from './applicable.js'

interface Case {
  readonly key: AeadKey
  readonly context: Uint8Array
  readonly sealed: Uint8Array
  readonly valid: boolean
  readonly flags: readonly string[]
  /** Of the plaintext, or of the longest prefix that opens; `null` when nothing does. */
  readonly digest: string | null
  readonly sizeBytes: number
}

export const chunked: WycheproofRunner = async testCase => {
  requireAlgorithm(testCase, 'Cobblestone-256')
  const { test } = testCase
  if (test.hex('key').length !== AeadKey.sizeBytes) {
    // A key of another size is refused before anything else.
    judge(test, (await verdictOf(() => new AeadKey(test.hex('key')))) === 'accept')
    return
  }
  const one = await readCase(test)
  await oneShot(one)
  await streams(one)
  await ranges(one)
  await lastChunk(one)
}

async function readCase(test: JsonObject): Promise<Case> {
  const result = test.text('result')
  if (result !== 'valid' && result !== 'invalid') throw new Disagreement(`the result ${result}`)
  return {
    key: new AeadKey(test.hex('key')),
    context: test.hex('ctx'),
    sealed: await inflated(test.hex('ct')),
    valid: result === 'valid',
    flags: test.texts('flags'),
    digest: test.has('msgSha512') ? test.text('msgSha512') : null,
    sizeBytes: test.has('msgLength') ? test.count('msgLength') : 0,
  }
}

/** The files hold ciphertexts in zlib's format, as some have megabytes. */
async function inflated(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([ownBuffer(bytes)]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

const digestOf = (bytes: Uint8Array): string => encodeHex(sha512(bytes))

/** `accepted`, or the code of the refusal. */
async function codeOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt()
    return 'accepted'
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
}

function agreeOnCode(path: string, code: string, accepted: boolean): void {
  const refused = code === 'chunked/truncated' || code === 'open/failed'
  agree(`the verdict, ${path}`, refused ? 'refused' : code, accepted ? 'accepted' : 'refused')
}

async function oneShot({ key, context, sealed, valid, digest }: Case): Promise<void> {
  agreeOnCode('one shot', await codeOf(() => openBytes(key, sealed, context)), valid)
  if (!valid) return
  const plaintext = openBytes(key, sealed, context)
  agree('the plaintext', digestOf(plaintext), digest)
  const again = sealBytes(key, plaintext, context, { bytes: () => sealed.slice(0, saltBytes) })
  agree('the message, sealed again', again, sealed)
}

// Chunk by chunk after the header, whole, with borders in odd places, and in many blocks at once.
const splits = [
  [headerBytes, ...Array.from({ length: 300 }, () => sealedChunkBytes)],
  [1 << 30],
  [40, 7, 16_399, 3],
  [70_001],
]

async function streams({ key, context, sealed, valid, digest, sizeBytes }: Case): Promise<void> {
  for (const [index, sizes] of splits.entries()) {
    const parts: Uint8Array[] = []
    const code = await codeOf(() => through(openStream(key, context), pieces(sealed, sizes), parts))
    const received = concat(...parts)
    agreeOnCode('as a stream', code, valid)
    agree('no more than what opens', received.length <= sizeBytes, true)
    // Fed chunk by chunk, exactly the longest valid prefix comes out.
    if ((valid || index === 0) && digest !== null) agree('what the stream gave', digestOf(received), digest)
  }
}

function* pieces(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

/** Sends all pieces through the stream; `received` gets what came out, also before an error. */
async function through(
  stream: ByteTransform,
  sent: Iterable<Uint8Array>,
  received: Uint8Array[],
): Promise<void> {
  const writing = writeAll(stream.writable.getWriter(), sent)
  try {
    for await (const piece of stream.readable) received.push(piece)
  } finally {
    await writing.catch(() => {})
  }
  await writing
}

async function writeAll(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  sent: Iterable<Uint8Array>,
): Promise<void> {
  writer.closed.catch(() => {})
  for (const piece of sent) await writer.write(Uint8Array.from(piece))
  await writer.close()
}

const sourceOf = (sealed: Uint8Array): RangeSource => ({
  sizeBytes: sealed.length,
  read: async (from, to) => sealed.slice(from, to),
})

async function ranges({ key, context, sealed, valid, digest }: Case): Promise<void> {
  for (const step of sealed.length > 1_000_000 ? [1_000_003] : [chunkBytes, 5000]) {
    const parts: Uint8Array[] = []
    const code = await codeOf(async () => {
      const { sizeBytes } = await openRange(key, sourceOf(sealed), context, 0)
      for (let from = 0; from < (sizeBytes ?? -1); from += step) {
        const to = Math.min(from + step, sizeBytes ?? 0)
        parts.push((await openRange(key, sourceOf(sealed), context, from, to)).plaintext)
      }
    })
    agreeOnCode('by ranges', code, valid)
    if (valid) agree('the ranges', digestOf(concat(...parts)), digest)
  }
}

/** The length is learned from the last chunk alone, which may be sound where others are not. */
async function lastChunk({ key, context, sealed, valid, flags }: Case): Promise<void> {
  const body = Math.max(0, sealed.length - headerBytes)
  const from = Math.floor(body / sealedChunkBytes) * chunkBytes
  const opening = (): ReturnType<typeof openRange> => openRange(key, sourceOf(sealed), context, from)
  const sound = valid || flags.includes('ValidFinalChunk')
  agreeOnCode('of the last chunk', await codeOf(opening), sound)
  if (sound) agree('the length', (await opening()).sizeBytes, from + (body % sealedChunkBytes) - 16)
}
