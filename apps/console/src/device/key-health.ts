/** Whether the keys of this device are well: one list, and for each thing that is not one next step. */

export interface KeyFacts {
  /** Whoever works here has people to write to. */
  readonly writes: boolean
  readonly pairs: number
  /** Pairs without a kit of which a sheet was scanned back. */
  readonly uncovered: number
  readonly hasPasskey: boolean
  /** Whether this browser can have a passkey. */
  readonly canHavePasskey: boolean
  /** The browser promised to keep what is stored. */
  readonly isPersistent: boolean
  readonly isInstalled: boolean
  /** Messages that no key of this device opens. */
  readonly strays: number
}

export type HealthItem = 'paired' | 'kit' | 'new-pairs' | 'ways' | 'storage' | 'installed' | 'strays'
export type HealthStep = 'pair' | 'make-kit' | 'add-passkey' | 'ask-storage' | 'restore'

export interface Health {
  readonly item: HealthItem
  /** `must`: something is blocked or can be lost; `could`: it would be better. */
  readonly state: 'good' | 'could' | 'must'
  /** `null` when nothing is to be done, or nothing can be. */
  readonly step: HealthStep | null
}

/** What must be done comes first. */
export function keyHealth(facts: KeyFacts): readonly Health[] {
  const all: readonly Health[] = [
    // Keys of pairs are all that a kit has.
    ...(facts.writes ? [item('paired', facts.pairs > 0 ? 'good' : 'must', 'pair'), kitOf(facts)] : []),
    item('ways', facts.hasPasskey ? 'good' : 'could', facts.canHavePasskey ? 'add-passkey' : null),
    item('storage', facts.isPersistent ? 'good' : 'could', 'ask-storage'),
    item('installed', facts.isInstalled ? 'good' : 'could', null),
    ...(facts.strays > 0 ? [item('strays', 'could', 'restore')] : []),
  ]
  const order = ['must', 'could', 'good']
  return all.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
}

/** Without any kit nothing leaves; with one, who came later is in danger with this device alone. */
function kitOf({ pairs, uncovered }: KeyFacts): Health {
  if (uncovered === 0) return item('kit', 'good', null)
  return item(uncovered === pairs ? 'kit' : 'new-pairs', 'must', 'make-kit')
}

function item(name: HealthItem, state: Health['state'], step: HealthStep | null): Health {
  return { item: name, state, step: state === 'good' ? null : step }
}
