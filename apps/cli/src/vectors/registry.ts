import type { VectorRunners } from '@chartseal/core/vectors'
import { runners as wire } from '@chartseal/wire/vectors'

/** Every vector file this build knows, by name without `.json`: one line per package. */
export const runners: VectorRunners = {
  ...wire,
}
