/** What changes in the store wakes whoever waits for it. */
import type { BreakGlassKeeper } from '../break-glass/keeper.js'
import type { Store } from '../store.js'
import type { Events } from './events.js'

/** Gives what ends it. */
export function wakeWhoWaits(
  store: Pick<Store, 'onChange'>,
  events: Events,
  breakGlass: Pick<BreakGlassKeeper, 'whoSees'>,
): () => void {
  return store.onChange(change => {
    if (change.kind === 'mailbox') events.message(change.box)
    else if (change.kind === 'slot') events.slot(change.slot)
    else if (change.kind === 'resync') events.resync()
    else if (change.kind === 'emergency')
      breakGlass.whoSees(change.id).then(
        kids => events.breakGlass(kids, change.id),
        // Whoever was to be told finds it when they look.
        () => undefined,
      )
  })
}
