/** Rows of one kind are named by the time at which they came here, and sort by it. */
import { encodeHex } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'

const digits = 15
const markBytes = 4

export const rowTime = ({ clock }: { readonly clock: Clock }): string =>
  String(clock.nowMs()).padStart(digits, '0')

/** Tells rows of one moment apart. */
export const rowMark = ({ random }: { readonly random: Random }): string => encodeHex(random.bytes(markBytes))

export const rowName = (world: { readonly clock: Clock; readonly random: Random }): string =>
  `${rowTime(world)}-${rowMark(world)}`
