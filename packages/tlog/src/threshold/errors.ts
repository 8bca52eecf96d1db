import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Of a log whose key several signers hold; nothing here is decided with a secret. */
export interface LogSignerErrors {
  /** Not what signers of a log and its server agree on. */
  'log-signer/bad-group': { reason: string }
  /** Not a message between the server and a signer. */
  'log-signer/malformed': { reason: string }
  /** Too few signers took part; the reason names each that did not. */
  'log-signer/too-few': { need: number; reason: string }
  /** A signer's share without the store that remembers what it signed, or with that of another key. */
  'log-signer/forgot': { origin: string }
}

export const logSignerError: ErrorFactory<LogSignerErrors> = defineErrors<LogSignerErrors>({
  'log-signer/bad-group': 'The signers of a log cannot be read: {reason}.',
  'log-signer/malformed': 'Not a message of the signers of a log: {reason}.',
  'log-signer/too-few':
    'The checkpoint waits for {need} signers of the log, and is tried again: start those that are away. {reason}',
  'log-signer/forgot':
    'The folder of this signer of {origin} does not remember what was signed with its share. With another memory it could ' +
    'sign a second history: put the folder back, or let the others give this signer a new share.',
})
