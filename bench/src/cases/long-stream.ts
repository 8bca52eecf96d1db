/** A stream that no memory could hold. */
import { openStream, sealStream } from '@chartseal/core/chunked'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import type { Fact } from '../facts.js'
import { memoryInUse } from '../garbage.js'

const mebibyte = 1_048_576
const longBytes = 10_240 * mebibyte
const pieceBytes = mebibyte / 4

/** The most memory in use, garbage collected first, while 10 GiB are sealed and opened. */
export async function longStream(): Promise<readonly Fact[]> {
  const key = AeadKey.generate(systemRandom)
  const context = new Uint8Array(0)
  const start = memoryInUse()
  let [most, received, next] = [0, 0, longBytes / 32]
  const opened = zeros().pipeThrough(sealStream(key, context)).pipeThrough(openStream(key, context))
  for await (const piece of opened) {
    received += piece.length
    if (received < next) continue
    next += longBytes / 32
    most = Math.max(most, memoryInUse() - start)
  }
  if (received !== longBytes) throw new Error('internal: the stream came to another length')
  const title = 'stream of 10 GiB, sealed and opened: most memory in use'
  return [{ id: 'stream-memory', title, value: most, unit: 'bytes' }]
}

function zeros(): ReadableStream<Uint8Array> {
  const piece = new Uint8Array(pieceBytes)
  let sent = 0
  return new ReadableStream({
    pull(output) {
      if (sent >= longBytes) return output.close()
      sent += pieceBytes
      output.enqueue(piece)
    },
  })
}
