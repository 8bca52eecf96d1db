/** What each step of taking back does, and what it does not: codes for machines, sentences for people. */

/** From the least to the most that can be done. */
export const revocationSteps = ['stop-serving', 'new-grants', 're-encrypt', 'shred'] as const
export type RevocationStep = (typeof revocationSteps)[number]

export const achievements = {
  'not-served': 'This store hands out neither the payload nor its grants any more.',
  'not-granted': 'The people left out find no key for themselves in the newest list.',
  'new-key': 'The record is under a new key that the people left out never had.',
  'old-payload-deleted': 'This store no longer has the old payload, and says that it is gone.',
  'grants-emptied': 'The newest list has a key for nobody, and this store has no older list.',
} as const
export type Achievement = keyof typeof achievements

export const limits = {
  'content-already-read': 'Whoever has read the record keeps what they saw, saved or printed.',
  'content-key-kept':
    'Whoever could open the record may have kept its content key, which opens every copy of that payload for ever.',
  'grants-still-valid': 'Everybody who was granted access still has a key: any other copy opens for them.',
  'same-content-key': 'The payload and its key stay the same: whoever had the key can read the payload.',
  'old-list-kept': 'Whoever kept an older grant list can open it with their own key.',
  'old-list-shown':
    'Somebody who reads for the first time can be shown an older list, as they have seen no newer one.',
  'copies-elsewhere': 'Copies of the payload on other nodes, gateways, caches and devices stay.',
  backups: 'Backups of this store, and of the devices of owner and readers, keep what they had.',
  'honest-software': 'Times and purposes of a list bind honest software only.',
} as const
export type Limit = keyof typeof limits

export interface RevocationStatement {
  readonly step: RevocationStep
  readonly achieves: readonly Achievement[]
  readonly doesNotAchieve: readonly Limit[]
}

const always: readonly Limit[] = ['content-already-read', 'content-key-kept', 'backups', 'honest-software']

const statements: Readonly<Record<RevocationStep, RevocationStatement>> = {
  'stop-serving': {
    step: 'stop-serving',
    achieves: ['not-served'],
    doesNotAchieve: [...always, 'grants-still-valid', 'old-list-kept', 'copies-elsewhere'],
  },
  'new-grants': {
    step: 'new-grants',
    achieves: ['not-granted'],
    doesNotAchieve: [...always, 'same-content-key', 'old-list-kept', 'old-list-shown', 'copies-elsewhere'],
  },
  're-encrypt': {
    step: 're-encrypt',
    achieves: ['not-granted', 'new-key', 'old-payload-deleted'],
    doesNotAchieve: [...always, 'old-list-kept', 'old-list-shown', 'copies-elsewhere'],
  },
  shred: {
    step: 'shred',
    achieves: ['not-granted', 'grants-emptied', 'old-payload-deleted'],
    doesNotAchieve: [...always, 'old-list-kept', 'copies-elsewhere'],
  },
}

export function revocationStatement(step: RevocationStep): RevocationStatement {
  return statements[step]
}
