/** Lines of a stream, as text: strict UTF-8, LF or CRLF, of bounded length. */
import type { Readable } from 'node:stream'
import { decodeUtf8, withoutBom } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { cliError } from './errors.js'
import { namingFile } from './files.js'

export interface Line {
  /** From 1, blank lines counted. */
  readonly number: number
  readonly text: string
}

const maxLineBytes = 1024 * 1024
const lineFeed = 10

/**
 * Every line that is not blank; `file` names them in what is refused.
 * @throws ChartsealError `encoding/invalid`, `cli/too-large`
 */
export async function* linesOf(stream: Readable, file: string): AsyncGenerator<Line, void, undefined> {
  let rest: Buffer = Buffer.alloc(0)
  let number = 0
  const lineIn = (bytes: Uint8Array): Line => {
    number++
    return inLine(file, number, () => ({ number, text: textOf(bytes, number) }))
  }
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, Buffer.from(chunk)])
    let start = 0
    for (let end = rest.indexOf(lineFeed); end >= 0; end = rest.indexOf(lineFeed, start)) {
      const line = lineIn(rest.subarray(start, end))
      start = end + 1
      if (line.text.trim() !== '') yield line
    }
    rest = rest.subarray(start)
    if (rest.length > maxLineBytes) lineIn(rest)
  }
  const last = lineIn(rest)
  if (last.text.trim() !== '') yield last
}

function textOf(bytes: Uint8Array, number: number): string {
  if (bytes.length > maxLineBytes) throw cliError('cli/too-large', { limitBytes: maxLineBytes })
  const text = decodeUtf8(bytes).replace(/\r$/, '')
  return number === 1 ? withoutBom(text) : text
}

/** The same refusal, which names line and file first. */
export function namingLine(file: string, number: number, error: unknown): unknown {
  const name = file === '-' ? 'stdin' : file
  return error instanceof ChartsealError ? namingFile(`line ${number} of ${name}`, error) : error
}

function inLine<Result>(file: string, number: number, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw namingLine(file, number, error)
  }
}

/**
 * One line as one JSON object is written on it: what was given in its place is named, with the next step.
 * @throws ChartsealError `cli/not-json`
 */
export function refuseOtherLines(text: string): void {
  const format = formatOf(text)
  if (format === 'XML')
    throw cliError('cli/not-json', { format, hint: 'Convert each resource to JSON, one a line.' })
  if (format === 'JSON over several lines')
    throw cliError('cli/not-json', { format, hint: 'Write one object a line, as jq -c does.' })
}

/** What a first line shows; `null` for what is neither. */
export function formatOf(line: string): 'XML' | 'NDJSON' | 'JSON over several lines' | null {
  const text = line.trim()
  if (/^<[?!a-zA-Z]/.test(text)) return 'XML'
  if (/^[{[]/.test(text)) return /^\{.*\}$/.test(text) ? 'NDJSON' : 'JSON over several lines'
  return null
}
