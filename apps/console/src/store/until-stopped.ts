/** Rows for as long as a device is unlocked: from the lock on they give nothing and take nothing. */
import { consoleError } from '../errors.js'
import type { Rows } from './rows.js'

/** @throws ChartsealError `console/locked` from each call that ends after `signal` */
export function rowsUntil(rows: Rows, signal: AbortSignal): Rows {
  const open = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    refuseWhen(signal)
    const result = await work()
    refuseWhen(signal)
    return result
  }
  return {
    get: key => open(() => rows.get(key)),
    range: (prefix, from) => open(() => rows.range(prefix, from)),
    keys: prefix => open(() => rows.keys(prefix)),
    count: prefix => open(() => rows.count(prefix)),
    last: prefix => open(() => rows.last(prefix)),
    async write(changes) {
      refuseWhen(signal)
      await rows.write(changes)
    },
  }
}

/** @throws ChartsealError `console/locked` */
function refuseWhen({ aborted }: AbortSignal): void {
  if (aborted) throw consoleError('console/locked', {})
}
