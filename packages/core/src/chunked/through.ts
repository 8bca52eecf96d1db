import type { ByteTransform } from './pipeline.js'

/**
 * The content behind a transformation; what fails in front of it fails here. A piece may be lent: the next one is asked for
 * when the transformation has taken it.
 */
export async function* through(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  { writable, readable }: ByteTransform,
): AsyncGenerator<Uint8Array, void, void> {
  const fed = feed(content, writable)
  // What it fails with fails what is read as well. A source that stalls is not waited for when nobody reads any more.
  fed.catch(() => undefined)
  const reader = readable.getReader()
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value
    await fed
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

async function feed(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = writable.getWriter()
  try {
    if (content instanceof Uint8Array) await writer.write(content)
    else for await (const piece of content) await writer.write(piece)
    await writer.close()
  } catch (error) {
    await writer.abort(error).catch(() => undefined)
    throw error
  }
}
