/** Queries that every message needs are built once: building them anew took as long as running them. */
import type { Compilable, CompiledQuery, DialectAdapter, Kysely } from 'kysely'
import type { Schema } from './schema.js'

/**
 * A query whose values are the arguments, each once and in the order of the text.
 * @throws Error at the first use of one whose values are others
 */
export function prepared<Values extends readonly unknown[], Row>(
  build: (db: Kysely<Schema>, ...values: Values) => Compilable<Row>,
): (db: Kysely<Schema>, ...values: Values) => Promise<readonly Row[]> {
  const texts = new WeakMap<DialectAdapter, CompiledQuery<Row>>()
  const textFor = (db: Kysely<Schema>, values: Values): CompiledQuery<Row> => {
    const { adapter } = db.getExecutor()
    const known = texts.get(adapter)
    if (known !== undefined) return known
    const made = build(db, ...values).compile()
    const isInOrder = made.parameters.every((value, i) => Object.is(value, values[i]))
    if (!isInOrder || made.parameters.length !== values.length)
      throw new Error('internal: a prepared query whose values are not its arguments')
    texts.set(adapter, made)
    return made
  }
  return async (db, ...values) => {
    const { rows } = await db.executeQuery<Row>({ ...textFor(db, values), parameters: values })
    return rows
  }
}
