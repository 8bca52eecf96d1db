/** Readers of what several signers of one log have: who they are, and what they hand on. */
import { joinHandedOn } from '../../../packages/clinic/dist/fs/log-hand-on.js'
import { openShare } from '../../../packages/clinic/dist/fs/log-officers.js'
import * as officers from '../../../packages/clinic/dist/fs/log-signer.js'
import { SigningKey } from '../../../packages/core/dist/ed25519.js'
import { encodeBase64 } from '../../../packages/core/dist/encoding.js'
import { dealShares } from '../../../packages/core/dist/frost.js'
import { SecretBytes } from '../../../packages/core/dist/keys.js'
import * as tlog from '../../../packages/tlog/dist/index.js'
import {
  formatCommitments,
  formatShare,
  parseCommitments,
  parseShare,
  parseSignRequest,
} from '../../../packages/tlog/dist/threshold/messages.js'
import * as threshold from '../../../packages/tlog/dist/threshold.js'
import { filled, hex, objectsIn, target } from '../corpus.mjs'

const origin = 'clinic.example/log'
const random = { bytes: sizeBytes => filled(sizeBytes, 5) }
const { group: key } = dealShares({ threshold: 2, count: 3 }, random)
const server = tlog.ed25519Signer(origin, new SigningKey(filled(32, 1)))
const group = threshold.formatSignerGroup(threshold.signerGroup(origin, key, server.verifierKey))
const vectors = 'own/log-signers-v1'
const [given] = objectsIn(vectors, 'text', 'secret', 'share')
const [handed] = objectsIn(vectors, 'files', 'secrets', 'group')
const [first, second] = handed.files
const [signed] = objectsIn(vectors, 'request', 'answers', 'note')
const few = { weight: 0.1 }
const officerLine = n => `dr-${n} ${encodeBase64(filled(32, n))} http://localhost:${8_000 + n}`

export const targets = [
  target('tlog/parseSignerGroup', () => [group], threshold.parseSignerGroup, threshold.formatSignerGroup, {
    weight: 0.1,
  }),
  target(
    'clinic/parseOfficers',
    () => [`# who\n${[1, 2, 3].map(officerLine).join('\n')}\n`],
    officers.parseOfficers,
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
    () => [given.text],
    text => openShare(text, new SecretBytes(hex(given.secret)), 'file'),
    undefined,
    few,
  ),
  target('tlog/parseCommitments', () => [signed.commitments.join('')], parseCommitments, formatCommitments),
  target('tlog/parseSignRequest', () => [signed.request], parseSignRequest),
  target('tlog/parseSignatureShare', () => signed.answers, parseShare, formatShare),
]
