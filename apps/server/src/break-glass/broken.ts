/** Of what the store has something else than was put: the rest is served all the same. */
import { ChartsealError } from '@chartseal/core/errors'
import { requestError } from '../errors.js'

/** A disk or database that fails is no fault of one row. */
export function brokenUnlessOfMachine(error: unknown, id: string): unknown {
  const isOfMachine = error instanceof ChartsealError && /^(files|store|server)\//.test(error.code)
  return isOfMachine ? error : requestError('emergency/broken', { id })
}

/** `null` for one of which the store has something else than was put: whoever asks for many is answered with the rest. */
export async function unlessBroken<Shown>(reading: Promise<Shown>): Promise<Shown | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'emergency/broken') return null
    throw error
  }
}
