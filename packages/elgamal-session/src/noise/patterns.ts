/** Handshake patterns of Noise (revision 34, sections 7 and 9) as data. */

export type Role = 'initiator' | 'responder'
export type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss' | 'psk'

export interface Pattern {
  /** With its modifiers, as it stands in the name of the protocol. */
  readonly name: string
  /** Whose static key the other side knows before the first message, in the order in which they are hashed. */
  readonly knownStatics: readonly Role[]
  /** The first is the initiator's, the next the responder's, and so on. */
  readonly messages: readonly (readonly Token[])[]
}

export type PatternName = 'IKpsk2' | 'NNpsk0'

/** What conferences use; no other pattern is offered. */
export const patterns: Readonly<Record<PatternName, Pattern>> = {
  IKpsk2: {
    name: 'IKpsk2',
    knownStatics: ['responder'],
    messages: [
      ['e', 'es', 's', 'ss'],
      ['e', 'ee', 'se', 'psk'],
    ],
  },
  NNpsk0: {
    name: 'NNpsk0',
    knownStatics: [],
    messages: [
      ['psk', 'e'],
      ['e', 'ee'],
    ],
  },
}
