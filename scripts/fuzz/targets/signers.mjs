/** Readers of what several signers of one log have: who they are, what they say while they make its key, what they hand on. */
import * as making from '../../../packages/clinic/dist/fs/log-making.js'
import { officerKeyOf, signAs } from '../../../packages/clinic/dist/fs/log-officer-key.js'
import * as lists from '../../../packages/clinic/dist/fs/log-officers.js'
import * as officers from '../../../packages/clinic/dist/fs/log-signer.js'
import { formatGroup } from '../../../packages/clinic/dist/fs/log-terms.js'
import { SigningKey } from '../../../packages/core/dist/ed25519.js'
import { encodeBase64, encodeHex } from '../../../packages/core/dist/encoding.js'
import { beginPart, dealShares, SigningShare } from '../../../packages/core/dist/frost.js'
import { SecretBytes } from '../../../packages/core/dist/keys.js'
import * as tlog from '../../../packages/tlog/dist/index.js'
import * as threshold from '../../../packages/tlog/dist/threshold.js'
import { filled, target } from '../corpus.mjs'

const origin = 'clinic.example/log'
const random = { bytes: sizeBytes => filled(sizeBytes, 5) }
const { group: key, shares: dealt } = dealShares({ threshold: 2, count: 3 }, random)
const server = tlog.ed25519Signer(origin, new SigningKey(filled(32, 1)))
const group = threshold.formatSignerGroup(threshold.signerGroup(origin, key, server.verifierKey))
const secret = n => new SecretBytes(filled(32, n))
const officerLine = n => `dr-${n} ${encodeBase64(officerKeyOf(secret(n)))} http://localhost:${8_000 + n}`
const lines = [1, 2, 3].map(officerLine)
const handOn = {
  v: 1,
  group,
  from: [1, 3],
  signer: 1,
  officers: lines,
  commitments: key.commitments.map(encodeHex),
  parts: [1, 2, 3].map(n => encodeBase64(filled(80, n))),
  signed: '',
}

/** What an officer says of a key that is made is signed again, whatever becomes of it: or none would reach its reader. */
const given = text => ({ text, file: 'one' })
const terms = officers.parseTerms(
  given(
    officers.formatTerms({
      origin,
      threshold: 2,
      officers: officers.parseOfficers(lines.join('\n')),
      server: server.verifierKey,
    }),
  ),
)
const said = text => given(signAs('dr-1', secret(1), text))
const { part } = beginPart({ threshold: 2, count: 3 }, 1, random)
const beginning = making.formatBeginning(terms, part, filled(32, 9))
const beginnings = [1, 2, 3].map(() => making.parseBeginning(terms, said(beginning)))
const shares = [1, 2, 3].map(n => new SigningShare(filled(32, n)))
const deal = making.formatDeal(terms, 1, beginnings, shares, random)
const complaint = making.formatComplaint(terms, {
  signer: 1,
  begun: beginnings.map(({ hash }) => hash),
  dealer: 2,
  secret: filled(32, 4),
})
const saidByAll = text => [1, 2, 3].map(n => given(signAs(`dr-${n}`, secret(n), text)))
const heldText = formatGroup({ group: threshold.parseSignerGroup(group), officers: terms.officers })
const held = { group: threshold.parseSignerGroup(group), signer: 1, share: dealt[0] }
const slow = { weight: 0.1 }

export const targets = [
  target('tlog/parseSignerGroup', () => [group], threshold.parseSignerGroup, threshold.formatSignerGroup, {
    weight: 0.1,
  }),
  target('clinic/parseOfficers', () => [`# who\n${lines.join('\n')}\n`], officers.parseOfficers),
  target(
    'clinic/parseHandOn',
    () => [`chartseal/log-hand-on/v1\n${JSON.stringify(handOn)}\n`],
    text => officers.parseHandOn(text, 'one.hand-on'),
    undefined,
    slow,
  ),
  target(
    'clinic/parseTerms',
    () => [officers.formatTerms(terms)],
    text => officers.parseTerms(given(text)),
    undefined,
    slow,
  ),
  target(
    'clinic/parseGroup',
    () => [heldText],
    text => officers.parseGroup(saidByAll(text)),
    undefined,
    slow,
  ),
  target(
    'clinic/parseBeginning',
    () => [beginning],
    text => making.parseBeginning(terms, said(text)),
    undefined,
    slow,
  ),
  target(
    'clinic/parseDeal',
    () => [deal],
    text => making.parseDeal(terms, said(text)),
    undefined,
    slow,
  ),
  target(
    'clinic/parseComplaint',
    () => [complaint],
    text => making.parseComplaint(terms, said(text)),
    undefined,
    slow,
  ),
  target(
    'clinic/openShare',
    () => [lists.sealShare(held, officerKeyOf(secret(1)), random)],
    text => lists.openShare(text, secret(1), 'share'),
    undefined,
    slow,
  ),
]
