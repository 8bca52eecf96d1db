/** A file of any length in a form: `FormData` would need all of it at once. */
import { encodeUtf8 } from '@chartseal/core/encoding'

export interface StreamedForm {
  readonly contentType: string
  readonly body: ReadableStream<Uint8Array>
}

// A CAR has checked blocks of ciphertext: whoever can put this line into one could as well write another CAR.
const boundary = 'chartseal-7f3a9d52c4e84b06a1d0'

/** One file named `data` (RFC 7578). */
export function streamedForm(content: AsyncIterable<Uint8Array>): StreamedForm {
  const pieces = framed(content)
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: new ReadableStream({
      async pull(output) {
        const { done, value } = await pieces.next()
        if (done) output.close()
        else output.enqueue(value)
      },
      async cancel() {
        await pieces.return(undefined)
      },
    }),
  }
}

async function* framed(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield encodeUtf8(
    `--${boundary}\r\ncontent-disposition: form-data; name="data"; filename="data"\r\n` +
      'content-type: application/octet-stream\r\n\r\n',
  )
  yield* content
  yield encodeUtf8(`\r\n--${boundary}--\r\n`)
}
