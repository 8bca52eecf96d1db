/** Readers of what several signers of one log have: who they are, what they say while they make its key, what they hand on. */
import { joinHandedOn } from '../../../packages/clinic/dist/fs/log-hand-on.js'
import * as making from '../../../packages/clinic/dist/fs/log-making.js'
import { signAs } from '../../../packages/clinic/dist/fs/log-officer-key.js'
import { openShare } from '../../../packages/clinic/dist/fs/log-officers.js'
import * as officers from '../../../packages/clinic/dist/fs/log-signer.js'
import { SecretBytes } from '../../../packages/core/dist/keys.js'
import {
  formatCommitments,
  formatShare,
  parseCommitments,
  parseShare,
  parseSignRequest,
} from '../../../packages/tlog/dist/threshold/messages.js'
import * as threshold from '../../../packages/tlog/dist/threshold.js'
import { filled, hex, objectsIn, target } from '../corpus.mjs'

const vectors = 'own/log-signers-v1'
const [share] = objectsIn(vectors, 'text', 'secret', 'share')
const [handed] = objectsIn(vectors, 'files', 'secrets', 'group')
const [first, second] = handed.files
const [signed] = objectsIn(vectors, 'request', 'answers', 'note')
const [made] = objectsIn(vectors, 'begun', 'dealt', 'groups')
const [complained] = objectsIn(vectors, 'complaint', 'liar')
const few = { weight: 0.1 }
const given = text => ({ text, file: 'one' })
const terms = officers.parseTerms(given(made.terms))
const lines = JSON.parse(made.terms.split('\n')[1]).officers
/** What an officer signed is signed again, whatever becomes of it: or nothing that was changed would reach its reader. */
const textOf = note => note.slice(0, note.indexOf('\n\n') + 1)
const said = (n, text) => given(signAs(`officer-${n}`, new SecretBytes(filled(32, 10 + n)), text))

export const targets = [
  target(
    'tlog/parseSignerGroup',
    () => [made.group],
    threshold.parseSignerGroup,
    threshold.formatSignerGroup,
    few,
  ),
  target('clinic/parseOfficers', () => [`# who\n${lines.join('\n')}\n`], officers.parseOfficers),
  target('clinic/parseTerms', () => [made.terms], text => officers.parseTerms(given(text)), undefined, few),
  target(
    'clinic/parseBeginning',
    () => [textOf(made.begun[0])],
    text => making.parseBeginning(terms, said(1, text)),
    undefined,
    few,
  ),
  target(
    'clinic/parseDeal',
    () => [textOf(made.dealt[0])],
    text => making.parseDeal(terms, said(1, text)),
    undefined,
    few,
  ),
  target(
    'clinic/parseComplaint',
    () => [textOf(complained.complaint)],
    text => making.parseComplaint(terms, said(1, text)),
    undefined,
    few,
  ),
  target(
    'clinic/parseGroup',
    () => [textOf(made.groups[0])],
    text => officers.parseGroup([1, 2, 3].map(n => said(n, text))),
    undefined,
    few,
  ),
  target(
    'clinic/parseHandOn',
    () => handed.files,
    text => officers.parseHandOn(text, 'one.hand-on'),
    undefined,
    few,
  ),
  target(
    'clinic/joinHandedOn',
    () => [second],
    text =>
      joinHandedOn(
        [first, text].map(one => officers.parseHandOn(one, 'one.hand-on')),
        new SecretBytes(hex(handed.secrets[0])),
      ),
    undefined,
    { weight: 0.02 },
  ),
  target(
    'clinic/openShare',
    () => [share.text],
    text => openShare(text, new SecretBytes(hex(share.secret)), 'file'),
    undefined,
    few,
  ),
  target('tlog/parseCommitments', () => [signed.commitments.join('')], parseCommitments, formatCommitments),
  target('tlog/parseSignRequest', () => [signed.request], parseSignRequest),
  target('tlog/parseSignatureShare', () => signed.answers, parseShare, formatShare),
]
