import { ChartsealError } from '@chartseal/core/errors'
import { storeError } from './errors.js'

/** Thrown within a transaction to run it once more: what it saw was changed meanwhile. */
export class Again extends Error {
  override readonly name = 'Again'
}

/** SQLite: busy and locked. PostgreSQL: serialization failure, deadlock. */
const passing = new Set(['5', '6', '40001', '40P01'])
/** Not a database, a corrupt one; what PostgreSQL calls corruption. */
const damaged = new Set(['11', '26', 'XX001', 'XX002'])
const sqliteNames: Readonly<Record<string, string>> = {
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  19: 'SQLITE_CONSTRAINT',
  26: 'SQLITE_NOTADB',
}

/** SQLite's own words, which the package for Node 20 gives alone when rows are read. */
const sqliteMessages: readonly (readonly [RegExp, string])[] = [
  [/^database( table)? is locked/, '5'],
  [/^attempt to write a readonly/, '8'],
  [/^disk I\/O error/, '10'],
  [/^database disk image is malformed/, '11'],
  [/^database or disk is full/, '13'],
  [/constraint failed/, '19'],
  [/^file is not a database/, '26'],
]

/** The engine's own code: SQLite's primary one as a decimal number, PostgreSQL's SQLSTATE, or that of a socket. */
function engineCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  // The extended code has the primary one in its lowest byte.
  if ('errcode' in error && typeof error.errcode === 'number') return `${error.errcode % 256}`
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  if (code !== 'ERR_SQLITE_ERROR') return code
  return sqliteMessages.find(([words]) => words.test(error.message))?.[1] ?? code
}

/** Whether the same again may succeed, as others were in the way. */
export function isPassing(error: unknown): boolean {
  return error instanceof Again || passing.has(engineCode(error) ?? '')
}

/** The clients of both engines, of a connection that is gone: they have no code for it. */
const gone =
  /^(Connection terminated|Client (has encountered a connection error|was closed)|timeout exceeded when trying to connect|Query read timeout|driver has already been destroyed|[Dd]atabase (connection is closed|is not open)|statement has been finalized)/

/** What an engine threw, as the port says it. Refusals, and the faults of whoever calls, stay as they are. */
export function asStoreError(error: unknown): unknown {
  if (error instanceof ChartsealError || error instanceof TypeError || error instanceof RangeError)
    return error
  if (isPassing(error)) return storeError('store/busy', { attempts: 1 })
  const code = engineCode(error) ?? (isGone(error) ? 'connection' : null)
  if (code === null) return error
  const reason = sqliteNames[code] ?? code
  return damaged.has(code) ? storeError('store/damaged', { reason }) : storeError('store/failed', { reason })
}

function isGone(error: unknown): boolean {
  return error instanceof Error && gone.test(error.message)
}
