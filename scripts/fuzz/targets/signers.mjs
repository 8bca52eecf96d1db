/** Readers of what several signers of one log have: who they are, and what they hand on. */
import * as officers from '../../../packages/clinic/dist/fs/log-signer.js'
import { SigningKey } from '../../../packages/core/dist/ed25519.js'
import { encodeBase64, encodeHex } from '../../../packages/core/dist/encoding.js'
import { dealShares } from '../../../packages/core/dist/frost.js'
import * as tlog from '../../../packages/tlog/dist/index.js'
import * as threshold from '../../../packages/tlog/dist/threshold.js'
import { filled, target } from '../corpus.mjs'

const origin = 'clinic.example/log'
const random = { bytes: sizeBytes => filled(sizeBytes, 5) }
const { group: key } = dealShares({ threshold: 2, count: 3 }, random)
const server = tlog.ed25519Signer(origin, new SigningKey(filled(32, 1)))
const group = threshold.formatSignerGroup(threshold.signerGroup(origin, key, server.verifierKey))
const handOn = {
  v: 1,
  group,
  from: [1, 3],
  signer: 1,
  to: 3,
  commitments: key.commitments.map(encodeHex),
  parts: [1, 2, 3].map(n => encodeBase64(filled(80, n))),
  signed: '',
}
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
    () => [`chartseal/log-hand-on/v1\n${JSON.stringify(handOn)}\n`],
    text => officers.parseHandOn(text, 'one.hand-on'),
    undefined,
    { weight: 0.1 },
  ),
]
