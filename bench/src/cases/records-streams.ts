/** A gibibyte as a stream, and in one call: by the clock, as both cores may help. */
import { concat } from '@chartseal/core/bytes'
import { type ByteTransform, openStream, sealStream } from '@chartseal/core/chunked'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { type Case, type Contender, inProcess } from '../measure.js'
import { pattern } from '../pattern.js'
import { oneCall, type Pieces } from '../peers/ciphers.js'

const mebibyte = 1_048_576
const wholeBytes = 1_024 * mebibyte
const pieceBytes = 65_536
const sample = pattern(100_000)
const key = AeadKey.generate(systemRandom)
const context = new Uint8Array(32)

export const ownStreamName = 'core/chunked, a stream'

export function streamCases(): readonly Case[] {
  return [
    caseOf('gibibyte-seal', 'Sealing 1 GiB', [ownSealer(), oneCallSealer()]),
    caseOf('gibibyte-open', 'Opening 1 GiB', [ownOpener(), oneCallOpener()]),
  ]
}

const caseOf = (id: string, title: string, contenders: readonly Contender[]): Case => ({
  id,
  title,
  unit: 'MB/s',
  perUnit: wholeBytes / 1e6,
  contenders,
  warmUpMs: 1,
})

/** In pieces of 64 KiB, as files and blobs come. */
function* cut(bytes: Uint8Array, times: number): Generator<Uint8Array> {
  for (let turn = 0; turn < times; turn++)
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

function streamed(pieces: Iterator<Uint8Array>, stage: ByteTransform): ReadableStream<Uint8Array> {
  const source = new ReadableStream<Uint8Array>({
    pull(output) {
      const { value, done } = pieces.next()
      if (done === true) output.close()
      else output.enqueue(value)
    },
  })
  return source.pipeThrough(stage)
}

async function kept(pieces: Pieces): Promise<Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return all
}

async function drained(pieces: Pieces): Promise<void> {
  for await (const _ of pieces);
}

const sealedSample = async (): Promise<Uint8Array> =>
  concat(...(await kept(streamed(cut(sample, 1), sealStream(key, context)))))

const roundTrip = async (): Promise<Uint8Array> =>
  concat(...(await kept(streamed(cut(await sealedSample(), 1), openStream(key, context)))))

function ownSealer(): Contender {
  const part = pattern(mebibyte)
  return inProcess(ownStreamName, roundTrip, async amount => {
    for (let i = 0; i < amount; i++)
      await drained(streamed(cut(part, wholeBytes / mebibyte), sealStream(key, context)))
  })
}

/** What it opens is made by the first work, and counted with it: that is the warm-up. */
function ownOpener(): Contender {
  let sealed: Uint8Array[] | null = null
  const contender = inProcess(ownStreamName, roundTrip, async amount => {
    sealed ??= await kept(streamed(cut(pattern(mebibyte), wholeBytes / mebibyte), sealStream(key, context)))
    for (let i = 0; i < amount; i++) await drained(streamed(sealed.values(), openStream(key, context)))
  })
  return {
    ...contender,
    close() {
      sealed = null
    },
  }
}

const oneCallRoundTrip = async (): Promise<Uint8Array> =>
  concat(...(await kept(await oneCall.open(await kept(await oneCall.seal(sample))))))

function wholeValue(): Uint8Array {
  const whole = new Uint8Array(wholeBytes)
  for (let at = 0; at < wholeBytes; at += mebibyte) whole.set(pattern(mebibyte), at)
  return whole
}

function oneCallSealer(): Contender {
  let whole: Uint8Array | null = null
  const contender = inProcess(oneCall.name, oneCallRoundTrip, async amount => {
    whole ??= wholeValue()
    for (let i = 0; i < amount; i++) await drained(await oneCall.seal(whole))
  })
  return {
    ...contender,
    close() {
      whole = null
    },
  }
}

function oneCallOpener(): Contender {
  let sealed: readonly Uint8Array[] | null = null
  const contender = inProcess(oneCall.name, oneCallRoundTrip, async amount => {
    sealed ??= await kept(await oneCall.seal(wholeValue()))
    for (let i = 0; i < amount; i++) await drained(await oneCall.open(sealed))
  })
  return {
    ...contender,
    close() {
      sealed = null
    },
  }
}
