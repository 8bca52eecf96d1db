/** Streams of the platform, read piece by piece. */

/**
 * The pieces of a stream, as not every browser iterates over one. Whoever stops early ends it; what it fails with is thrown,
 * whatever ending it does.
 */
export async function* piecesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const reader = stream.getReader()
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
