/** What the newest signed roster says of devices. */
import { type Standing, standingIn } from '@chartseal/clinic/break-glass'
import { parseRoster, type Roster } from '@chartseal/clinic/roster'
import { rosterText } from '../operations/first-contact.js'
import type { Store } from '../store.js'

export class RosterBook {
  readonly #store: Pick<Store, 'roster'>
  #known: { readonly seq: number; readonly roster: Roster } | null = null

  constructor(store: Pick<Store, 'roster'>) {
    this.#store = store
  }

  /** `null` before the first one. */
  async newest(): Promise<Roster | null> {
    const latest = await this.#store.roster.latest()
    if (latest === null) return null
    if (this.#known?.seq !== latest.seq)
      this.#known = { seq: latest.seq, roster: parseRoster(rosterText(latest.bytes)) }
    return this.#known.roster
  }

  async standingOf(kid: string): Promise<Standing> {
    const roster = await this.newest()
    return roster === null ? { role: null, isOfficer: false } : standingIn(roster, kid)
  }

  /** Who sees every request: officers, and auditors. */
  async watchers(): Promise<readonly string[]> {
    const roster = await this.newest()
    const auditors = roster?.people.filter(({ role }) => role === 'auditor').map(({ kid }) => kid) ?? []
    return [...new Set([...(roster?.officers ?? []), ...auditors])]
  }
}

export const isWatcher = ({ role, isOfficer }: Standing): boolean => isOfficer || role === 'auditor'
