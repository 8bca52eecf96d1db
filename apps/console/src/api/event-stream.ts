/** An event stream (HTML 9.2) of which the page needs one thing: that something came. */

/** Ends when the stream does. Comments, which keep the connection alive, wake nobody. */
export async function readEvents(stream: ReadableStream<Uint8Array>, wake: () => void): Promise<void> {
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    rest += decoder.decode(value, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    if (lines.some(line => line.startsWith('data:'))) wake()
  }
}
