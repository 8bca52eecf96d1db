import type { ChartsealError } from '@chartseal/core/errors'

export type PastedKind =
  | 'message'
  | 'part'
  | 'message-v1'
  | 'team-frame'
  | 'share'
  | 'pairing-code'
  | 'pairing-answer'
  | 'pairing-reveal'
  | 'recipient'
  | 'identity'
  | 'verify-capability'
  | 'read-capability'
  | 'grant-capability'
  | 'health-link'
  | 'mnemonic'

/** What was found, in the one spelling that its strict parser takes. A share, a code, a mnemonic, an identity, a capability to read or grant and a link are secret. */
export interface Found {
  readonly kind: PastedKind
  readonly text: string
  /** Why the strict parser would refuse it, as far as it can be seen here; `null` when nothing is wrong. */
  readonly refusal: ChartsealError | null
}

/** What people call it. */
export const kindNames: Readonly<Record<PastedKind, string>> = {
  message: 'sealed message',
  part: 'part of a sealed message',
  'message-v1': 'sealed message of version 1',
  'team-frame': 'text of a care team',
  share: 'share',
  'pairing-code': 'pairing code',
  'pairing-answer': 'answer to a pairing code',
  'pairing-reveal': 'reveal of a pairing',
  recipient: 'recipient of records',
  identity: 'identity, which opens records',
  'verify-capability': 'capability to check a record',
  'read-capability': 'capability to read a record',
  'grant-capability': 'capability to grant a record',
  'health-link': 'SMART Health Link',
  mnemonic: 'mnemonic',
}

/** How each kind begins; mnemonics begin with any word. */
export const beginnings: Readonly<Record<PastedKind, string>> = {
  message: '[CHARTSEAL:',
  part: '[CHARTSEAL:',
  'message-v1': '[MEDCRYPT:',
  'team-frame': '[CHARTSEAL:team-v2:',
  share: 'chartshare1',
  'pairing-code': 'chartseal-pair:',
  'pairing-answer': 'chartseal-answer:',
  'pairing-reveal': 'chartseal-reveal:',
  recipient: 'csrec1',
  identity: 'csid1',
  'verify-capability': 'csverify1',
  'read-capability': 'csread1',
  'grant-capability': 'csgrant1',
  'health-link': 'shlink:/',
  mnemonic: 'a line of 20 or more words',
}

/** A pattern for a word between whose letters lines may have been broken. */
export function broken(word: string): string {
  return [...word].map(letter => letter.replace(/[[\]:-]/, '\\$&')).join('[\\s`]*')
}
