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
    'There is no share of a log in {folder}. Give it the file that init wrote: --share FILE',
  'log-officer/has-share':
    'The folder {folder} has a share of a log already. Take an empty one, with a key of its own, for another.',
  'log-officer/bad-share':
    'The share {file} must be one that was made for the key in this folder, unchanged.',
  'log-officer/sealed': 'The key in {folder} is sealed: give its passphrase by --passphrase-file.',
  'log-officer/bad-hand-on':
    'The files {file} do not hand the key of a log on: {reason}. Take one of each officer who does, made with the same list.',
  'log-officer/handed-on': 'The signer in {folder} handed its part of the key on, and signs no more.',
  'log-officer/bad-key-file': 'The key of the log in {file} cannot be read: {reason}.',
})
