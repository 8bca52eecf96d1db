import { encodeHex } from '@chartseal/core/encoding'
import type { Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import type { JsonObject } from '@chartseal/core/json'
import { agree, type CaseRunner } from '@chartseal/core/vectors'
import { combineShares } from '../combine-shares.js'
import { checkDrill, signedAnswer } from '../drill.js'
import { encodeShare, formatShare, maxTextShareBytes, parseShare, parseShareText } from '../envelope.js'
import type { ShareEnvelope } from '../share-set.js'
import { subsetsOf } from '../subsets.js'
import { verifyShare } from '../verify.js'

/** A set of envelopes: fields, both spellings, drills, and the secret from every subset; or one that is refused. */
export const envelopes: CaseRunner = (testCase, { engine }) => {
  if (testCase.has('refused')) return agreeOnRefusal(testCase, engine)
  const rows = testCase.objects('shares')
  const root = testCase.hex('root')
  const shares = rows.map(row => agreeOnShare(row, root, engine))
  for (const subset of subsetsOf(shares, testCase.count('threshold'))) {
    agree('the secret', combineShares(subset, { root, engine }).secret, testCase.hex('secret'))
  }
}

function agreeOnShare(row: JsonObject, root: Uint8Array, engine: Engine): ShareEnvelope {
  const bytes = row.hex('cbor')
  const share = parseShare(bytes)
  agree('the encoding', encodeShare(share), bytes)
  agree('x', share.x, row.count('x'))
  agree('y', encodeHex(share.y.reveal()), row.text('y'))
  if (share.y.reveal().length <= maxTextShareBytes) {
    agree('the text', formatShare(share), row.text('text'))
    agree('what the text says', encodeShare(parseShareText(row.text('text'))), bytes)
  }
  verifyShare(share, { root, engine })
  if (row.has('challenge')) agreeOnDrill(share, row, engine)
  return share
}

function agreeOnDrill(share: ShareEnvelope, row: JsonObject, engine: Engine): void {
  const challenge = row.hex('challenge')
  const answer = signedAnswer(share, challenge, null, engine)
  agree('the commitment', answer.commitment, row.hex('commitment'))
  agree('the drill key', answer.drillKey, row.hex('drill_key'))
  agree('the signature', answer.signature, row.hex('signature'))
  checkDrill(answer, challenge, share.root, { engine })
}

function agreeOnRefusal(testCase: JsonObject, engine: Engine): void {
  agree('the refusal', refusalOf(testCase, engine), testCase.text('refused'))
}

function refusalOf(testCase: JsonObject, engine: Engine): string {
  try {
    const share = testCase.has('text')
      ? parseShareText(testCase.text('text'))
      : parseShare(testCase.hex('cbor'))
    verifyShare(share, { engine })
    return 'accepted'
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
}
