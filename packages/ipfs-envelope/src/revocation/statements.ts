/** What each step of taking back does, and what it does not: codes for machines, sentences for people. */

import type { GrantList } from '../grants/list.js'

/** From the least to the most that can be done. */
export const revocationSteps = ['stop-serving', 'new-grants', 're-encrypt', 'shred'] as const
export type RevocationStep = (typeof revocationSteps)[number]

export const achievements = {
  'not-served': 'This store hands out neither the payload nor its grants any more.',
  'not-granted': 'The people left out find no key for themselves in the newest list.',
  'new-key': 'The record is under a new key that the people left out never had.',
  'old-payload-deleted': 'This store has deleted the old payload, and says that it is gone.',
  'grants-emptied': 'The newest list has a key for nobody, and this store has no older list.',
} as const
export type Achievement = keyof typeof achievements

export const limits = {
  'content-already-read': 'Whoever has read the record keeps what they saw, saved or printed.',
  'content-key-kept':
    'Whoever could open the record may have kept its content key, which opens every copy of that payload for ever.',
  'owner-key-kept':
    'Whoever has the signing key of the owner, by a capability to grant for instance, signs lists for this package and for every other one of that owner.',
  'grants-still-valid': 'Everybody who was granted access still has a key: any other copy opens for them.',
  'same-content-key': 'The payload and its key stay the same: whoever had the key can read the payload.',
  'old-list-kept': 'Whoever kept an older grant list can open it with their own key.',
  'old-list-shown':
    'Somebody who reads for the first time can be shown an older list, as they have seen no newer one.',
  'older-lists-stored':
    'This store still has older lists, in which the people left out have a key, and which it hands out to nobody.',
  'earlier-versions-kept':
    'Earlier versions that are still there are neither encrypted again nor deleted: whoever had their keys can read them.',
  'blocks-until-collected':
    'A store that shares its blocks with others, such as an IPFS node, only gives up its claim to them: they stay there, and may be handed out, until it collects garbage.',
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

const always: readonly Limit[] = [
  'content-already-read',
  'content-key-kept',
  'owner-key-kept',
  'backups',
  'honest-software',
]

const statements: Readonly<Record<RevocationStep, RevocationStatement>> = {
  'stop-serving': {
    step: 'stop-serving',
    achieves: ['not-served'],
    doesNotAchieve: [...always, 'grants-still-valid', 'old-list-kept', 'copies-elsewhere'],
  },
  'new-grants': {
    step: 'new-grants',
    achieves: ['not-granted'],
    doesNotAchieve: [
      ...always,
      'same-content-key',
      'old-list-kept',
      'old-list-shown',
      'older-lists-stored',
      'copies-elsewhere',
    ],
  },
  're-encrypt': {
    step: 're-encrypt',
    achieves: ['not-granted', 'new-key', 'old-payload-deleted'],
    doesNotAchieve: [
      ...always,
      'earlier-versions-kept',
      'blocks-until-collected',
      'old-list-kept',
      'old-list-shown',
      'older-lists-stored',
      'copies-elsewhere',
    ],
  },
  shred: {
    step: 'shred',
    achieves: ['not-granted', 'grants-emptied', 'old-payload-deleted'],
    doesNotAchieve: [...always, 'blocks-until-collected', 'old-list-kept', 'copies-elsewhere'],
  },
}

/**
 * What a step does and what it does not: all that it may leave undone, or with the list that it gave what it did leave.
 */
export function revocationStatement(
  step: RevocationStep,
  list?: Pick<GrantList, 'history'>,
): RevocationStatement {
  const statement = statements[step]
  if (step !== 're-encrypt' || list === undefined) return statement
  const kept = list.history.filter(({ isGone }) => !isGone)
  const isLeft: Partial<Record<Limit, boolean>> = {
    'earlier-versions-kept': kept.length > 0,
    'older-lists-stored': kept.some(({ sealedKey }) => sealedKey === null),
  }
  return { ...statement, doesNotAchieve: statement.doesNotAchieve.filter(code => isLeft[code] ?? true) }
}
