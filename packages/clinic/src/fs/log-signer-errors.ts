import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Of officers who hold the key of a log together, and the folders of their signers. */
export interface LogOfficerErrors {
  'log-officer/bad-list': { line: number; reason: string }
  'log-officer/bad-threshold': { threshold: number; count: number }
  'log-officer/has-key': { folder: string }
  'log-officer/no-key': { folder: string }
  'log-officer/no-share': { folder: string }
  /** It holds another share already: what was signed with that one is remembered here. */
  'log-officer/has-share': { folder: string }
  'log-officer/bad-share': { file: string }
  'log-officer/sealed': { folder: string }
  'log-officer/bad-making': { file: string; reason: string }
  /** Nothing is being made in it, or not that far. */
  'log-officer/no-making': { folder: string; step: string }
  /** It makes another key, or gave this one up. */
  'log-officer/other-making': { folder: string; reason: string }
  /** Somebody gave this officer what they did not announce. */
  'log-officer/wrong-part': { dealer: string; folder: string }
  'log-officer/bad-hand-on': { file: string; reason: string }
  /** It gave its part of the key to others, and signs no more. */
  'log-officer/handed-on': { folder: string }
  'log-officer/bad-key-file': { file: string; reason: string }
}

export const logOfficerError: ErrorFactory<LogOfficerErrors> = defineErrors<LogOfficerErrors>({
  'log-officer/bad-list':
    'Line {line} of the list of signers must be NAME KEY URL, where log-signer key prints NAME and KEY: {reason}.',
  'log-officer/bad-threshold':
    'The key of a log cannot be held {threshold} of {count}: more than half must sign, so that no two of them sign two histories ' +
    'while all are honest; at least 2 of 3.',
  'log-officer/has-key': 'There is a key of an officer in {folder} already.',
  'log-officer/no-key':
    'There is no key of an officer in {folder}. Make one: chartseal-server log-signer key --signer {folder} --name NAME',
  'log-officer/no-share':
    'There is no share of a log in {folder}. Make a key with the other officers (log-signer begin), or take one that was handed on (--handed-on FILES).',
  'log-officer/has-share':
    'The folder {folder} has a share of a log already. Take an empty one, with a key of its own, for another.',
  'log-officer/bad-share':
    'The share {file} must be one that was made for the key in this folder, unchanged.',
  'log-officer/bad-making': 'The file {file} does not belong to the key that is made: {reason}.',
  'log-officer/no-making':
    'In {folder} no key is being made as far as that: run chartseal-server log-signer {step} first.',
  'log-officer/other-making':
    'The folder {folder} cannot go on with this key: {reason}. To begin again, all officers run chartseal-server log-signer begin --anew.',
  'log-officer/wrong-part':
    '{dealer} gave this officer a part that is not what {dealer} announced, and no key is made of it. So that everybody sees who lied: ' +
    'chartseal-server log-signer complain --signer {folder}',
  'log-officer/sealed': 'The key in {folder} is sealed: give its passphrase by --passphrase-file.',
  'log-officer/bad-hand-on':
    'The files {file} do not hand the key of a log on: {reason}. Take one of each officer who does, made with the same list.',
  'log-officer/handed-on': 'The signer in {folder} handed its part of the key on, and signs no more.',
  'log-officer/bad-key-file': 'The key of the log in {file} cannot be read: {reason}.',
})
