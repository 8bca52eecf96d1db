/** The log of the server: one line of JSON a request, with nothing in it that says who or about whom. */
import type { Clock } from '@chartseal/core/ports'
import pino, { type Logger } from 'pino'

export type { Logger } from 'pino'

/** What might come with an error of a library; names of our own fields are never among them. */
const redacted = [
  'req',
  'res',
  'headers',
  '*.headers',
  'url',
  '*.url',
  'path',
  '*.path',
  'body',
  '*.body',
  'address',
]

/** Lines of one second are written together: whoever looks sees them, and a process that is killed takes few along. */
const togetherMs = 1_000

/** Writes to standard output; `flushSync` before the process ends. */
export function createLogger(level: string): Logger {
  const isDebug = level === 'debug'
  return pino(
    {
      level,
      base: null,
      redact: { paths: redacted, remove: true },
      formatters: { level: label => ({ level: label }) },
    },
    pino.destination({ fd: 1, sync: isDebug, minLength: isDebug ? 0 : 4_096, periodicFlush: togetherMs }),
  )
}

const seldomMs = 60_000

/**
 * For what is tried again and again: the same text with the same code is told once a minute, with how often it came
 * meanwhile.
 */
export function seldomLogger(
  logger: Pick<Logger, 'warn' | 'error'>,
  clock: Clock,
): { readonly [level in 'warn' | 'error']: (fields: { readonly code: string }, text: string) => void } {
  const told = new Map<string, { readonly atMs: number; more: number }>()
  const tell =
    (level: 'warn' | 'error') =>
    (fields: { readonly code: string }, text: string): void => {
      const key = `${fields.code} ${text}`
      const last = told.get(key)
      const nowMs = clock.nowMs()
      if (last !== undefined && nowMs >= last.atMs && nowMs - last.atMs < seldomMs) {
        last.more += 1
        return
      }
      told.set(key, { atMs: nowMs, more: 0 })
      logger[level](
        last === undefined || last.more === 0 ? fields : { ...fields, unwritten: last.more },
        text,
      )
    }
  return { warn: tell('warn'), error: tell('error') }
}

/** An error without its text, which may hold a name of a file or of a person. */
export function kindOf(error: unknown): {
  readonly kind: string
  readonly code: string
  readonly at: string
  /** What the engine of the store calls it, such as SQLITE_FULL, or the client of NATS. */
  readonly reason?: string
} {
  const { code, name, stack }: { code?: unknown; name?: unknown; stack?: unknown } = Object(error)
  const frame =
    /\(?([^\s()/]+\.(?:js|ts):\d+):\d+\)?$/m.exec(typeof stack === 'string' ? stack : '')?.[1] ?? ''
  return {
    kind: typeof name === 'string' ? name : typeof error,
    code: typeof code === 'string' ? code : '',
    at: frame,
    ...reasonOf(error),
  }
}

/** Of the store and the bus alone: their reasons are codes of an engine, and kinds of errors. */
function reasonOf(error: unknown): { readonly reason?: string } {
  const { code, context }: { code?: unknown; context?: unknown } = Object(error)
  const { reason }: { reason?: unknown } = Object(context)
  const isCode = code === 'store/failed' || code === 'nats/away'
  return isCode && typeof reason === 'string' ? { reason } : {}
}
