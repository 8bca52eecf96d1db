/** SQLite as Node has it, or for Node 20 the package with the same interface. */
import type { DatabaseSync } from 'node:sqlite'
import { storeError } from './errors.js'

export type SqliteClass = typeof DatabaseSync

type Source = () => Promise<SqliteClass | null>

/** @throws ChartsealError `store/no-sqlite` */
export async function loadSqlite(sources: readonly Source[] = [builtIn, fromPackage]): Promise<SqliteClass> {
  for (const source of sources) {
    const found = await source()
    if (found !== null) return found
  }
  throw storeError('store/no-sqlite', { node: process.version })
}

async function builtIn(): Promise<SqliteClass | null> {
  const giveBack = withoutWarning()
  try {
    const { DatabaseSync: found } = await import('node:sqlite')
    return found
  } catch {
    return null
  } finally {
    giveBack()
  }
}

async function fromPackage(): Promise<SqliteClass | null> {
  try {
    const { DatabaseSync: found } = await import('@photostructure/sqlite')
    return found as unknown as SqliteClass
  } catch {
    return null
  }
}

/** Node 22 warns at the first import that SQLite is experimental. That one warning is left out, every other is shown. */
function withoutWarning(): () => void {
  const { emitWarning } = process
  const filtered = (warning: string | Error, ...rest: unknown[]): void => {
    if (`${warning}`.includes('SQLite is an experimental feature')) return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  process.emitWarning = filtered as typeof emitWarning
  return () => {
    process.emitWarning = emitWarning
  }
}
