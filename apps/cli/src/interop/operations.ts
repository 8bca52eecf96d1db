import type { Operations } from './operation.js'
import { wireOperations } from './wire.js'

/** Every operation of `chartseal interop`: one line per package. */
export const operations: Operations = {
  ...wireOperations,
}
