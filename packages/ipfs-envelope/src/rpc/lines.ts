/** NDJSON as nodes write it: one object a line, and an error may be one of them, inside a status of 200. */
import { decodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { shortened } from '../net/answer.js'
import { storeError } from '../stores/errors.js'

const maxLineBytes = 1_048_576
const newline = 10

/** @throws ChartsealError `remote/bad-answer` for a line that is no object, or too long; `remote/refused` for an error */
export async function* objectsOf(
  pieces: AsyncIterable<Uint8Array>,
  operation: string,
): AsyncGenerator<JsonObject> {
  for await (const line of linesOf(pieces, operation)) {
    if (line.length === 0) continue
    const object = parsed(line, operation)
    const reason = errorIn(object)
    if (reason !== null) throw storeError('remote/refused', { operation, status: 200, reason })
    yield object
  }
}

function parsed(line: Uint8Array, operation: string): JsonObject {
  try {
    return JsonObject.parse(decodeUtf8(line))
  } catch {
    throw storeError('remote/bad-answer', { operation, reason: 'a line is not a JSON object' })
  }
}

/** `{Message, Code, Type: "error"}` of a command that failed midway; `Error` and `Err` of single objects. */
function errorIn(object: JsonObject): string | null {
  const field = ['Error', 'Err'].find(name => textAt(object, name) !== '')
  if (field !== undefined) return shortened(textAt(object, field))
  if (textAt(object, 'Type') !== 'error') return null
  return shortened(textAt(object, 'Message'))
}

/** Empty where there is no text under the name. */
export function textAt(object: JsonObject, name: string): string {
  const value = object.raw(name)
  return typeof value === 'string' ? value : ''
}

async function* linesOf(pieces: AsyncIterable<Uint8Array>, operation: string): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0)
  for await (const piece of pieces) {
    let from = 0
    for (let at = piece.indexOf(newline); at >= 0; at = piece.indexOf(newline, from)) {
      yield joined(rest, piece.subarray(from, at))
      rest = new Uint8Array(0)
      from = at + 1
    }
    rest = joined(rest, piece.subarray(from))
    if (rest.length > maxLineBytes) {
      throw storeError('remote/bad-answer', { operation, reason: 'a line is too long' })
    }
  }
  yield rest
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
