/**
 * A key that another program keeps: of a token, a card, a key server. One JSON object a line goes to its stdin, one
 * comes back on its stdout; nothing secret is ever among its arguments. Protocol: docs/spec/identity-command.md.
 */
import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { type Answer, JsonObject, toJsonText } from '@chartseal/core/json'
import { cliError } from './errors.js'
import type { Io } from './io.js'

/** Of an answer; the recipient of a post-quantum key has 2 KB. */
const maxAnswerBytes = 65_536
const maxReasonCharacters = 300
/** For a program whose stdin has ended. */
const leaveMs = 2000

export interface CommandOptions {
  /** As the shell takes it. */
  readonly command: string
  /** For each answer: a person may have to type a PIN meanwhile. */
  readonly timeoutMs: number
}

/** The program while it runs, asked one thing at a time. */
export interface IdentityProcess {
  /**
   * @throws ChartsealError `cli/identity-timeout`, `cli/identity-ended`, `cli/identity-answer`, `cli/identity-refused`
   */
  ask(request: Answer): Promise<JsonObject>
  /** Ends its stdin, and the program when it does not end by itself. */
  close(): Promise<void>
}

/** Starts the program with the environment and the folder of the user. */
export function startIdentityCommand(io: Io, { command, timeoutMs }: CommandOptions): IdentityProcess {
  const child = spawn(command, {
    shell: true,
    cwd: io.cwd,
    env: { ...io.env },
    // In the group of this process: it may ask for a PIN on the terminal.
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const { stdin, stdout, stderr } = child
  // Why it does not read is told by how it ends.
  stdin.on('error', () => undefined)
  stderr.on('data', (chunk: Uint8Array) => io.stderr.write(chunk))
  const ended = new Promise<string>(resolve => {
    child.on('error', error => resolve(error.message))
    child.on('close', (code, signal) => resolve(code === null ? `signal ${signal}` : `exit code ${code}`))
  })
  const lines = lineReader(stdout)
  return {
    async ask(request) {
      lines.refuseUnasked()
      stdin.write(`${toJsonText(request)}\n`)
      const line = await within(timeoutMs, Promise.race([lines.next(), ended.then(endedEarly)]))
      return answerIn(line)
    },
    async close() {
      stdin.end()
      await within(leaveMs, ended).catch(() => undefined)
      child.kill('SIGKILL')
      // What it has started may hold the other ends.
      for (const stream of [stdout, stderr]) stream.destroy()
      await ended
    },
  }
}

function endedEarly(how: string): never {
  throw cliError('cli/identity-ended', { how })
}

async function within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(cliError('cli/identity-timeout', { timeoutMs })), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

interface LineReader {
  /** Whole lines, in their order. */
  next(): Promise<string>
  /** @throws ChartsealError `cli/identity-answer` when there is more than was asked for */
  refuseUnasked(): void
}

function lineReader(stream: Readable): LineReader {
  let text = ''
  let wake: () => void = () => undefined
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length <= maxAnswerBytes) text += chunk
    wake()
  })
  const take = (): string | null => {
    const end = text.indexOf('\n')
    if (end < 0 && text.length > maxAnswerBytes)
      throw badAnswer(`this one has more than ${maxAnswerBytes} bytes`)
    if (end < 0) return null
    const line = text.slice(0, end)
    text = text.slice(end + 1)
    return line
  }
  return {
    async next() {
      for (let line = take(); ; line = take()) {
        if (line !== null) return line
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
    refuseUnasked() {
      if (text !== '') throw badAnswer('this one came before it was asked for')
    },
  }
}

/** @throws ChartsealError `cli/identity-answer`, `cli/identity-refused` */
function answerIn(line: string): JsonObject {
  const answer = objectIn(line)
  if (answer.raw('v') !== 1) throw badAnswer('this one has no "v": 1')
  const error = answer.raw('error')
  if (typeof error === 'string')
    throw cliError('cli/identity-refused', { reason: error.slice(0, maxReasonCharacters) })
  return answer
}

function objectIn(line: string): JsonObject {
  try {
    return JsonObject.parse(line)
  } catch {
    throw badAnswer('this is none')
  }
}

export function badAnswer(reason: string): Error {
  return cliError('cli/identity-answer', { reason })
}
