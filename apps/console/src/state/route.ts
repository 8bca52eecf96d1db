/** Which screen is open, as the fragment of the address: it never leaves the browser. */

export type ScreenName =
  | 'home'
  | 'thread'
  | 'records'
  | 'share'
  | 'own'
  | 'record'
  | 'link'
  | 'conference'
  | 'seat'
  | 'team'
  | 'prescribe'
  | 'prescriptions'
  | 'prescription'
  | 'counter'
  | 'ledger'
  | 'pair'
  | 'kit'
  | 'restore'
  | 'access'
  | 'emergency'
  | 'safeguard'
  | 'device'
  | 'about'

export interface Route {
  readonly screen: ScreenName
  /** The pair of a thread or a pairing, or the id of a record, a link, a conference, a care team or a request of break-glass; empty otherwise. */
  readonly pairId: string
}

const screens: readonly ScreenName[] = [
  'home',
  'thread',
  'records',
  'share',
  'own',
  'record',
  'link',
  'conference',
  'seat',
  'team',
  'prescribe',
  'prescriptions',
  'prescription',
  'counter',
  'ledger',
  'pair',
  'kit',
  'restore',
  'access',
  'emergency',
  'safeguard',
  'device',
  'about',
]

export function parseRoute(hash: string): Route {
  const [name = '', pairId = ''] = hash.replace(/^#\/?/, '').split('/')
  return { screen: screens.find(one => one === name) ?? 'home', pairId }
}

export const formatRoute = ({ screen, pairId }: Route): string =>
  pairId === '' ? `#/${screen}` : `#/${screen}/${pairId}`
