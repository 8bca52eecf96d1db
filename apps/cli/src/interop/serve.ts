/** One JSON line in, one JSON line out, in order, until the input ends. */
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { cliError } from '../io/errors.js'
import { type Io, write } from '../io/io.js'
import { type Answer, toJsonText } from '../io/json-text.js'
import { splitLines } from './lines.js'
import type { Operations, Tools } from './operation.js'

export async function serve(io: Io, operations: Operations): Promise<void> {
  for await (const line of splitLines(io.stdin)) {
    const answer = await answerLine(line, operations, io)
    await write(io.stdout, `${toJsonText(answer)}\n`)
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
  if (operation === undefined) throw cliError('interop/unknown-op', { op })
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
