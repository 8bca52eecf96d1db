/** Sealing and opening 64 MiB: at once, as a stream in pieces of 64 KiB, and a range of it. */
import { concat } from '@chartseal/core/bytes'
import { openRange, type RangeSource, sealBytes } from '@chartseal/core/chunked'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { type Case, type Contender, inProcess } from '../measure.js'
import { pattern } from '../pattern.js'
import {
  ageBytes,
  ageStream,
  type Cipher,
  oneCall,
  ownBytes,
  ownStream,
  type Pieces,
  secretstream,
} from '../peers/ciphers.js'

const mebibyte = 1_048_576
const wholeBytes = 64 * mebibyte
const sample = pattern(100_000)
/** A second of CPU time or so on a busy machine: web streams are much JavaScript, and slow until it is compiled. */
const warmUpMs = 3000

export async function chunked(): Promise<readonly Case[]> {
  const whole = wholeValue()
  const atOnce = [ownBytes, oneCall, await ageBytes(), await secretstream()]
  const streams = [ownStream, oneCall, await ageStream(), await secretstream()]
  return [
    caseOf(
      'chunked-seal',
      'Sealing 64 MiB at once',
      atOnce.map(cipher => sealer(cipher, whole)),
    ),
    caseOf(
      'chunked-open',
      'Opening 64 MiB at once',
      atOnce.map(cipher => opener(cipher, whole)),
    ),
    caseOf(
      'stream-seal',
      'Sealing a stream of 64 MiB',
      streams.map(cipher => sealer(cipher, whole)),
    ),
    caseOf(
      'stream-open',
      'Opening a stream of 64 MiB',
      streams.map(cipher => opener(cipher, whole)),
    ),
    rangeCase(whole),
  ]
}

function wholeValue(): Uint8Array {
  const part = pattern(mebibyte)
  const whole = new Uint8Array(wholeBytes)
  for (let at = 0; at < wholeBytes; at += mebibyte) whole.set(part, at)
  return whole
}

function caseOf(id: string, title: string, contenders: readonly Contender[]): Case {
  return { id, title, unit: 'MB/s', perUnit: wholeBytes / 1e6, contenders, warmUpMs }
}

/** The answer is what was sealed, opened again. */
const roundTrip = async (cipher: Cipher): Promise<Uint8Array> =>
  concat(...(await kept(await cipher.open(await sealedBy(cipher, sample)))))

async function sealedBy(cipher: Cipher, plaintext: Uint8Array): Promise<readonly Uint8Array[]> {
  const pieces = await kept(await cipher.seal(plaintext))
  return cipher.isJoined ? [concat(...pieces)] : pieces
}

async function kept(pieces: Pieces): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return all
}

/** Takes every piece and keeps none, as who writes to a disk or a socket does. */
async function drained(pieces: Pieces): Promise<void> {
  for await (const _ of pieces);
}

function sealer(cipher: Cipher, whole: Uint8Array): Contender {
  return inProcess(
    cipher.name,
    () => roundTrip(cipher),
    async amount => {
      for (let i = 0; i < amount; i++) await drained(await cipher.seal(whole))
    },
  )
}

/** What it opens is made by the first work, and counted with it: that is the warm-up. */
function opener(cipher: Cipher, whole: Uint8Array): Contender {
  let sealed: readonly Uint8Array[] | null = null
  const timed = inProcess(
    cipher.name,
    () => roundTrip(cipher),
    async amount => {
      sealed ??= await sealedBy(cipher, whole)
      for (let i = 0; i < amount; i++) await drained(await cipher.open(sealed))
    },
  )
  return {
    ...timed,
    close() {
      sealed = null
    },
  }
}

/** 1 MiB that begins and ends inside chunks: 65 of them are opened. */
function rangeCase(whole: Uint8Array): Case {
  const key = AeadKey.generate(systemRandom)
  const context = new Uint8Array(0)
  const from = 20 * mebibyte + 5
  const wanted = whole.subarray(from, from + mebibyte)
  let sealed: Uint8Array | null = null
  const range = async (): Promise<Uint8Array> => {
    sealed ??= sealBytes(key, whole, context)
    return (await openRange(key, sourceOf(sealed), context, from, from + mebibyte)).plaintext
  }
  const ours = inProcess('core/chunked', range, async amount => {
    for (let i = 0; i < amount; i++) await range()
  })
  let part: readonly Uint8Array[] | null = null
  const partly = async (): Promise<Uint8Array> => {
    part ??= await sealedBy(oneCall, wanted)
    return concat(...(await kept(await oneCall.open(part))))
  }
  const theirs = inProcess(`${oneCall.name}, that MiB alone`, partly, async amount => {
    for (let i = 0; i < amount; i++) await partly()
  })
  return {
    id: 'chunked-range',
    title: 'Opening 1 MiB out of 64',
    unit: 'MB/s',
    perUnit: mebibyte / 1e6,
    contenders: [ours, theirs],
    warmUpMs,
  }
}

const sourceOf = (bytes: Uint8Array): RangeSource => ({
  sizeBytes: bytes.length,
  read: async (start, end) => bytes.subarray(start, end),
})
