/** Which thread the first screen shows: nobody's news change it under the hands of who types. */
import type { DeviceRole } from '../device/role.js'
import type { PairView } from './views.js'

/**
 * The pair that the address names; without one the only pair there is, and who was that when the screen was opened.
 * `null`: nobody is chosen yet.
 */
export function openPair(
  paired: readonly PairView[],
  {
    role,
    chosen,
    sole,
    hasMore = false,
  }: {
    readonly role: DeviceRole
    readonly chosen: string
    readonly sole: string
    readonly hasMore?: boolean
  },
): PairView | null {
  const named = paired.find(({ id }) => id === chosen)
  if (named !== undefined || chosen !== '' || role === 'doctor') return named ?? null
  return paired.length === 1 && !hasMore
    ? (paired[0] ?? null)
    : (paired.find(({ id }) => id === sole) ?? null)
}
