import { concat } from '@chartseal/core/bytes'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { type Answer, JsonObject, toJsonText } from '@chartseal/core/json'
import { conformanceError } from '../errors.js'
import type { Operations, Tools } from './operation.js'

const lineFeed = 0x0a

/**
 * Lines of a byte stream, without their line feed, of any length. U+2028, which some readers take for the
 * end of a line, is legal inside JSON: only a line feed ends one here.
 */
export async function* splitLines(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? encodeUtf8(chunk) : chunk
    let start = 0
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
      yield concat(...parts, bytes.subarray(start, end))
      parts = []
      start = end + 1
    }
    if (start < bytes.length) parts.push(bytes.slice(start))
  }
  if (parts.length > 0) yield concat(...parts)
}

/** One JSON line in, one JSON line out, in order, until the input ends. */
export async function* answers(
  input: AsyncIterable<string | Uint8Array>,
  operations: Operations,
  tools: Tools,
): AsyncGenerator<string> {
  for await (const line of splitLines(input)) {
    yield `${toJsonText(await answerLine(line, operations, tools))}\n`
  }
}

/** The answer to one line; it never throws. An `id` in the request comes back in the answer. */
export async function answerLine(line: Uint8Array, operations: Operations, tools: Tools): Promise<Answer> {
  let id: Answer = {}
  try {
    const request = JsonObject.parse(decodeUtf8(line))
    id = idOf(request)
    return { ok: true, ...(await perform(request, operations, tools)), ...id }
  } catch (error) {
    return { ok: false, code: codeOf(error), ...id }
  }
}

function perform(request: JsonObject, operations: Operations, tools: Tools): Answer | Promise<Answer> {
  const op = request.text('op')
  const operation = Object.hasOwn(operations, op) ? operations[op] : undefined
  if (operation === undefined) throw conformanceError('interop/unknown-op', { op })
  return operation(request, tools)
}

function idOf(request: JsonObject): Answer {
  const id = request.raw('id')
  return typeof id === 'string' || typeof id === 'number' ? { id } : {}
}

// TypeError and RangeError are the packages' word for a caller's mistake; here the request is the caller.
function codeOf(error: unknown): string {
  if (error instanceof ChartsealError) return error.code
  if (error instanceof TypeError || error instanceof RangeError) return 'interop/invalid-request'
  return 'interop/internal'
}
